"""Deployments with guardrails that succeed: steps, traffic, instances, descriptions, events."""

import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.worlds.guardrail_bench import (
    ACTIVATE,
    LAUNCH,
    TERMINATE,
    GuardedBench,
    blue_green,
    canary,
    count,
    guarded,
    linear,
    percent,
    rolling,
)
from tests.worlds.sagemaker_bench import refusal, variant
from twin.core.hooks import NotSupportedByTwin
from twin.sagemaker.synthetic import Behaviour

COMMAND = [sys.executable, str(Path(__file__).parent / "fixtures" / "serve.py")]


@pytest.fixture
def aws() -> Iterator[GuardedBench]:
    with guarded() as made:
        yield made


def test_a_canary_launches_all_takes_a_part_bakes_takes_the_rest_bakes_and_ends_the_old(
    aws: GuardedBench,
) -> None:
    aws.deploy(canary(count(1)))
    aws.clock.advance(LAUNCH + 2 * ACTIVATE + 1200 + TERMINATE - 1)
    assert aws.outcome() == ("Updating", "config-1")
    aws.clock.advance(1)
    assert aws.outcome() == ("InService", "config-2")
    first, second = "canary capacity of 1 instance(s).", "full capacity of 4 instance(s)."
    bake = "Baking for 600 seconds"
    assert aws.steps() == [
        ("Creating", "Launching 4 instance(s)."),
        ("ActivatingTraffic", f"Activating traffic on {first}"),
        ("Baking", f"{bake} (WaitIntervalInSeconds) with traffic enabled on {first}"),
        ("ActivatingTraffic", f"Activating traffic on {second}"),
        ("Baking", f"{bake} (TerminationWaitInSeconds) with traffic enabled on {second}"),
        ("Deleting", "Terminating 4 instance(s)."),
    ]
    assert aws.statuses() == ["UPDATING", "IN_SERVICE"]


def test_while_it_runs_the_old_configuration_is_shown_and_the_new_one_is_pending(
    aws: GuardedBench,
) -> None:
    aws.deploy(canary(count(1)))
    aws.clock.advance(LAUNCH + ACTIVATE)
    described = aws.describe()
    assert described["EndpointConfigName"] == "config-1"
    assert described["EndpointStatus"] == "Updating"
    assert described["ProductionVariants"][0]["CurrentInstanceCount"] == 4
    pending = described["PendingDeploymentSummary"]
    assert pending["EndpointConfigName"] == "config-2"
    assert aws.step()[0] == "Baking"
    (status,) = aws.pending()["VariantStatus"]
    assert (status["StartTime"] - pending["StartTime"]).total_seconds() == LAUNCH + ACTIVATE
    assert described["LastDeploymentConfig"] == canary(count(1))


@pytest.mark.parametrize(("counts_traffic", "shown"), [(True, 1), (False, 4)])
def test_what_the_count_of_a_pending_variant_means_is_a_switch(
    aws: GuardedBench, counts_traffic: bool, shown: int
) -> None:
    aws.switches.counts_traffic = counts_traffic
    aws.deploy(canary(count(1)))
    aws.clock.advance(LAUNCH + ACTIVATE)
    assert aws.pending()["CurrentInstanceCount"] == shown
    assert aws.pending()["DesiredInstanceCount"] == 4


def test_requests_are_shared_by_capacity_and_counted_by_configuration(aws: GuardedBench) -> None:
    aws.deploy(canary(count(1)))
    assert aws.shares() == {"config-1": 1.0}
    aws.clock.advance(LAUNCH + ACTIVATE - 180)
    shares = aws.shares()
    assert shares["config-2"] == pytest.approx(0.25, abs=0.02)
    assert shares["config-1"] == pytest.approx(0.75, abs=0.02)
    aws.clock.advance(600 - 180 + ACTIVATE)
    assert aws.step() == (
        "Baking",
        "Baking for 600 seconds (TerminationWaitInSeconds) with traffic enabled on full capacity "
        "of 4 instance(s).",
    )
    assert aws.shares() == {"config-2": 1.0}


