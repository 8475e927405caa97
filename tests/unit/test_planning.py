"""Any policy on any endpoint gives a plan that can be walked, or a refusal in a sentence."""

import math
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.domain.budget import HISTORY_LIMIT
from penstock.domain.endpoint import LiveSetup
from penstock.domain.errors import Refused
from penstock.domain.gate import PROMOTE, SHIFT, STAGE
from penstock.domain.plan import Plan
from penstock.domain.planning import draw_plan
from penstock.domain.policy import Policy
from tests.unit.setups import DIGEST, endpoints, live, package, policies, policy

RELEASE = "0123456789"


def plan(found: LiveSetup | None = None, **sections: Any) -> Plan:
    return draw_plan(policy(**sections), package(), RELEASE, found or live())


def drawn(any_policy: Policy, found: LiveSetup | None) -> Plan | None:
    try:
        return draw_plan(any_policy, package(), RELEASE, found)
    except Refused:
        return None


@given(policies(), st.none() | endpoints())
def test_stages_ascend_and_end_in_a_promotion(any_policy: Policy, found: LiveSetup | None) -> None:
    if made := drawn(any_policy, found):
        steps = [stage.step for stage in made.stages]
        assert all(earlier < later for earlier, later in pairwise(steps))
        assert steps[-1] == PROMOTE
        assert [stage.act for stage in made.stages[:-1]] == ["stage", "shift"][: len(steps) - 1] + [
            "shift"
        ] * (len(steps) - 3)
        assert made.stages[-1].act == "promote"
        percents = [stage.percent for stage in made.stages]
        assert percents == sorted(percents)
        assert percents[-1] == 100


@given(policies(), st.none() | endpoints())
def test_every_stage_leads_to_one_of_the_contents_that_the_plan_knows(
    any_policy: Policy, found: LiveSetup | None
) -> None:
    if made := drawn(any_policy, found):
        for stage in made.stages:
            target = made.target(stage)
            assert made.knows(target)
            assert target.config in {made.blueprint.staging_name, made.blueprint.final_name}
            if stage.act != "promote":
                assert math.isclose(100 * target.share("candidate"), stage.percent)
        assert made.final.weights == {made.live_variant: 10_000}


@given(policies(), st.none() | endpoints())
def test_a_plan_is_never_longer_than_an_execution(
    any_policy: Policy, found: LiveSetup | None
) -> None:
    if made := drawn(any_policy, found):
        assert 0 < made.history_events <= HISTORY_LIMIT
        assert made.least_minutes == sum(stage.rules.minutes for stage in made.stages)
        assert made.least_minutes > made.policy.judge.warm_up_minutes


@given(policies(), endpoints())
def test_the_floor_is_what_live_has(any_policy: Policy, found: LiveSetup) -> None:
    """Not the candidate that an earlier release left at weight 0."""
    if made := drawn(any_policy, found):
        floor = found.counts["AllTraffic"]
        assert made.floor == floor
        assert made.peak_instances == 2 * floor + made.candidate_instances


@given(policies(), endpoints())
def test_the_candidate_has_instances_for_its_largest_share(
    any_policy: Policy, found: LiveSetup
) -> None:
    if made := drawn(any_policy, found):
        shares = [Fraction(str(s.percent)) for s in made.stages if s.act == "shift"]
        needed = made.floor * max(shares, default=Fraction(0)) / 100 * Fraction(5, 4)
        given_count = any_policy.serving.candidate_instance_count
        expected = given_count or max(1, math.ceil(needed))
        assert made.candidate_instances == (expected if shares else 0)


@given(policies(), st.none() | endpoints())
def test_a_plan_survives_json(any_policy: Policy, found: LiveSetup | None) -> None:
    if made := drawn(any_policy, found):
        assert Plan.model_validate_json(made.model_dump_json()) == made
        assert Plan.model_validate(made.model_dump(mode="json")) == made


def test_the_default_policy_has_its_canary() -> None:
    made = plan()
    assert [(s.act, s.step, s.percent) for s in made.stages] == [
        ("stage", STAGE, 0),
        ("shift", SHIFT, 5),
        ("shift", SHIFT + 1, 25),
        ("shift", SHIFT + 2, 50),
        ("shift", SHIFT + 3, 50),
        ("promote", PROMOTE, 100),
    ]
    assert [s.rules.minutes for s in made.stages] == [3, 10, 10, 10, 30, 10]
    assert made.candidate_instances == 2
    assert made.image_digest == DIGEST
    assert not made.first


def test_a_first_release_only_creates_the_endpoint() -> None:
    serving = {"execution_role_arn": "arn:aws:iam::123456789012:role/r", "instance_count": 3}
    made = draw_plan(
        policy(serving=serving | {"instance_type": "ml.m5.large"}), package(), RELEASE, None
    )
    assert [stage.act for stage in made.stages] == ["promote"]
    assert made.stages[0].rules.min_requests == 0
    assert (made.first, made.floor, made.peak_instances) == (True, 3, 3)
    assert made.blueprint.staging is None
    assert any("nothing to go back to" in note for note in made.notes)


def test_without_canary_there_is_nothing_to_share() -> None:
    made = plan(rollout={"strategy": "all_at_once"})
    assert made.own_alarms == ("penstock-churn-errors-live",)
    with pytest.raises(Refused, match="no canary"):
        made.shared(5)


@pytest.mark.parametrize(
    ("found", "sections", "says"),
    [
        (live(ProductionVariants=[{}, {}]), {}, "more than one variant"),
        (live(ShadowProductionVariants=[{}]), {}, "more than one variant"),
        (live(ProductionVariants=[{"VariantName": "a"}]), {}, "not a real-time endpoint"),
        (
            live(ProductionVariants=[{"VariantName": "candidate", "InstanceType": "ml.m5.large"}]),
            {},
            "must not be named candidate",
        ),
        (live(), {"serving": {"variant_name": "blue"}}, "serves AllTraffic"),
        (
            live().model_copy(update={"scale_in": "on"}),
            {"serving": {"instance_type": "ml.c5.large"}},
            "scalable target",
        ),
        (live(), {"rollout": {"steps": [n + 1 for n in range(60)]}}, "at most 60 steps"),
        (live(), {"rollout": {"step_minutes": 10_080}}, "history events"),
    ],
)
def test_what_cannot_be_is_refused(found: LiveSetup, sections: Any, says: str) -> None:
    quick = {"deadline_minutes": 1, "wait_hours": 1}
    with pytest.raises(Refused, match=says):
        plan(found, **({"judge": quick} | sections))


def test_a_first_release_needs_role_and_instance_type() -> None:
    for serving in (
        {"instance_type": "ml.m5.large"},
        {"execution_role_arn": "arn:aws:iam::123456789012:role/r"},
    ):
        with pytest.raises(Refused, match="a first release needs"):
            draw_plan(policy(serving=serving), package(), RELEASE, None)


def test_notes_say_what_is_not_judged_and_who_else_owns() -> None:
    found = live().model_copy(update={"cloudformation_stack": "churn-stack"})
    notes = "\n".join(plan(found).notes)
    assert "latency is not judged" in notes
    assert "churn-stack" in notes
    assert not plan(judge={"latency_objective_ms": 100}).notes
