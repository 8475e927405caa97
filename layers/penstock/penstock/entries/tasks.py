"""The tasks of the state machine: each takes the document and returns the next one."""

from collections.abc import Callable
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from penstock.domain.execution.run import Run
from penstock.entries.entry import (
    W,
    count_ending,
    count_stuck,
    count_trouble,
    logger,
    set_level,
    warm,
)
from penstock.ports.clock import TimeLeft

Handler = Callable[[dict[str, Any], LambdaContext], Any]
UseCase = Callable[[Run, TimeLeft], Run]


def task(make: Callable[[], W], use_case: Callable[[W], UseCase]) -> Handler:
    """The handler of a state that takes the document and returns the next one."""
    begun = warm(make)

    @logger.inject_lambda_context(clear_state=True)
    def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
        run = Run.model_validate(event)
        logger.append_keys(execution=run.execution, endpoint=run.endpoint, release_id=run.release)
        world = begun()
        following = use_case(world)(run, context.get_remaining_time_in_millis)
        set_level(world)
        return said(following)

    return handler


def said(run: Run) -> dict[str, Any]:
    """Log what comes next, and the document in the form that the state machine carries."""
    if run.ending:
        count_ending(run.ending.ending)
    if run.trouble:
        count_trouble(run.trouble)
    if run.stuck:
        count_stuck()
    logger.info("step", extra={"next": run.next, "position": run.position, "reason": _reason(run)})
    return run.model_dump(mode="json", by_alias=True)


def _reason(run: Run) -> str:
    """The reason of the ending, else of the rollback, else of the last verdict."""
    known = run.ending or run.why or run.judged
    return known.reason if known else ""