def test_as_many_old_instances_rest_as_new_ones_serve(aws: GuardedBench) -> None:
    aws.deploy(canary(count(1)))
    aws.clock.advance(LAUNCH + ACTIVATE)
    fleets = aws.sagemaker.endpoints.get("churn").variants["live"].fleets
    assert [len(fleet.serving) for fleet in fleets] == [3, 1]
    assert [len(fleet.instances) for fleet in fleets] == [4, 4]
    aws.clock.advance(7200)
    (fleet,) = aws.sagemaker.endpoints.get("churn").variants["live"].fleets
    assert (len(fleet.serving), fleet.share) == (4, 1.0)


def test_real_servers_of_both_fleets_answer_by_capacity() -> None:
    with guarded(command=COMMAND) as aws:
        assert Counter(map(answer, [aws] * 5)) == {"one": 5}
        aws.deploy(canary(count(2)))
        aws.clock.advance(LAUNCH + ACTIVATE)
        half = Counter(map(answer, [aws] * 60))
        assert half.total() == 60
        assert min(half["one"], half["two"]) >= 15
        aws.clock.advance(600 + ACTIVATE)
        assert Counter(map(answer, [aws] * 5)) == {"two": 5}


def answer(aws: GuardedBench) -> str:
    """The model that answers a request to the variant."""
    reply = aws.runtime.invoke_endpoint(EndpointName="churn", Body=b"{}", TargetVariant="live")
    return str(json.loads(reply["Body"].read())["environment"]["MODEL"])


def test_errors_and_latency_of_old_and_new_are_told_apart(aws: GuardedBench) -> None:
    aws.sagemaker.synthetic.behave("two", Behaviour(error_rate=1.0, latency_ms=900.0))
    aws.deploy(canary(count(2)))
    aws.clock.advance(LAUNCH + ACTIVATE)
    aws.shares()
    means: dict[str, set[float]] = {}
    slow = {}
    for datum in aws.data:
        config = datum.dimensions.get("EndpointConfigName")
        if config and datum.name == "Invocation5XXErrors":
            means.setdefault(config, set()).update(datum.values)
        if config and datum.name == "ModelLatency":
            slow[config] = max(datum.values)
    assert means == {"config-1": {0.0}, "config-2": {1.0}}
    assert slow["config-1"] < 300_000 < slow["config-2"]


def test_linear_steps_each_bake_and_the_last_bake_is_the_termination_wait(
    aws: GuardedBench,
) -> None:
    aws.deploy(linear(percent(50), wait=300, final=120))
    aws.clock.advance(LAUNCH + 2 * ACTIVATE + 300 + 120 + TERMINATE)
    assert aws.outcome() == ("InService", "config-2")
    assert [step for step, _ in aws.steps()] == [
        "Creating",
        *("ActivatingTraffic", "Baking") * 2,
        "Deleting",
    ]


@pytest.mark.parametrize(("rounds_up", "sizes"), [(True, [2, 4]), (False, [1, 2, 3, 4])])
def test_how_a_percentage_of_instances_is_rounded_is_a_switch(
    aws: GuardedBench, rounds_up: bool, sizes: list[int]
) -> None:
    aws.switches.rounds_up = rounds_up
    aws.deploy(linear(percent(30)))
    aws.clock.advance(7200)
    said = [text for step, text in aws.steps() if step == "ActivatingTraffic"]
    assert [int(text.split()[-2]) for text in said] == sizes


def test_all_at_once_with_a_bake_and_without(aws: GuardedBench) -> None:
    aws.deploy(blue_green(TerminationWaitInSeconds=300))
    aws.clock.advance(LAUNCH + ACTIVATE + 300 + TERMINATE)
    assert aws.outcome() == ("InService", "config-2")
    aws.events.clear()
    aws.deploy(blue_green(), to="config-1")
    aws.clock.advance(LAUNCH + ACTIVATE + TERMINATE)
    assert aws.outcome() == ("InService", "config-1")
    assert [step for step, _ in aws.steps()] == ["Creating", "ActivatingTraffic", "Deleting"]


