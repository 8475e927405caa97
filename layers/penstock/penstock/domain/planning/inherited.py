"""Settings that a release or a package wrote are not inherited, but people's are."""

from collections.abc import Mapping

from penstock.domain.kinds.endpoint import LiveSetup
from penstock.domain.planning.plan import Plan


def inherited(live: LiveSetup, made_by: Plan | None, brought: Mapping[str, str]) -> LiveSetup:
    """The present setup, without what an earlier policy and the serving package have set.

    Whether a model shows the variables of its package is not documented. For a release's model the
    sent variables are used instead, and for people's model those that differ from the package.

    Args:
        live: The present setup.
        made_by: The plan of the release that created it. None: people created it.
        brought: Variables of the package that people's model was made from.
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
