"""EventBridge: a model package awaits a decision. Compare its reports with its policy's bars."""

from typing import Any

from aws_lambda_powertools.logging import correlation_paths
from aws_lambda_powertools.utilities.typing import LambdaContext

from penstock.bootstrap import World
from penstock.entries.entry import logger, set_level, warm
from penstock.entries.package_event import PackageChanged
from penstock.wiring.review import review_package

begun = warm(World)


@logger.inject_lambda_context(correlation_id_path=correlation_paths.EVENT_BRIDGE, clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> None:
    changed = PackageChanged.model_validate(event)
    logger.append_keys(model_package_arn=changed.detail.model_package_arn)
    world = begun()
    seen = review_package(world)(changed)
    set_level(world)
    logger.info("package reviewed", extra={"outcome": seen.outcome, "reason": seen.reason})