def test_alarms_without_a_policy_are_an_all_at_once_deployment(aws: GuardedBench) -> None:
    aws.alarm()
    aws.deploy({"AutoRollbackConfiguration": {"Alarms": [{"AlarmName": "brake"}]}})
    aws.clock.advance(LAUNCH + ACTIVATE + TERMINATE)
    assert aws.outcome() == ("InService", "config-2")


def test_a_rolling_deployment_replaces_batch_by_batch(aws: GuardedBench) -> None:
    aws.deploy(rolling(count(2), wait=300))
    aws.clock.advance(LAUNCH + ACTIVATE)
    assert aws.step() == (
        "Baking",
        "Baking for 300 seconds (WaitIntervalInSeconds) with traffic enabled on canary capacity "
        "of 2 instance(s).",
    )
    assert aws.variant("live")["CurrentInstanceCount"] == 4
    assert aws.shares(3)["config-2"] == pytest.approx(0.5, abs=0.02)
    aws.clock.advance(120 + TERMINATE)
    assert aws.step() == ("Updating", "Launching 2 instance(s).")
    assert aws.variant("live")["CurrentInstanceCount"] == 2
    aws.clock.advance(LAUNCH + ACTIVATE + 300 + TERMINATE)
    assert aws.outcome() == ("InService", "config-2")
    assert aws.variant("live")["CurrentInstanceCount"] == 4
    deleted = [text for step, text in aws.steps() if step == "Deleting"]
    assert deleted == ["Terminating 2 instance(s)."] * 2


@pytest.mark.parametrize("config", [canary(count(1)), rolling(count(2))])
def test_while_it_runs_every_other_change_is_refused(aws: GuardedBench, config: Any) -> None:
    aws.scaling.register_scalable_target(
        ServiceNamespace="sagemaker",
        ResourceId="endpoint/churn/variant/live",
        ScalableDimension="sagemaker:variant:DesiredInstanceCount",
        MinCapacity=1,
        MaxCapacity=9,
    )
    weights = [{"VariantName": "live", "DesiredWeight": 2.0}]
    more: dict[str, dict[str, Any]] = {
        "update_endpoint": {"EndpointConfigName": "config-2"},
        "update_endpoint_weights_and_capacities": {"DesiredWeightsAndCapacities": weights},
        "delete_endpoint": {},
    }
    aws.deploy(config)
    while aws.outcome()[0] == "Updating":
        for call, params in more.items():
            with refusal(says="Cannot update in-progress endpoint"):
                getattr(aws.client, call)(EndpointName="churn", **params)
        assert not aws.sagemaker.scaling.act("churn", "live", 5)
        aws.clock.advance(120)
    assert aws.outcome() == ("InService", "config-2")


def test_retained_properties_hold_with_guardrails(aws: GuardedBench) -> None:
    aws.client.update_endpoint_weights_and_capacities(
        EndpointName="churn",
        DesiredWeightsAndCapacities=[{"VariantName": "live", "DesiredInstanceCount": 8}],
    )
    aws.clock.advance(60)
    aws.deploy(canary(percent(25)), RetainAllVariantProperties=True)
    aws.clock.advance(LAUNCH + ACTIVATE)
    assert aws.pending()["DesiredInstanceCount"] == 8
    assert "of 2 instance(s)" in aws.step()[1]
    aws.clock.advance(7200)
    assert aws.variant("live")["CurrentInstanceCount"] == 8


def test_several_variants_shift_together_within_their_weights() -> None:
    with guarded(live=3.0, other=1.0) as aws:
        aws.deploy(canary(count(1)))
        aws.clock.advance(LAUNCH + ACTIVATE)
        assert "of 1 instance(s)" in aws.step("other")[1]
        assert aws.shares(name="live")["config-2"] == pytest.approx(0.25, abs=0.02)
        aws.clock.advance(7200)
        assert aws.outcome() == ("InService", "config-2")


