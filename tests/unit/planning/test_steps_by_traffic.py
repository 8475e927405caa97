"""Steps that a policy leaves open are chosen by live's traffic, and the plan says why."""

from typing import Any

import pytest

from penstock.domain.errors import Refused
from penstock.domain.judging.demand import Demand
from penstock.domain.ledger.gate import SHIFT
from penstock.domain.planning.completed import completed
from penstock.domain.planning.known import NOTHING_KNOWN, Known
from penstock.domain.planning.legs import legs_of
from penstock.domain.planning.plan import Plan
from penstock.domain.planning.planning import draw_plan
from penstock.domain.policy.policy import Policy
from tests.worlds.setups import live, package, policy

DENSE = Known(Demand(600, {"errors": 0.001}))
THIN = Known(Demand(2, {"errors": 0.001}))


def open_policy(**rollout: Any) -> Policy:
    return policy(rollout=rollout)


def planned(known: Known = DENSE, **rollout: Any) -> Plan:
    return draw_plan(open_policy(**rollout), package(), "0123456789", live(), known)


def told(plan: Plan) -> list[str]:
    return [note for note in plan.notes if note.startswith("steps: ")]


@pytest.mark.parametrize("rollout", [{}, {"steps": "by_traffic"}, {"strategy": "canary"}])
def test_traffic_that_suffices_for_a_proof_makes_them_adaptive(rollout: dict[str, Any]) -> None:
    plan = planned(**rollout)
    assert [(stage.step, stage.ramp) for stage in plan.stages[1:-1]] == [(SHIFT, True)]
    assert told(plan) == [
        "steps: adaptive, because 600 requests a minute prove the margins in about 38 minutes"
    ]


def test_what_is_planned_is_what_an_author_of_adaptive_steps_would_get() -> None:
    plan, written = planned(), planned(steps="adaptive")
    assert plan.policy == written.policy
    assert plan.stages == written.stages
    assert plan.judge_settings == written.judge_settings


@pytest.mark.parametrize(
    ("known", "because"),
    [
        (NOTHING_KNOWN, "no request was seen in the last 60 minutes"),
        (THIN, "the margin of errors (0.5 %) cannot be proven at 2 requests a minute"),
        (Known(Demand(600, {"errors": 0.03})), "the margin of errors (0.5 %) is proven late"),
        (Known(Demand(600, {})), "nothing that is compared has a margin to prove"),
    ],
    ids=["no-traffic", "thin", "late", "no-margin"],
)
def test_other_traffic_gets_the_steps_of_its_strategy_and_the_reason(
    known: Known, because: str
) -> None:
    plan = planned(known)
    assert plan.policy == open_policy(steps=[5, 25, 50])
    assert [stage.percent for stage in plan.stages[1:-1]] == [5, 25, 50, 50]
    (note,) = told(plan)
    assert note.startswith(f"steps: 5, 25, 50 %, because {because}")


@pytest.mark.parametrize(
    ("known", "written", "minutes"),
    [
        (DENSE, {}, (3, 0)),
        (DENSE, {"step_minutes": 7}, (7, 0)),
        (DENSE, {"hold_minutes": 20}, (3, 20)),
        (THIN, {}, (10, 30)),
        (THIN, {"step_minutes": 7}, (7, 30)),
        (THIN, {"hold_minutes": 0}, (10, 0)),
    ],
)
def test_minutes_that_are_written_stay_and_the_others_follow_the_steps(
    known: Known, written: dict[str, Any], minutes: tuple[int, int]
) -> None:
    rollout = planned(known, **written).policy.rollout
    assert (rollout.step_minutes, rollout.hold_minutes) == minutes


@pytest.mark.parametrize(
    "rollout",
    [
        {"steps": [50]},
        {"steps": "adaptive"},
        {"strategy": "linear"},
        {"strategy": "all_at_once"},
    ],
)
def test_a_policy_that_leaves_nothing_open_stays_as_it_is(rollout: dict[str, Any]) -> None:
    assert completed(open_policy(**rollout), DENSE) == (open_policy(**rollout), ())


@pytest.mark.parametrize(("known", "acts"), [(DENSE, 1), (THIN, 4)])
def test_a_holdback_follows_whatever_was_chosen(known: Known, acts: int) -> None:
    plan = planned(known, holdback_percent=5)
    *steps, held, _promotion = plan.stages[1:]
    assert len(steps) == acts
    assert (held.percent, held.rules.minutes) == (95, 120)
    assert len(told(plan)) == 1


def test_a_first_release_has_nothing_to_choose() -> None:
    plan = draw_plan(open_policy(), package(), "0123456789", None, DENSE)
    assert [stage.act for stage in plan.stages] == ["promote"]
    assert told(plan) == []


@pytest.mark.parametrize("known", [DENSE, THIN, NOTHING_KNOWN])
def test_a_completed_policy_is_kept_as_it_is(known: Known) -> None:
    plan = planned(known)
    again = Plan.model_validate_json(plan.text)
    assert again == plan
    assert completed(again.policy, NOTHING_KNOWN) == (again.policy, ())


def test_stages_are_never_made_of_open_steps() -> None:
    with pytest.raises(Refused, match="a plan has to choose the steps first"):
        legs_of(open_policy())


@pytest.mark.parametrize("minutes", [600, 900, 1800])
def test_adaptive_steps_that_fill_the_history_are_not_chosen(minutes: int) -> None:
    """Such a policy was planned before steps could be open."""
    asked = policy(judge={"deadline_minutes": minutes, "tolerance": 1.1}, rollout={})
    plan = draw_plan(asked, package(), "0123456789", live(), DENSE)
    assert plan.policy.rollout.steps == (5, 25, 50)
    assert told(plan) == [
        f"steps: 5, 25, 50 %, because adaptive steps that may be in doubt for {minutes} minutes "
        "can take more than the 20,000 history events of an execution"
    ]
