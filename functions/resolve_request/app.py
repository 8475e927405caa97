"""Task "Resolve the request": find out what is asked for and whether it is possible."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from penstock.bootstrap import World
from penstock.entries.entry import logger, set_level, warm
from penstock.entries.starts import ExecutionStart
from penstock.entries.tasks import said
from penstock.wiring.resolve import resolve_request

begun = warm(World)


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    start = ExecutionStart.model_validate(event)
    logger.append_keys(execution=start.execution)
    world = begun()
    run = resolve_request(world)(start.input, start.execution, start.started_at)
    set_level(world)
    return said(run)