def test_an_earlier_deployment_config_is_used_only_if_retained(aws: GuardedBench) -> None:
    aws.deploy(canary(count(1), wait=60, final=60))
    aws.clock.advance(7200)
    aws.events.clear()
    aws.client.update_endpoint(EndpointName="churn", EndpointConfigName="config-1")
    aws.clock.advance(240)
    assert (aws.outcome(), aws.steps()) == (("InService", "config-1"), [])
    assert aws.describe()["LastDeploymentConfig"] == canary(count(1), wait=60, final=60)
    aws.client.update_endpoint(
        EndpointName="churn", EndpointConfigName="config-2", RetainDeploymentConfig=True
    )
    aws.clock.advance(LAUNCH + ACTIVATE)
    assert aws.step()[0] == "Baking"


def test_the_deployment_config_of_a_creation_is_only_kept(aws: GuardedBench) -> None:
    aws.client.create_endpoint(
        EndpointName="second", EndpointConfigName="config-1", DeploymentConfig=canary(count(1))
    )
    aws.clock.advance(180)
    described = aws.client.describe_endpoint(EndpointName="second")
    assert described["EndpointStatus"] == "InService"
    assert described["LastDeploymentConfig"] == canary(count(1))
    aws.client.update_endpoint(
        EndpointName="second", EndpointConfigName="config-2", RetainDeploymentConfig=True
    )
    aws.clock.advance(LAUNCH + ACTIVATE)
    assert aws.client.describe_endpoint(EndpointName="second")["EndpointStatus"] == "Updating"


@pytest.mark.parametrize("also", [True, False])
def test_retaining_what_was_never_given_is_refused_loudly(aws: GuardedBench, also: bool) -> None:
    more = {"DeploymentConfig": canary(count(1))} if also else {}
    with pytest.raises(NotSupportedByTwin, match="RetainDeploymentConfig"):
        aws.client.update_endpoint(
            EndpointName="churn",
            EndpointConfigName="config-2",
            RetainDeploymentConfig=True,
            **more,
        )


def test_endpoints_of_inferentia_one_fall_back_to_all_at_once_without_a_bake(
    aws: GuardedBench,
) -> None:
    new = [variant("live", InstanceType="ml.inf1.xlarge")]
    aws.client.create_endpoint_config(EndpointConfigName="config-3", ProductionVariants=new)
    aws.deploy(canary(count(1)), to="config-3")
    aws.clock.advance(240)
    assert (aws.outcome(), aws.steps()) == (("InService", "config-3"), [])


def test_deployment_events_have_the_form_of_aws_own_sample(aws: GuardedBench) -> None:
    aws.deploy(canary(count(1)))
    aws.clock.advance(LAUNCH + ACTIVATE)
    event = aws.events[-1]
    assert event.source == "aws.sagemaker"
    assert event.resources == ["arn:aws:sagemaker:eu-west-1:123456789012:endpoint/churn"]
    detail = event.detail
    assert (detail["EndpointStatus"], detail["EndpointConfigName"]) == ("UPDATING", "config-1")
    pending = detail["PendingDeploymentSummary"]
    (shown,) = pending["ProductionVariants"]
    (status,) = shown.pop("VariantStatus")
    assert shown == {
        "VariantName": "live",
        "CurrentWeight": 1.0,
        "DesiredWeight": 1.0,
        "CurrentInstanceCount": 1.0,
        "DesiredInstanceCount": 4.0,
    }
    assert status["Status"] == "Baking"
    assert status["StartTime"] == 1000 * aws.clock.now()
    assert pending["StartTime"] == status["StartTime"] - 1000 * (LAUNCH + ACTIVATE)


def test_the_old_configuration_can_be_deleted_by_mistake_meanwhile(aws: GuardedBench) -> None:
    aws.deploy(canary(count(1)))
    aws.client.delete_endpoint_config(EndpointConfigName="config-1")
    assert aws.sagemaker.deleted_in_use == [
        "arn:aws:sagemaker:eu-west-1:123456789012:endpoint-config/config-1"
    ]
    aws.clock.advance(7200)
    assert aws.outcome() == ("InService", "config-2")
