"""What an earlier release wrote by its policy is not what people set up: it does not stick."""

from collections.abc import Mapping

from penstock.domain.endpoint import LiveSetup
from penstock.domain.plan import Plan


def inherited(live: LiveSetup, made_by: Plan | None) -> LiveSetup:
    """What serves, without variables and tags that the policy of the release that made it had.

    `made_by` is that release's plan; None: people made it. What the model shows may contain the
    variables of its package (SageMaker does not say), so what was sent is read instead.
    """
    if made_by is None:
        return live
    serving = made_by.policy.serving
    sent = made_by.blueprint.model["PrimaryContainer"].get("Environment") or {}
    return live.model_copy(
        update={
            "environment": _without(sent, serving.environment),
            "config_tags": _without(live.config_tags, serving.tags),
            "model_tags": _without(live.model_tags, serving.tags),
        }
    )


def _without(found: Mapping[str, str], written: Mapping[str, object]) -> dict[str, str]:
    return {name: value for name, value in found.items() if name not in written}
