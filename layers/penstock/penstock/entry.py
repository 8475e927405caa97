"""What every handler shares: parse, bind log keys, call one use case, log one line."""

from collections.abc import Callable
from functools import cache
from typing import Any, Protocol, TypeVar

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import MetricUnit, single_metric
from aws_lambda_powertools.utilities.typing import LambdaContext

from penstock.domain.execution.run import Run
from penstock.ports import TimeLeft

Handler = Callable[[dict[str, Any], LambdaContext], Any]
Task = Callable[[Run, TimeLeft], Run]

logger = Logger()
NAMESPACE, ENDING, KIND, TROUBLE = "Penstock", "Ending", "Kind", "Trouble"
STUCK = "WayBackStuck"
"""Ending is what the alarm on unfinished releases reads; Powertools adds `service`, the stack.
Trouble counts what went wrong and did not matter to a release; the log says what.

In the embedded format a metric and a dimension of one name would overwrite each other.
"""


class Settled(Protocol):
    """What an invocation works with."""

    def begin(self) -> None:
        """An invocation begins: from now on the stack's settings are those of this moment."""
        ...

    def log_level(self) -> str | None:
        """By the settings; None where this invocation has not read them. Asks nobody."""
        ...


W = TypeVar("W", bound=Settled)


def warm(make: Callable[[], W]) -> Callable[[], W]:
    """Each call begins an invocation, with the one world of this execution environment.

    The world is made at the first call, so that importing a handler does nothing.
    """
    once = cache(make)

    def begun() -> W:
        world = once()
        world.begin()
        return world

    return begun


def set_level(world: Settled) -> None:
    """Set the log level, where the use case has read the settings; else it stays as it is.

    Called after a use case and before its line in the log. Nothing is read for it: a halt, a judge
    or a way back would wait for Parameter Store, and a call inside a lock would end too late.
    """
    if level := world.log_level():
        logger.setLevel(level)


def task(make: Callable[[], W], use_case: Callable[[W], Task]) -> Handler:
    """The handler of a state that takes the document and answers the next one."""
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
        _count_trouble(run.trouble)
    if run.stuck:
        count_stuck()
    logger.info("step", extra={"next": run.next, "position": run.position, "reason": _reason(run)})
    return run.model_dump(mode="json", by_alias=True)


def _count_trouble(reason: str) -> None:
    with single_metric(TROUBLE, MetricUnit.Count, 1, namespace=NAMESPACE):
        logger.warning("trouble", extra={"reason": reason})


def _reason(run: Run) -> str:
    """Of the end, of the way back, or what was last said about the candidate."""
    known = run.ending or run.why or run.judged
    return known.reason if known else ""


def count_stuck() -> None:
    """A way back does not work, and users are on what has to go: once a try."""
    with single_metric(STUCK, MetricUnit.Count, 1, namespace=NAMESPACE):
        logger.warning("the way back is stuck")


def count_ending(kind: str) -> None:
    """One more execution ended like this."""
    with single_metric(ENDING, MetricUnit.Count, 1, namespace=NAMESPACE) as metric:
        metric.add_dimension(KIND, kind)
