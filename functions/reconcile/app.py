"""EventBridge: an execution ended badly, or the sweep is due; find what was lost or left."""

from functools import cache
from typing import Any

from aws_lambda_powertools.logging import correlation_paths
from aws_lambda_powertools.utilities.typing import LambdaContext

from penstock.bootstrap import World
from penstock.entry import count_ending, logger
from penstock.rounds import Rounds


@cache
def _rounds() -> Rounds:
    return World().rounds(lambda: count_ending("gave_up"), logger.exception)


@logger.inject_lambda_context(correlation_id_path=correlation_paths.EVENT_BRIDGE, clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> None:
    logger.info("reconciled", extra={"done": _rounds()(event)})
