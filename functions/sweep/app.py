"""EventBridge: the sweep is due. Hand each place and each group to the function `reconcile`."""

from typing import Any

from aws_lambda_powertools.logging import correlation_paths
from aws_lambda_powertools.utilities.typing import LambdaContext

from penstock.bootstrap import World
from penstock.entries.contracts import SweepDue
from penstock.entries.entry import logger, set_level, warm
from penstock.wiring.sweep import sweep

begun = warm(World)


@logger.inject_lambda_context(correlation_id_path=correlation_paths.EVENT_BRIDGE, clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> None:
    SweepDue.model_validate(event)
    world = begun()
    swept = sweep(world, logger.warning, context.get_remaining_time_in_millis)()
    set_level(world)
    logger.info("swept", extra={"places": swept.places, "groups": swept.groups})
