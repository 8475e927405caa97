"""What a release or a package wrote is not what people set up: it does not stick."""

from collections.abc import Mapping

from penstock.domain.kinds.endpoint import LiveSetup
from penstock.domain.planning.plan import Plan


def inherited(live: LiveSetup, made_by: Plan | None, brought: Mapping[str, str]) -> LiveSetup:
    """What serves, without what an earlier policy and the package that serves have set.

    `made_by` is the plan of the release that made it; None: people made it, of a package with the
    variables `brought`. Whether a model shows the variables of its package is not documented: of
    a release what was sent is read instead, of people what differs from the package.
    """
    if made_by is None:
        theirs = live.peoples_environment.items()
        kept = {name: value for name, value in theirs if brought.get(name) != value}
        return live.of_people(kept, live.config_tags, live.model_tags)
    serving = made_by.policy.serving
    return live.of_people(
        _without(made_by.blueprint.variables, serving.environment),
        _without(live.config_tags, serving.tags),
        _without(live.model_tags, serving.tags),
    )


def _without(found: Mapping[str, str], written: Mapping[str, object]) -> dict[str, str]:
    return {name: value for name, value in found.items() if name not in written}
