"""A deployment that SageMaker makes by itself: its steps, its limits, its cost."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.adapters.serving.deployment_policy import deployment_policy
from penstock.domain.errors import Refused
from penstock.domain.kinds.pending import PendingDeployment, VariantStatus
from penstock.domain.planning.deployment import TRAFFIC, Deployment, TrafficName
from tests.unit.planning.deployments import deployment, drawn

SAYS = "Baking for 180 seconds (TerminationWaitInSeconds) with traffic enabled on "


@pytest.mark.parametrize(
    ("traffic", "size", "count", "batch", "steps"),
    [
        ("canary", 10, 2, 1, 2),
        ("canary", 33, 3, 1, 2),
        ("canary", 50, 5, 2, 2),
        ("linear", 10, 15, 2, 8),
        ("linear", 50, 3, 1, 3),
        ("rolling", 5, 2, 1, 2),
        ("rolling", 5, 21, 2, 11),
        ("rolling", 50, 4, 2, 2),
    ],
)
def test_steps_are_whole_instances(
    traffic: str, size: int, count: int, batch: int, steps: int
) -> None:
    found = deployment(count, traffic=traffic, size_percent=size, wait_minutes=1)
    assert (found.batch(count), found.steps(count)) == (batch, steps)


@given(st.sampled_from(sorted(TRAFFIC)), st.integers(1, 50), st.integers(2, 500))
def test_no_step_is_outside_of_what_sagemaker_takes(
    traffic: TrafficName, size: int, count: int
) -> None:
    kind = TRAFFIC[traffic]
    rules = deployment().rules
    found = Deployment(
        traffic=traffic,
        size_percent=100 if kind.moves == "whole" else max(size, kind.least_percent),
        wait_minutes=1,
        termination_minutes=1,
        update_minutes=60,
        rules=rules,
    )
    if kind.moves != "whole":
        least = kind.least_percent if kind.least_percent > 1 else 0
        assert least <= 100 * found.batch(count) / count <= 50
    assert 10 <= found.timeout(count) <= 480


@pytest.mark.parametrize(
    ("rollout", "expected"),
    [
        (
            {"wait_minutes": 5, "termination_minutes": 7},
            {
                "BlueGreenUpdatePolicy": {
                    "TrafficRoutingConfiguration": {
                        "Type": "CANARY",
                        "WaitIntervalInSeconds": 300,
                        "CanarySize": {"Type": "INSTANCE_COUNT", "Value": 1},
                    },
                    "TerminationWaitInSeconds": 420,
                    "MaximumExecutionTimeoutInSeconds": 60 * (5 + 7 + 60 + 4),
                }
            },
        ),
        (
            {"traffic": "linear", "size_percent": 25, "wait_minutes": 5},
            {
                "BlueGreenUpdatePolicy": {
                    "TrafficRoutingConfiguration": {
                        "Type": "LINEAR",
                        "WaitIntervalInSeconds": 300,
                        "LinearStepSize": {"Type": "INSTANCE_COUNT", "Value": 1},
                    },
                    "TerminationWaitInSeconds": 600,
                    "MaximumExecutionTimeoutInSeconds": 60 * (15 + 10 + 60 + 8),
                }
            },
        ),
        (
            {"traffic": "all_at_once"},
            {
                "BlueGreenUpdatePolicy": {
                    "TrafficRoutingConfiguration": {
                        "Type": "ALL_AT_ONCE",
                        "WaitIntervalInSeconds": 0,
                    },
                    "TerminationWaitInSeconds": 600,
                    "MaximumExecutionTimeoutInSeconds": 60 * (10 + 60 + 2),
                }
            },
        ),
        (
            {"traffic": "rolling", "size_percent": 50, "wait_minutes": 5},
            {
                "RollingUpdatePolicy": {
                    "MaximumBatchSize": {"Type": "INSTANCE_COUNT", "Value": 2},
                    "WaitIntervalInSeconds": 300,
                    "MaximumExecutionTimeoutInSeconds": 60 * (10 + 120 + 4),
                }
            },
        ),
    ],
)
def test_a_policy_in_sagemakers_form(rollout: dict[str, Any], expected: dict[str, Any]) -> None:
    assert deployment_policy(deployment(**rollout), 4) == expected


def test_a_plan_says_what_it_costs() -> None:
    plan = drawn(4, wait_minutes=10, termination_minutes=10)
    assert plan.peak_instances == 8
    assert plan.least_minutes == 10 + 20
    assert plan.most_minutes >= 84
    assert any("2 steps of 1 of 4 instances" in note for note in plan.notes)
    assert any("DescribeAlarms" in note for note in plan.notes)
    assert drawn(4, traffic="rolling", size_percent=50).peak_instances == 6


def test_both_fleets_have_one_name_and_are_told_apart_by_their_configurations() -> None:
    (stage,) = drawn().stages
    assert stage.compared is not None
    assert stage.compared.live == stage.compared.candidate == "AllTraffic"
    assert (stage.compared.live_config, stage.content.name) == ("theirs", "churn-1111111111")
    assert stage.rules.quiet_minutes == 0, "the new fleet is warm once it serves all"
    assert drawn(traffic="all_at_once").stages[0].compared is None


def test_the_old_fleet_is_the_one_that_the_stage_before_left() -> None:
    (stage,) = drawn().stages
    before = stage.model_copy(update={"target": stage.content.model_copy(update={"config": "s"})})
    after = stage.after(before)
    assert after.compared is not None
    assert after.compared.live_config == "s"
    kept = stage.after(stage.model_copy(update={"target": None}))
    assert kept.compared == stage.compared


@pytest.mark.parametrize("key", ["wait_minutes", "termination_minutes"])
def test_a_wait_that_no_alarm_can_use_is_noted(key: str) -> None:
    none: dict[str, Any] = {key: 0}
    enough: dict[str, Any] = {key: 5}
    assert any(note.startswith(f"{key} is 0") for note in drawn(**none).notes)
    assert not any(note.startswith(f"{key} is") for note in drawn(**enough).notes)


def test_one_instance_is_refused() -> None:
    with pytest.raises(Refused, match="the endpoint has 1 instance and needs 2"):
        drawn(1)


def test_more_than_ten_alarms_are_refused_and_the_brake_is_one() -> None:
    own = len(drawn().own_alarms)
    drawn(alarms=tuple(f"a{n}" for n in range(9 - own)))
    with pytest.raises(Refused, match="takes 10 alarms, and there are 11"):
        drawn(alarms=tuple(f"a{n}" for n in range(10 - own)))


def test_waits_that_no_deployment_can_hold_are_refused() -> None:
    with pytest.raises(Refused, match="the waits of 13 steps take 780 minutes"):
        drawn(13, traffic="rolling", size_percent=15, wait_minutes=60)


@pytest.mark.parametrize(
    ("said", "percent"),
    [
        (f"{SAYS}full capacity of 4 instance(s).", 100),
        (f"{SAYS}canary capacity of 1 instance(s).", 25),
        (f"{SAYS}2 instance(s).", 50),
        (f"{SAYS}canary capacity of 9 instance(s).", None),
        ("Baking.", None),
        ("", None),
    ],
)
def test_the_part_with_traffic_is_read_from_sagemakers_sentence(
    said: str, percent: float | None
) -> None:
    shown = (VariantStatus(status="Baking", message=said),)
    found = PendingDeployment(config="churn-2", instances=4, statuses=shown)
    assert (found.percent, found.has_traffic) == (percent, True)


def test_a_step_without_traffic_has_no_part() -> None:
    shown = (VariantStatus(status="Creating", message=f"{SAYS}full capacity of 4 instance(s)."),)
    found = PendingDeployment(config="churn-2", instances=4, statuses=shown)
    assert (found.percent, found.has_traffic) == (None, False)
    assert PendingDeployment(config="churn-2").has_traffic, "unknown counts as yes"
