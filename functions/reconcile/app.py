"""An execution failed, or the sweep hands over a place or a group. Start what is missing."""

from typing import Any

from aws_lambda_powertools.logging import correlation_paths
from aws_lambda_powertools.utilities.typing import LambdaContext

from penstock.bootstrap import World
from penstock.entries.entry import count_ending, count_stuck, logger, set_level, warm
from penstock.wiring.reconcile import reconcile_events

begun = warm(World)


@logger.inject_lambda_context(correlation_id_path=correlation_paths.EVENT_BRIDGE, clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> None:
    world = begun()
    done = reconcile_events(world, lambda: count_ending("gave_up"), count_stuck, logger.exception)(
        event
    )
    set_level(world)
    logger.info("reconciled", extra={"done": done})
