"""Tolerance and attempts that a policy leaves open, and what the plan says of them."""

from typing import Any

import pytest

from penstock.domain.judging.demand import Demand
from penstock.domain.judging.noise_floor import NoiseFloor
from penstock.domain.planning.comparison_settings import judge_settings
from penstock.domain.planning.known import Known
from penstock.domain.planning.plan import Plan
from penstock.domain.planning.planning import draw_plan
from tests.worlds.setups import live, package, policy

TENTH = NoiseFloor(0.1, "latency")
DEMAND = Demand(600, {"errors": 0.001})


def planned(noise: NoiseFloor | None, first: bool = False, **judge: Any) -> Plan:
    asked = policy(judge=judge)
    there = None if first else live()
    return draw_plan(asked, package(), "0123456789", there, Known(DEMAND, noise=noise))


def told(plan: Plan) -> list[str]:
    return [note for note in plan.notes if "learned from" in note]


@pytest.mark.parametrize(
    ("noise", "tolerance", "attempts", "note"),
    [
        (
            TENTH,
            1.16,
            1,
            "tolerance 1.16, attempts 1, learned from live in the last 180 minutes: latency varies "
            "by 10 % from ten minutes to the next beyond chance",
        ),
        (
            NoiseFloor(0.0, "errors"),
            1.1,
            1,
            "tolerance 1.1, attempts 1, learned from live in the last 180 minutes: nothing varies "
            "from ten minutes to the next beyond chance",
        ),
        (
            NoiseFloor(),
            1.1,
            1,
            "tolerance 1.1, attempts 1, learned from live in the last 180 minutes: too few bad "
            "requests to tell how much they vary",
        ),
        (
            NoiseFloor(2.0, "errors"),
            1.25,
            1,
            "tolerance 1.25, attempts 1, learned from live in the last 180 minutes: errors varies "
            "by 200 % from ten minutes to the next beyond chance; that takes a tolerance of 4.2, "
            "and no more than 1.25 is learned, so harmless releases may be rolled back: "
            "judge.tolerance can allow it",
        ),
        (
            NoiseFloor(0.25, "errors", instances=4, groups=2.8),
            1.4,
            3,
            "tolerance 1.4, attempts 3, learned from 4 instances of live in the last 180 minutes: "
            "errors varies by 25 % from one instance to another beyond chance; failures come in "
            "groups of 2.8",
        ),
    ],
)
def test_what_was_learned_is_set_and_told(
    noise: NoiseFloor, tolerance: float, attempts: int, note: str
) -> None:
    plan = planned(noise)
    assert (plan.policy.judge.tolerance, plan.policy.judge.attempts) == (tolerance, attempts)
    settings = judge_settings(plan.policy)
    assert (settings.rho, settings.phi) == (tolerance, attempts)
    assert told(plan) == [note]


def test_what_the_policy_says_is_kept() -> None:
    both = planned(TENTH, tolerance=1.3, attempts=2)
    assert (both.policy.judge.tolerance, both.policy.judge.attempts) == (1.3, 2)
    assert told(both) == []
    one = planned(TENTH, attempts=2)
    assert (one.policy.judge.tolerance, one.policy.judge.attempts) == (1.16, 2)
    assert told(one)[0].startswith("tolerance 1.16, learned from live")
    other = planned(NoiseFloor(0.1, "errors", instances=2, groups=2.0), tolerance=1.0)
    assert (other.policy.judge.tolerance, other.policy.judge.attempts) == (1.0, 2)
    assert told(other)[0].startswith("attempts 2, learned from 2 instances of live")


@pytest.mark.parametrize("first", [False, True])
def test_where_nobody_asked_the_judge_takes_the_least(first: bool) -> None:
    plan = planned(None, first)
    assert (plan.policy.judge.tolerance, plan.policy.judge.attempts) == (None, None)
    settings = judge_settings(plan.policy)
    assert (settings.rho, settings.phi) == (1.1, 1.0)
    assert told(plan) == []


def test_a_first_release_has_nothing_to_learn_from() -> None:
    assert told(planned(TENTH, first=True)) == []


def test_steps_are_chosen_by_what_was_learned() -> None:
    """Groups of five failures need five times the traffic for a proof."""
    groups = NoiseFloor(0.0, "errors", instances=2, groups=5.0)
    asked = policy(rollout={"steps": "by_traffic"})
    demand = Demand(60, {"errors": 0.001})
    without = draw_plan(asked, package(), "0123456789", live(), Known(demand))
    learned = draw_plan(asked, package(), "0123456789", live(), Known(demand, noise=groups))
    assert without.policy.rollout.steps == "adaptive"
    assert learned.policy.rollout.steps == (5, 25, 50)
