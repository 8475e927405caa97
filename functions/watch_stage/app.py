"""Task "Watch what is served": store the wait's callback token, so that an alarm can end it."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from penstock.bootstrap import World
from penstock.entries.entry import logger, warm
from penstock.entries.starts import WatchStart
from penstock.wiring.watch import watch_stage

begun = warm(World)


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> None:
    start = WatchStart.model_validate(event)
    run = start.run
    logger.append_keys(execution=run.execution, endpoint=run.endpoint, release_id=run.release)
    watch_stage(begun())(run, start.token)
    logger.info("watching", extra={"seconds": run.watch_seconds})
