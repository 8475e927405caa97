"""Deployments with guardrails that go back: alarms, time limit, launches, and ways back that fail.

The brake is an alarm on a metric of our own, one of one, on which missing data is fine.
"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.twin.small_bench import small
from tests.worlds.guardrail_bench import (
    ACTIVATE,
    LAUNCH,
    TERMINATE,
    GuardedBench,
    alarm,
    blue_green,
    canary,
    count,
    guarded,
    linear,
    pull,
    rolling,
    watched,
)
from tests.worlds.sagemaker_bench import IMAGE, refusal, variant
from twin.sagemaker.synthetic import Behaviour

BACK = ("InService", "config-1")
NEW = ("InService", "config-2")
BROKEN = "UpdateRollbackFailed"
LIMIT = "MaximumExecutionTimeoutInSeconds"


@pytest.fixture
def aws() -> Iterator[GuardedBench]:
    with guarded() as made:
        made.alarm()
        yield made


def until(aws: GuardedBench, step: str, nth: int = 1) -> None:
    """Wait until a deployment has begun its nth step of this kind."""
    while [told for told, _ in aws.steps()].count(step) < nth:
        aws.clock.advance(1)


def minutes_until(aws: GuardedBench, done: Callable[[], bool], brakes: bool) -> float:
    """Wait in minutes of the brake, or without it, for at most a quarter of an hour."""
    begin = aws.clock.now()
    while not done():
        assert aws.clock.now() < begin + 900
        if brakes:
            aws.brake()
        else:
            aws.clock.advance(10)
    return (aws.clock.now() - begin) / 60


@pytest.mark.parametrize(
    ("config", "step", "nth"),
    [
        pytest.param(canary(count(1)), "ActivatingTraffic", 1, id="before the canary"),
        pytest.param(canary(count(1)), "Baking", 1, id="canary"),
        pytest.param(canary(count(1)), "ActivatingTraffic", 2, id="after the canary"),
        pytest.param(canary(count(1)), "Baking", 2, id="final bake"),
        pytest.param(linear(count(1), wait=600, final=600), "Baking", 3, id="linear"),
        pytest.param(blue_green(TerminationWaitInSeconds=600), "Baking", 1, id="all at once"),
        pytest.param(rolling(count(1), wait=600), "Baking", 1, id="first batch"),
        pytest.param(rolling(count(1), wait=600), "Deleting", 1, id="first batch replaced"),
        pytest.param(rolling(count(1), wait=600), "Updating", 2, id="launch of the third batch"),
        pytest.param(rolling(count(1), wait=600), "Baking", 4, id="last batch"),
    ],
)
@pytest.mark.parametrize("poll", [10.0, 120.0])
def test_the_brake_stops_a_deployment_in_each_phase_with_traffic(
    aws: GuardedBench, config: Any, step: str, nth: int, poll: float
) -> None:
    """At most three minutes until the alarm, then a poll, then the way back."""
    aws.switches.poll_seconds = poll
    aws.deploy(watched(config, "brake"))
    until(aws, step, nth)
    minutes = minutes_until(aws, lambda: aws.outcome() == BACK, brakes=True)
    relaunch = LAUNCH if "RollingUpdatePolicy" in config else 0
    assert minutes <= 4 + (poll + relaunch + ACTIVATE + TERMINATE) / 60
    assert "brake" in aws.describe()["FailureReason"]
    assert aws.variant("live")["CurrentInstanceCount"] == 4
    assert "PendingDeploymentSummary" not in aws.describe()
    assert aws.statuses() == ["UPDATING", "IN_SERVICE"]
    assert aws.shares() == {"config-1": 1.0}


@pytest.mark.parametrize("watches", [False, True])
def test_whether_alarms_count_before_there_is_traffic_is_a_switch(
    aws: GuardedBench, watches: bool
) -> None:
    aws.switches.watches_launch = watches
    aws.deploy(watched(canary(count(1)), "brake"))
    aws.brake(4)
    aws.clock.advance(LAUNCH + ACTIVATE - 240 - 1)
    assert [step for step, _ in aws.steps()][1:2] == (
        ["Deleting"] if watches else ["ActivatingTraffic"]
    )
    assert minutes_until(aws, lambda: aws.outcome() == BACK, brakes=True) <= 3
    told = [step for step, _ in aws.steps()]
    assert ("ActivatingTraffic" in told) is not watches


def test_the_brake_let_go_too_early_can_be_missed_by_a_slow_poll(aws: GuardedBench) -> None:
    aws.switches.poll_seconds = 3600
    aws.deploy(watched(canary(count(1)), "brake"))
    aws.clock.advance(LAUNCH + ACTIVATE)
    aws.brake(2)
    aws.clock.advance(7200)
    assert aws.outcome() == NEW


@pytest.mark.parametrize(("config", "nth"), [(canary(count(1)), 1), (rolling(count(2)), 2)])
def test_once_the_last_old_instances_end_nothing_goes_back(
    aws: GuardedBench, config: Any, nth: int
) -> None:
    aws.switches.poll_seconds = 5
    aws.deploy(watched(config, "brake"))
    until(aws, "Deleting", nth)
    for _ in range(0, TERMINATE, 5):
        aws.cloudwatch.set_alarm_state(AlarmName="brake", StateValue="ALARM", StateReason="late")
        aws.clock.advance(5)
    assert aws.outcome() == NEW


def test_what_was_due_before_the_turn_does_not_hasten_the_way_back(aws: GuardedBench) -> None:
    """The launch of the second batch would be over at 720 seconds."""
    aws.deploy(rolling(count(2), wait=200, **{LIMIT: 600}))
    aws.clock.advance(600 + LAUNCH + ACTIVATE + TERMINATE - 1)
    assert aws.outcome()[0] == "Updating"
    aws.clock.advance(1)
    assert aws.outcome() == BACK


def test_an_alarm_on_the_series_of_the_new_configuration_sees_the_new_model_alone(
    aws: GuardedBench,
) -> None:
    aws.sagemaker.synthetic.behave("one", Behaviour(error_rate=0.5))
    aws.sagemaker.synthetic.drive("churn", 6000)
    aws.alarm("errors", **_errors_of("config-2"))
    aws.clock.advance(300)
    aws.deploy(watched(canary(count(1)), "errors"))
    aws.clock.advance(3600)
    assert aws.outcome() == NEW
    aws.alarm("errors-of-one", **_errors_of("config-1"))
    aws.deploy(watched(canary(count(1)), "errors-of-one"), to="config-1")
    aws.clock.advance(3600)
    assert aws.outcome() == NEW
    assert "errors-of-one" in aws.describe()["FailureReason"]


def _errors_of(config: str) -> dict[str, Any]:
    names = {"EndpointName": "churn", "VariantName": "live", "EndpointConfigName": config}
    return {
        "Namespace": "AWS/SageMaker",
        "MetricName": "Invocation5XXErrors",
        "Dimensions": [{"Name": name, "Value": value} for name, value in names.items()],
    }


def raised(aws: GuardedBench) -> None:
    """The brake is in ALARM."""
    aws.brake(4)
    (found,) = aws.cloudwatch.describe_alarms(AlarmNames=["brake"])["MetricAlarms"]
    assert found["StateValue"] == "ALARM"


def test_an_alarm_that_is_in_alarm_at_the_start_can_roll_back(aws: GuardedBench) -> None:
    raised(aws)
    aws.deploy(watched(canary(count(1)), "brake"))
    assert minutes_until(aws, lambda: aws.outcome() == BACK, brakes=True) < 7


def test_an_alarm_that_is_in_alarm_at_the_start_can_be_refused(aws: GuardedBench) -> None:
    aws.switches.alarm_at_start = "refused"
    raised(aws)
    with refusal(says="in ALARM already"):
        aws.deploy(watched(canary(count(1)), "brake"))
    assert aws.outcome() == BACK
    assert aws.statuses() == []


@pytest.mark.parametrize("again", [False, True])
def test_an_alarm_that_is_in_alarm_at_the_start_can_be_ignored_until_it_was_ok(
    aws: GuardedBench, again: bool
) -> None:
    aws.switches.alarm_at_start = "ignored"
    raised(aws)
    aws.deploy(watched(canary(count(1), wait=1200), "brake"))
    aws.brake(10)
    assert aws.outcome()[0] == "Updating"
    aws.clock.advance(300)
    aws.brake(4 if again else 0)
    aws.clock.advance(7200)
    assert aws.outcome() == (BACK if again else NEW)


@pytest.mark.parametrize("effect", ["rolls_back", "ignored"])
@pytest.mark.parametrize("from_start", [True, False])
def test_what_a_missing_alarm_does_is_a_switch(
    aws: GuardedBench, effect: Any, from_start: bool
) -> None:
    aws.switches.missing_alarm = effect
    aws.deploy(watched(canary(count(1)), "nobody" if from_start else "brake"))
    aws.clock.advance(LAUNCH + ACTIVATE)
    aws.cloudwatch.delete_alarms(AlarmNames=["brake"])
    aws.clock.advance(7200)
    assert aws.outcome() == (BACK if effect == "rolls_back" else NEW)


@pytest.mark.parametrize("tells", [True, False])
def test_whether_a_rollback_tells_its_reason_is_a_switch(aws: GuardedBench, tells: bool) -> None:
    aws.switches.tells_reason = tells
    aws.deploy(watched(canary(count(1)), "brake"))
    until(aws, "Baking")
    minutes_until(aws, lambda: aws.outcome() == BACK, brakes=True)
    assert ("FailureReason" in aws.describe()) is tells


@pytest.mark.parametrize("stuck", [False, True])
def test_a_deployment_that_takes_too_long_goes_back(aws: GuardedBench, stuck: bool) -> None:
    if stuck:
        aws.sagemaker.faults.stick_next_update()
    aws.deploy(canary(count(1), wait=300, final=200, **{LIMIT: 600}))
    aws.clock.advance(599)
    assert aws.outcome()[0] == "Updating"
    aws.clock.advance(1 + ACTIVATE + TERMINATE)
    assert aws.outcome() == BACK
    assert "time-out" in aws.describe()["FailureReason"]
    if stuck:
        aws.sagemaker.updates.unstick("churn")
        aws.clock.advance(7200)
        assert aws.outcome() == BACK


@pytest.mark.parametrize("config", [canary(count(1)), rolling(count(1))])
def test_a_container_that_does_not_start_goes_back_without_traffic(
    aws: GuardedBench, config: Any
) -> None:
    aws.model("three", image="unknown:1")
    new = [variant("live", ModelName="three", InitialInstanceCount=4)]
    aws.client.create_endpoint_config(EndpointConfigName="config-3", ProductionVariants=new)
    aws.deploy(config, to="config-3")
    aws.clock.advance(LAUNCH + TERMINATE)
    assert aws.outcome() == BACK
    assert "unknown:1" in aws.describe()["FailureReason"]
    assert [step for step, _ in aws.steps()] == ["Creating", "Deleting"]


@pytest.mark.parametrize("reason", [None, "Insufficient capacity."])
def test_a_lack_of_capacity_goes_back(aws: GuardedBench, reason: str | None) -> None:
    aws.sagemaker.faults.roll_back_next_update(reason)
    aws.deploy(canary(count(1)))
    aws.clock.advance(LAUNCH + TERMINATE)
    assert aws.outcome() == BACK
    assert aws.describe().get("FailureReason") == reason


def test_a_later_batch_can_lack_capacity(aws: GuardedBench) -> None:
    aws.sagemaker.faults.roll_back_next_update("Insufficient capacity.", launch=3)
    aws.deploy(rolling(count(1), wait=60))
    until(aws, "Updating", 2)
    assert aws.variant("live")["CurrentInstanceCount"] == 2
    aws.events.clear()
    aws.clock.advance(2 * LAUNCH + ACTIVATE + TERMINATE)
    assert aws.outcome() == BACK
    assert aws.variant("live")["CurrentInstanceCount"] == 4
    assert aws.steps()[0] == ("Updating", "Launching 2 instance(s).")


def test_a_fleet_of_another_size_is_replaced_batch_by_batch(aws: GuardedBench) -> None:
    """The old fleet loses as large a part as the new one has won, and keeps one to the last."""
    aws.client.update_endpoint_weights_and_capacities(
        EndpointName="churn",
        DesiredWeightsAndCapacities=[{"VariantName": "live", "DesiredInstanceCount": 1}],
    )
    aws.clock.advance(60)
    aws.events.clear()
    aws.deploy(rolling(count(1), wait=60))
    aws.clock.advance(7200)
    assert aws.outcome() == NEW
    assert [text for step, text in aws.steps() if step == "Deleting"] == [
        "Terminating 1 instance(s)."
    ]
    assert aws.variant("live")["CurrentInstanceCount"] == 4


def test_a_rolling_way_back_launches_the_old_instances_again(aws: GuardedBench) -> None:
    aws.deploy(watched(rolling(count(1), wait=600), "brake"))
    until(aws, "Baking", 3)
    assert aws.variant("live")["CurrentInstanceCount"] == 2
    aws.events.clear()
    minutes_until(aws, lambda: aws.outcome() == BACK, brakes=True)
    assert aws.steps() == [
        ("Updating", "Launching 2 instance(s)."),
        ("ActivatingTraffic", "Activating traffic on full capacity of 4 instance(s)."),
        ("Deleting", "Terminating 3 instance(s)."),
    ]


def test_a_rolling_way_back_can_go_in_batches(aws: GuardedBench) -> None:
    back = rolling(count(1), wait=600, RollbackMaximumBatchSize=count(1))
    aws.deploy(watched(back, "brake"))
    until(aws, "Baking", 3)
    aws.events.clear()
    until_back = minutes_until(aws, lambda: bool(aws.steps()), brakes=True)
    assert until_back < 5
    aws.clock.advance(LAUNCH + ACTIVATE + TERMINATE)
    assert aws.variant("live")["CurrentInstanceCount"] == 3
    assert aws.shares(2)["config-2"] == pytest.approx(0.25, abs=0.02)
    minutes_until(aws, lambda: aws.outcome() == BACK, brakes=False)
    assert [text for step, text in aws.steps() if step == "Deleting"] == [
        "Terminating 2 instance(s).",
        "Terminating 1 instance(s).",
    ]


@pytest.mark.parametrize("config", [rolling(count(1), wait=600), canary(count(2))])
def test_a_way_back_can_fail_and_leaves_a_mix_that_another_update_repairs(
    aws: GuardedBench, config: Any
) -> None:
    aws.sagemaker.faults.fail_next_way_back("no capacity for the old fleet")
    aws.deploy(watched(config, "brake"))
    until(aws, "Baking", 2)
    minutes_until(aws, lambda: aws.outcome()[0] == BROKEN, brakes=True)
    described = aws.describe()
    assert described["FailureReason"] == "no capacity for the old fleet"
    assert described["EndpointConfigName"] == "config-1"
    assert aws.statuses()[-1] == "UPDATE_ROLLBACK_FAILED"
    assert set(aws.shares()) == {"config-1", "config-2"}
    aws.client.update_endpoint(EndpointName="churn", EndpointConfigName="config-2")
    aws.clock.advance(240)
    assert aws.outcome() == NEW
    assert aws.shares() == {"config-2": 1.0}


def test_a_failed_way_back_can_be_recovered_by_support(aws: GuardedBench) -> None:
    aws.sagemaker.faults.fail_next_rollback()
    aws.deploy(rolling(count(1), wait=600))
    minutes_until(aws, lambda: aws.outcome()[0] == BROKEN, brakes=False)
    aws.sagemaker.updates.recover("churn")
    assert aws.outcome() == BACK
    assert aws.shares() == {"config-1": 1.0}


def test_a_way_back_that_is_not_needed_does_not_fail(aws: GuardedBench) -> None:
    aws.sagemaker.faults.fail_next_way_back()
    aws.deploy(canary(count(1)))
    aws.clock.advance(7200)
    assert aws.outcome() == NEW


def test_the_whole_twin_lets_sagemaker_see_its_alarms() -> None:
    """By the twin's own clock, from the metric to the end of the rollback."""
    with small() as twin:
        twin.images.register(IMAGE, [], "sha256:" + "a" * 64)
        sagemaker, cloudwatch = twin.client("sagemaker"), twin.client("cloudwatch")
        for name in ("one", "two"):
            sagemaker.create_model(
                ModelName=name,
                ExecutionRoleArn="arn:aws:iam::123456789012:role/serving",
                PrimaryContainer={"Image": IMAGE},
            )
            sagemaker.create_endpoint_config(
                EndpointConfigName=name, ProductionVariants=[variant("live", ModelName=name)]
            )
        sagemaker.create_endpoint(EndpointName="churn", EndpointConfigName="one")

        def endpoint() -> Any:
            return sagemaker.describe_endpoint(EndpointName="churn")

        twin.until(lambda: endpoint()["EndpointStatus"] == "InService", 10, "the creation")
        cloudwatch.put_metric_alarm(**alarm())
        sagemaker.update_endpoint(
            EndpointName="churn",
            EndpointConfigName="two",
            DeploymentConfig=watched(canary(count(1), wait=3600), "brake"),
        )
        twin.clock.sleep(LAUNCH + ACTIVATE + 60)
        begin = twin.clock.now()
        while endpoint()["EndpointStatus"] == "Updating":
            pull(cloudwatch)
            twin.clock.sleep(60)
            assert twin.clock.now() < begin + 600
        assert endpoint()["EndpointConfigName"] == "one"
