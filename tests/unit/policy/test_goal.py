"""The goal of an A/B test is understood as written, or refused with what to change."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.domain.errors import Refused
from penstock.domain.planning.aims import aim_of
from penstock.domain.policy.goal import GoalSection
from penstock.domain.policy.policy import Policy, merge_policy, parse_policy
from tests.worlds.goals import EXPERIMENT, GOAL, REVENUE


def parsed(**rollout: Any) -> Policy:
    document = {"endpoint": "churn", "approval": {"mode": "manual"}, "rollout": rollout}
    return parse_policy(json.dumps(document), "1")


def refusal(**rollout: Any) -> str:
    with pytest.raises(Refused) as refused:
        parsed(**rollout)
    return str(refused.value)


def goal_of(policy: Policy) -> GoalSection:
    assert policy.rollout.goal is not None
    return policy.rollout.goal


def test_defaults() -> None:
    rollout = parsed(**EXPERIMENT).rollout
    assert (rollout.share, rollout.max_days, rollout.on_no_difference) == (50, 14, "keep_live")
    goal = rollout.goal
    assert goal is not None
    assert (goal.better, goal.kind, goal.bounds) == ("higher", "rate", None)
    assert (goal.confidence, goal.delay_minutes) == (0.95, 60)
    bare = {key: value for key, value in GOAL.items() if key != "dimensions"}
    assert goal_of(parsed(strategy="ab", goal=bare)).dimensions == {
        "EndpointName": "{endpoint}",
        "VariantName": "{variant}",
    }


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"dimensions": {"Variant": "live"}}, "rollout.goal.dimensions: one value must contain"),
        ({"dimensions": {}}, "rollout.goal.dimensions: "),
        ({"dimensions": {"V": "{variant}{stage}"}}, "{stage} is not one of"),
        ({"least_effect": 0}, "rollout.goal.least_effect: must be greater than 0, not 0"),
        ({"least_effect": -0.1}, "rollout.goal.least_effect: must be greater than 0"),
        (
            {"least_effect": 1.01},
            "rollout.goal: `least_effect` (1.01) must be at most 1, the largest difference of "
            "outcomes from 0 to 1",
        ),
        (
            {"bounds": [0, 1]},
            "rollout.goal: `bounds` has no effect with the kind rate: its outcomes are 0 and 1",
        ),
        (
            {"kind": "value"},
            "rollout.goal: `bounds` is required with the kind value: the least and the largest "
            "outcome, such as [0, 500]",
        ),
        (
            {"kind": "value", "bounds": [500, 0]},
            "rollout.goal: `bounds` must be the least outcome and then the largest, not 500 and 0",
        ),
        ({"kind": "value", "bounds": [5, 5]}, "must be the least outcome and then the largest"),
        ({"kind": "value", "bounds": [5]}, "rollout.goal.bounds"),
        ({"kind": "value", "bounds": [0, "500"]}, "rollout.goal.bounds[1]: "),
        (
            {"kind": "value", "bounds": [10, 20], "least_effect": 11},
            "`least_effect` (11) must be at most 10, the largest difference of outcomes from 10 to",
        ),
        ({"kind": "count"}, "rollout.goal.kind: must be 'rate' or 'value', not \"count\""),
        ({"better": "more"}, "rollout.goal.better: must be 'higher' or 'lower'"),
        ({"confidence": 0.5}, "rollout.goal.confidence: must be greater than 0.5"),
        ({"confidence": 1}, "rollout.goal.confidence: must be less than 1"),
        ({"delay_minutes": -1}, "rollout.goal.delay_minutes: must be greater than or equal to 0"),
        ({"delay_minutes": 2881}, "rollout.goal.delay_minutes: must be less than or equal to 2880"),
        ({"delay_minutes": 1.5}, "rollout.goal.delay_minutes: "),
        ({"name": "Conversion!"}, "rollout.goal.name: "),
        ({"namespace": ""}, "rollout.goal.namespace: "),
        ({"metric": ""}, "rollout.goal.metric: "),
        ({"margin": 0.1}, "rollout.goal.margin: unknown key"),
        ({"least_efect": 1}, "did you mean `least_effect`?"),
    ],
)
def test_what_cannot_be_a_goal_is_refused(changes: dict[str, Any], says: str) -> None:
    assert says in refusal(strategy="ab", goal={**GOAL, **changes})


@pytest.mark.parametrize("key", ["name", "namespace", "metric", "least_effect"])
def test_what_a_goal_needs(key: str) -> None:
    goal = {name: value for name, value in GOAL.items() if name != key}
    assert f"rollout.goal.{key}: this key is required" in refusal(strategy="ab", goal=goal)


@pytest.mark.parametrize(
    ("rollout", "says"),
    [
        ({"strategy": "ab"}, "rollout: `goal` is required with the strategy ab"),
        ({"strategy": "ab", "goal": None}, "rollout: `goal` is required with the strategy ab"),
        ({"goal": GOAL}, "rollout: `goal` has no effect with the strategy canary"),
        (
            {"strategy": "all_at_once", "goal": GOAL},
            "rollout: `goal` has no effect with the strategy all_at_once",
        ),
        ({"share": 20}, "rollout: `share` has no effect with the strategy canary"),
        ({"max_days": 3}, "rollout: `max_days` has no effect with the strategy canary"),
        ({"on_no_difference": "promote"}, "`on_no_difference` has no effect with the strategy"),
        (EXPERIMENT | {"share": 0}, "rollout.share: must be greater than or equal to 1, not 0"),
        (EXPERIMENT | {"share": 0.5}, "rollout.share: must be greater than or equal to 1"),
        (EXPERIMENT | {"share": 51}, "rollout.share: must be less than or equal to 50"),
        (EXPERIMENT | {"share": 12.345}, "rollout.share: must have at most two decimals"),
        (EXPERIMENT | {"max_days": 0}, "rollout.max_days: must be greater than or equal to 1"),
        (EXPERIMENT | {"max_days": 61}, "rollout.max_days: must be less than or equal to 60"),
        (EXPERIMENT | {"on_no_difference": "wait"}, "rollout.on_no_difference: must be "),
        (
            EXPERIMENT | {"share": 20, "steps": [5, 25]},
            "rollout: `steps` end at 25 %, above the `share` of 20 % at which the goal is tested",
        ),
        (
            EXPERIMENT | {"holdback_percent": 5},
            "`holdback_percent` has no effect with the strategy",
        ),
    ],
)
def test_an_experiment_that_cannot_be_is_refused(rollout: dict[str, Any], says: str) -> None:
    assert says in refusal(**rollout)


@pytest.mark.parametrize("share", [1, 12.34, 50])
@pytest.mark.parametrize("days", [1, 60])
def test_bounds_of_the_keys_are_inclusive(share: float, days: int) -> None:
    rollout = parsed(**EXPERIMENT, share=share, max_days=days).rollout
    assert (rollout.share, rollout.max_days) == (share, days)


def test_a_goal_goes_with_the_strategy_that_had_it() -> None:
    merged = merge_policy(parsed(**EXPERIMENT, max_days=3), {"rollout": {"strategy": "canary"}})
    assert (merged.rollout.goal, merged.rollout.max_days) == (None, 14)


def test_an_aim_is_what_the_goal_says() -> None:
    rate = aim_of(goal_of(parsed(strategy="ab", goal={**GOAL, "better": "lower"})))
    assert rate == (0.01, 0.95, False, (0, 1))
    value = aim_of(goal_of(parsed(strategy="ab", goal={**REVENUE, "confidence": 0.9})))
    assert value == (2, 0.9, True, (0, 500))


NUMBERS = st.floats(allow_nan=False) | st.integers() | st.none() | st.text(max_size=3)
GOALS = st.fixed_dictionaries(
    {},
    optional={
        "kind": st.sampled_from(["rate", "value", "other", None]),
        "better": st.sampled_from(["higher", "lower", "best"]),
        "bounds": st.none() | st.lists(NUMBERS, max_size=3),
        "least_effect": NUMBERS,
        "confidence": NUMBERS,
        "delay_minutes": NUMBERS,
        "dimensions": st.dictionaries(st.text(max_size=3), st.sampled_from(["{variant}", "x"])),
    },
)


@given(
    GOALS,
    st.fixed_dictionaries({}, optional={"share": NUMBERS, "max_days": NUMBERS}),
    st.sampled_from(["ab", "canary", "all_at_once"]),
)
def test_any_goal_is_a_possible_one_or_refused(
    changes: dict[str, Any], keys: dict[str, Any], strategy: str
) -> None:
    try:
        policy = parsed(strategy=strategy, goal={**GOAL, **changes}, **keys)
    except Refused:
        return
    goal = goal_of(policy)
    assert policy.rollout.strategy == "ab"
    assert 1 <= policy.rollout.share <= 50
    assert 0 < goal.least_effect <= goal.limits[1] - goal.limits[0]
    assert (goal.kind == "value") == (goal.bounds is not None)
    assert Policy.model_validate_json(policy.model_dump_json()) == policy
