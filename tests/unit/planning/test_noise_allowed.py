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
INSTANCES = NoiseFloor(0.25, "latency@p95", instances=4, groups=2.8)


def planned(noise: NoiseFloor | None, first: bool = False, **judge: Any) -> Plan:
    asked = policy(judge=judge)
    there = None if first else live()
    return draw_plan(asked, package(), "0123456789", there, Known(DEMAND, noise=noise))


def told(plan: Plan) -> list[str]:
    return [note for note in plan.notes if note.startswith(("tolerance ", "attempts "))]


@pytest.mark.parametrize(
    ("noise", "tolerance", "note"),
    [
        (
            TENTH,
            1.16,
            "tolerance 1.16: in the last 180 minutes live's rate of slow answers varied by 10 % "
            "from ten minutes to the next, beyond chance",
        ),
        (
            NoiseFloor(0.0, "errors"),
            1.1,
            "tolerance 1.1: no rate of live varied from ten minutes to the next by more than "
            "chance in the last 180 minutes",
        ),
        (
            NoiseFloor(),
            1.1,
            "tolerance 1.1: live had too few bad requests in the last 180 minutes to show how much "
            "their rate varies",
        ),
        (
            NoiseFloor(heard=False),
            1.1,
            "tolerance 1.1: CloudWatch did not say how much live varies by itself",
        ),
        (
            NoiseFloor(2.0, "errors"),
            1.25,
            "tolerance 1.25: in the last 180 minutes live's rate of errors varied by 200 % from "
            "ten minutes to the next, beyond chance; that takes a tolerance of 4.2, and no more "
            "than 1.25 is learned, so harmless releases may be rolled back: judge.tolerance can "
            "allow it",
        ),
    ],
)
def test_what_minutes_teach_is_set_and_told(noise: NoiseFloor, tolerance: float, note: str) -> None:
    plan = planned(noise)
    assert (plan.policy.judge.tolerance, plan.policy.judge.attempts) == (tolerance, None)
    settings = judge_settings(plan.policy)
    assert (settings.rho, settings.phi) == (tolerance, 1.0)
    assert told(plan) == [note]


def test_what_instances_teach_is_set_and_told() -> None:
    plan = planned(INSTANCES)
    settings = judge_settings(plan.policy)
    assert (settings.rho, settings.phi) == (1.4, 3.0)
    assert told(plan) == [
        "tolerance 1.4: in the last 180 minutes live's rate of answers over live's 95 % quantile "
        "varied by 25 % from one instance to another, beyond chance",
        "attempts 3: failures on one instance of live come in groups of 2.8",
    ]


def test_what_the_policy_says_is_kept() -> None:
    both = planned(INSTANCES, tolerance=1.3, attempts=2)
    assert (both.policy.judge.tolerance, both.policy.judge.attempts) == (1.3, 2)
    assert told(both) == []
    one = planned(INSTANCES, attempts=2)
    assert (one.policy.judge.tolerance, one.policy.judge.attempts) == (1.4, 2)
    assert [note[:9] for note in told(one)] == ["tolerance"]
    other = planned(INSTANCES, tolerance=1.0)
    assert (other.policy.judge.tolerance, other.policy.judge.attempts) == (1.0, 3)
    assert [note[:8] for note in told(other)] == ["attempts"]


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
