"""What a release wrote by its policy does not stick to the next one."""

from typing import Any

from penstock.domain.kinds.endpoint import LiveSetup
from penstock.domain.planning.inherited import inherited
from penstock.domain.planning.plan import Plan
from penstock.domain.planning.planning import draw_plan
from tests.worlds.setups import live, package, policy

THEIRS = {"Image": "i", "Environment": {"MODE": "fast", "SAGEMAKER_PROGRAM": "old.py"}}


def adopted() -> LiveSetup:
    found = live()
    return found.model_copy(
        update={
            "model": {**found.model, "PrimaryContainer": THEIRS},
            "config_tags": {"team": "growth"},
            "model_tags": {"team": "growth"},
        }
    )


def release(found: LiveSetup, name: str, **serving: Any) -> Plan:
    return draw_plan(policy(serving=serving), package(), name * 10, found)


def after(plan: Plan, **shown: str) -> LiveSetup:
    """What SageMaker shows of what a release made; `shown`: variables of the package beside."""
    request = plan.blueprint.model
    container = request["PrimaryContainer"]
    variables = {**shown, **container.get("Environment", {})}
    return LiveSetup(
        config=plan.blueprint.final,
        model={**request, "PrimaryContainer": {**container, "Environment": variables}},
        counts={"AllTraffic": 2},
        config_tags={**plan.blueprint.config_tags, **plan.policy.serving.tags},
        model_tags={**plan.blueprint.model_tags, **plan.policy.serving.tags},
        ours=True,
    )


def sent(plan: Plan) -> dict[str, str]:
    return dict(plan.blueprint.model["PrimaryContainer"].get("Environment", {}))


def test_a_variable_taken_out_of_the_policy_is_gone_with_the_next_release() -> None:
    first = release(adopted(), "a", environment={"LEVEL": "debug"})
    assert sent(first) == {"MODE": "fast", "LEVEL": "debug"}
    second = release(inherited(after(first), first, {}), "b")
    assert sent(second) == {"MODE": "fast"}
    assert sent(release(inherited(after(second), second, {}), "c")) == {"MODE": "fast"}


def test_what_people_gave_it_is_taken_out_by_null_and_stays_out() -> None:
    first = release(adopted(), "a", environment={"MODE": None})
    assert sent(first) == {}
    assert sent(release(inherited(after(first), first, {}), "b")) == {}


def test_what_the_package_before_brought_does_not_stick_if_the_model_shows_it() -> None:
    """Whether DescribeModel shows a package's variables is not documented."""
    first = release(adopted(), "a")
    found = inherited(after(first, OF_THE_PACKAGE="1"), first, {})
    assert sent(release(found, "b")) == {"MODE": "fast"}


def test_a_tag_taken_out_of_the_policy_is_gone_and_people_s_stay() -> None:
    first = release(adopted(), "a", tags={"cost": "4711"})
    found = inherited(after(first), first, {})
    assert (found.config_tags, found.model_tags) == ({"team": "growth"}, {"team": "growth"})


def test_what_people_made_is_all_theirs() -> None:
    found = inherited(adopted(), None, {})
    assert found.peoples_environment == THEIRS["Environment"]
    assert (found.config_tags, found.model_tags) == ({"team": "growth"}, {"team": "growth"})


def test_of_a_model_that_people_made_of_a_package_only_what_they_added_is_theirs() -> None:
    """Also where the model shows what its package brought."""
    found = inherited(adopted(), None, {"SAGEMAKER_PROGRAM": "old.py", "MODE": "slow"})
    assert found.peoples_environment == {"MODE": "fast"}
