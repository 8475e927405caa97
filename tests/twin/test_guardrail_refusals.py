"""What SageMaker refuses in a DeploymentConfig. Nothing has changed after a refusal."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ParamValidationError

from tests.worlds.guardrail_bench import (
    GuardedBench,
    blue_green,
    canary,
    count,
    guarded,
    linear,
    percent,
    rolling,
    watched,
)
from tests.worlds.sagemaker_bench import refusal
from twin.core.hooks import NotSupportedByTwin

LIMIT = "MaximumExecutionTimeoutInSeconds"


@pytest.fixture
def aws() -> Iterator[GuardedBench]:
    with guarded(instances=10) as made:
        yield made
        assert made.outcome() == ("InService", "config-1")
        assert "LastDeploymentConfig" not in made.describe()
        assert made.statuses() == []


@pytest.mark.parametrize(
    ("config", "says"),
    [
        pytest.param(canary(percent(51)), "CanarySize must be between", id="canary percent"),
        pytest.param(canary(count(6)), "CanarySize must be between", id="canary instances"),
        pytest.param(linear(percent(51)), "LinearStepSize must be", id="large linear percent"),
        pytest.param(linear(percent(9)), "LinearStepSize must be", id="small linear percent"),
        pytest.param(linear(count(6)), "LinearStepSize must be", id="large linear instances"),
        pytest.param(rolling(percent(4)), "MaximumBatchSize must be", id="small batch"),
        pytest.param(rolling(percent(51)), "MaximumBatchSize must be", id="large batch"),
        pytest.param(rolling(count(6)), "MaximumBatchSize must be", id="large batch instances"),
        pytest.param(
            rolling(count(2), RollbackMaximumBatchSize=count(11)),
            "RollbackMaximumBatchSize must be",
            id="large batch back",
        ),
        pytest.param({**canary(count(1)), **rolling(count(1))}, "Only one of", id="both policies"),
        pytest.param(blue_green(Type="CANARY"), "CanarySize is required", id="canary without size"),
        pytest.param(
            blue_green(Type="LINEAR"), "LinearStepSize is required", id="linear without size"
        ),
        pytest.param(
            blue_green(Type="LINEAR", CanarySize=count(1), LinearStepSize=count(1)),
            "CanarySize has no place",
            id="linear with a canary",
        ),
        pytest.param(
            blue_green(CanarySize=count(1)), "CanarySize has no place", id="all at once with a size"
        ),
        pytest.param(
            canary(count(1), wait=600, final=600, **{LIMIT: 1200}),
            "must be larger than the total waiting time of 1200 seconds",
            id="limit of a canary",
        ),
        pytest.param(
            linear(count(5), wait=600, final=300, **{LIMIT: 900}),
            "waiting time of 900 seconds",
            id="limit of linear",
        ),
        pytest.param(
            rolling(count(2), wait=600, **{LIMIT: 3000}),
            "waiting time of 3000 seconds",
            id="limit of rolling",
        ),
        pytest.param(
            blue_green() | {"AutoRollbackConfiguration": {"Alarms": [{}]}},
            "has no AlarmName",
            id="alarm without a name",
        ),
    ],
)
def test_sizes_policies_and_limits(aws: GuardedBench, config: Any, says: str) -> None:
    with refusal(says=says):
        aws.deploy(config)


@pytest.mark.parametrize(
    "config",
    [
        pytest.param(blue_green(WaitIntervalInSeconds=3601), id="wait"),
        pytest.param(blue_green(TerminationWaitInSeconds=3601), id="final wait"),
        pytest.param(blue_green(**{LIMIT: 28801}), id="long limit"),
        pytest.param(rolling(count(1), wait=3601), id="wait of rolling"),
        pytest.param(blue_green(Type="SLOWLY"), id="unknown type"),
        pytest.param(canary({"Type": "CAPACITY_PERCENTAGE", "Value": 10}), id="unknown size"),
        pytest.param(watched(blue_green(), *map(str, range(11))), id="eleven alarms"),
    ],
)
def test_ranges_and_enumerations(aws: GuardedBench, config: Any) -> None:
    with refusal(says="failed to satisfy constraint"):
        aws.deploy(config)


@pytest.mark.parametrize(
    "config",
    [
        pytest.param(watched(blue_green()), id="no alarm"),
        pytest.param(blue_green(**{LIMIT: 599}), id="short limit"),
        pytest.param(canary(count(0)), id="no size"),
    ],
)
def test_lower_bounds_are_refused_before_the_call(aws: GuardedBench, config: Any) -> None:
    with pytest.raises(ParamValidationError):
        aws.deploy(config)


def test_a_creation_keeps_no_deployment_config_that_it_cannot_use(aws: GuardedBench) -> None:
    with refusal(says="CanarySize must be between"):
        aws.client.create_endpoint(
            EndpointName="second",
            EndpointConfigName="config-1",
            DeploymentConfig=canary(percent(51)),
        )
    assert len(aws.client.list_endpoints()["Endpoints"]) == 1


def test_a_missing_alarm_is_refused_by_default(aws: GuardedBench) -> None:
    with refusal(says="Could not find CloudWatch alarm(s) ['nobody']"):
        aws.deploy(watched(blue_green(), "nobody"))


@pytest.mark.parametrize("config", [blue_green(), rolling(count(1))])
@pytest.mark.parametrize("names", [["candidate"], ["live", "candidate"]])
def test_variant_names_must_be_those_of_the_old_configuration(
    aws: GuardedBench, config: Any, names: list[str]
) -> None:
    aws.config("config-3", **dict.fromkeys(names, 1.0))
    with refusal(says="must have the variant names of the old one"):
        aws.deploy(config, to="config-3")


def test_a_single_instance_has_no_part() -> None:
    with guarded(instances=1) as aws:
        for config in (canary(percent(50)), linear(percent(50)), rolling(percent(50))):
            with refusal(says="needs a variant with two instances or more"):
                aws.deploy(config)
        with refusal(says="CanarySize must be between"):
            aws.deploy(canary(count(1)))


def test_sizes_are_parts_of_the_new_fleet() -> None:
    with guarded(instances=4) as aws:
        aws.client.update_endpoint_weights_and_capacities(
            EndpointName="churn",
            DesiredWeightsAndCapacities=[{"VariantName": "live", "DesiredInstanceCount": 8}],
        )
        aws.clock.advance(60)
        with refusal(says="of the variant's 4 instance(s)"):
            aws.deploy(canary(count(4)))
        aws.deploy(canary(count(4)), RetainAllVariantProperties=True)


def test_rolling_takes_one_variant() -> None:
    with guarded(live=1.0, other=1.0) as aws, refusal(says="not supported for several variants"):
        aws.deploy(rolling(count(1)))


def test_guardrails_on_a_broken_endpoint_are_refused_loudly() -> None:
    with guarded() as aws:
        aws.sagemaker.faults.fail_next_rollback()
        aws.client.update_endpoint(EndpointName="churn", EndpointConfigName="config-2")
        aws.clock.advance(240)
        aws.config("config-3", live=1.0)
        with pytest.raises(NotSupportedByTwin, match="UpdateRollbackFailed"):
            aws.deploy(blue_green(), to="config-3")
