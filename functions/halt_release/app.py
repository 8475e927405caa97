"""EventBridge: an alarm fired or an approval was revoked. Halt the releases it concerns."""

from typing import Any

from aws_lambda_powertools.logging import correlation_paths
from aws_lambda_powertools.utilities.typing import LambdaContext

from penstock.bootstrap import World
from penstock.entries.entry import logger, warm
from penstock.wiring.halt import halt_events

begun = warm(World)


@logger.inject_lambda_context(correlation_id_path=correlation_paths.EVENT_BRIDGE, clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> None:
    stopped = halt_events(begun())(event)
    logger.info("stops", extra=stopped._asdict())
