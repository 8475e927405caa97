"""Gates in a plan: what they need of the history, beside every strategy."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.domain.errors import Refused
from penstock.domain.planning.budget import HISTORY_LIMIT
from penstock.domain.planning.deployment import GRACE, LOOK_SECONDS, TRAFFIC
from penstock.domain.planning.plan import Plan
from penstock.domain.planning.planning import draw_plan
from penstock.domain.planning.stage import Stage
from tests.unit.planning.deployments import deployment, drawn
from tests.worlds.goals import GOAL
from tests.worlds.setups import live, package, policy

DAY_EACH = [
    {"at": "before_traffic", "hours": 24},
    {"at": "before_promotion", "hours": 24, "approvals": 2},
]
"""The example of docs/policy.md."""


def gated(rollout: dict[str, Any], gates: list[dict[str, Any]] | None = None) -> Plan:
    found = policy(rollout=rollout, gates=DAY_EACH if gates is None else gates)
    return draw_plan(found, package(), "1111111111", live(2))


def gate(plan: Plan, name: str) -> Stage:
    return next(stage for stage in plan.stages if stage.gate == name)


@pytest.mark.parametrize(
    "rollout",
    [
        {"steps": [5, 25, 50]},
        {"strategy": "linear"},
        {"strategy": "all_at_once"},
        {"strategy": "guardrail"},
        {"strategy": "guardrail", "shadow_minutes": 60},
        {"strategy": "ab", "steps": [5, 25], "goal": GOAL},
        {"strategy": "ab", "steps": [5, 25], "goal": GOAL, "max_days": 60},
        {"strategy": "shadow", "shadow_minutes": 1440},
        {"steps": [5, 25, 50], "shadow_minutes": 60},
        {"steps": [5, 25, 50], "holdback_percent": 5},
    ],
)
def test_two_gates_of_a_day_fit_beside_the_named_steps_of_every_strategy(
    rollout: dict[str, Any],
) -> None:
    assert gated(rollout).history_events <= HISTORY_LIMIT


def test_a_wait_in_which_nothing_is_compared_has_fewer_looks_and_no_doubt() -> None:
    plan = gated({"steps": [50]})
    early, late = gate(plan, "before_traffic"), gate(plan, "before_promotion")
    assert (early.rules.look_hours, early.rules.doubtful_until) == (1, 24 * 60)
    assert late.compared
    assert late.rules.look_hours is None
    assert late.rules.doubtful_until > 24 * 60


def test_a_history_that_is_too_short_for_the_gates_names_them() -> None:
    longest = [{**each, "hours": 336} for each in DAY_EACH]
    with pytest.raises(Refused, match="or fewer hours at the gates"):
        gated({"strategy": "ab", "steps": [5, 25], "goal": GOAL, "max_days": 60}, longest)


def test_a_deployment_is_looked_at_until_its_own_time_out() -> None:
    short, long = drawn(wait_minutes=0), drawn(wait_minutes=60)
    assert long.history_events - short.history_events == 60 * 60 // LOOK_SECONDS * 17
    found = deployment()
    assert found.longest_timeout + GRACE < 200


@given(st.sampled_from(sorted(TRAFFIC)), st.integers(1, 50), st.integers(1, 5_000))
def test_no_fleet_has_a_longer_time_out(traffic: str, size: int, count: int) -> None:
    kind = TRAFFIC[traffic]
    found = deployment().model_copy(
        update={
            "traffic": traffic,
            "size_percent": 100 if kind.moves == "whole" else max(size, kind.least_percent),
            "wait_minutes": 1,
            "update_minutes": 5,
        }
    )
    assert found.timeout(count) <= found.longest_timeout
