"""Shadow variants: which configurations have one, who sees it, and how it changes."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.worlds.sagemaker_bench import Bench, bench, refusal, variant
from twin.core.hooks import NotSupportedByTwin

SHADOW = variant("candidate", ModelName="two")
SERVERLESS = {
    "VariantName": "candidate",
    "ModelName": "two",
    "ServerlessConfig": {"MemorySizeInMB": 1024, "MaxConcurrency": 1},
}
ASYNC = {"AsyncInferenceConfig": {"OutputConfig": {"S3OutputPath": "s3://out/x"}}}


@pytest.fixture
def aws() -> Iterator[Bench]:
    with bench() as made:
        yield made


def create(aws: Bench, production: list[Any], shadows: list[Any], **more: Any) -> None:
    for name in ("one", "two"):
        aws.model(name)
    aws.client.create_endpoint_config(
        EndpointConfigName="c",
        ProductionVariants=production,
        ShadowProductionVariants=shadows,
        **more,
    )


@pytest.mark.parametrize(
    ("production", "shadows", "more", "says"),
    [
        pytest.param(
            [variant("live"), variant("other")], [SHADOW], {}, "exactly one", id="two-production"
        ),
        pytest.param(
            [variant("live")], [SHADOW, variant("more")], {}, "exactly one", id="two-shadows"
        ),
        pytest.param([variant("live")], [variant("live")], {}, "unique", id="one-name"),
        pytest.param([variant("live")], [SERVERLESS], {}, "ServerlessConfig", id="serverless"),
        pytest.param([SERVERLESS], [variant("s")], {}, "ServerlessConfig", id="beside-serverless"),
        pytest.param([variant("live")], [SHADOW], ASYNC, "AsyncInferenceConfig", id="async"),
        pytest.param(
            [variant("live")], [variant("s", ModelName="none")], {}, "not find model", id="no-model"
        ),
    ],
)
def test_a_configuration_has_one_production_and_one_shadow_variant(
    aws: Bench, production: list[Any], shadows: list[Any], more: dict[str, Any], says: str
) -> None:
    with refusal(says=says):
        create(aws, production, shadows, **more)


@pytest.mark.parametrize(("live", "shadow"), [(1, 0), (1, 1.5), (2, 1), (0, 1)])
def test_an_undocumented_ratio_of_weights_is_refused_loudly(
    aws: Bench, live: float, shadow: float
) -> None:
    with pytest.raises(NotSupportedByTwin, match=f"weight {shadow:g} beside {live:g}"):
        create(aws, [variant("live", live)], [variant("candidate", shadow, ModelName="two")])


def test_a_configuration_is_described_with_its_shadow(aws: Bench) -> None:
    unweighted = {key: value for key, value in SHADOW.items() if key != "InitialVariantWeight"}
    create(aws, [variant("live")], [unweighted])
    described = aws.client.describe_endpoint_config(EndpointConfigName="c")
    assert described["ProductionVariants"] == [variant("live")]
    assert described["ShadowProductionVariants"] == [SHADOW]
    (created,) = (event for event in aws.events if "Config State" in event.detail_type)
    (shadow,) = created.detail["ShadowProductionVariants"]
    assert (shadow["VariantName"], shadow["ServerlessConfig"]) == ("candidate", None)


def test_an_endpoint_is_described_with_its_shadow(aws: Bench) -> None:
    aws.shadowed(0.5)
    described = aws.describe()
    assert [each["VariantName"] for each in described["ProductionVariants"]] == ["live"]
    (shadow,) = described["ShadowProductionVariants"]
    assert (shadow["VariantName"], shadow["CurrentWeight"]) == ("candidate", 0.5)
    assert shadow["CurrentInstanceCount"] == shadow["DesiredInstanceCount"] == 2
    assert shadow["DeployedImages"]


def to_and_fro(aws: Bench, config: str) -> None:
    aws.client.update_endpoint(EndpointName="churn", EndpointConfigName=config)
    aws.clock.advance(239)
    assert aws.describe()["EndpointStatus"] == "Updating"


def test_a_shadow_comes_and_goes_with_a_whole_new_fleet(aws: Bench) -> None:
    aws.endpoint()
    aws.model("two")
    aws.shadow_config()
    before = aws.sagemaker.endpoints.get("churn").variants["live"].fleets
    to_and_fro(aws, "config-2")
    assert "ShadowProductionVariants" not in aws.describe()
    (pending,) = aws.describe()["PendingDeploymentSummary"]["ShadowProductionVariants"]
    assert (pending["VariantName"], pending["VariantStatus"][0]["Status"]) == (
        "candidate",
        "Creating",
    )
    aws.clock.advance(1)
    assert len(aws.describe()["ShadowProductionVariants"]) == 1
    assert aws.sagemaker.endpoints.get("churn").variants["live"].fleets != before
    to_and_fro(aws, "config-1")
    assert len(aws.describe()["ShadowProductionVariants"]) == 1
    aws.clock.advance(1)
    assert "ShadowProductionVariants" not in aws.describe()


def test_a_shadow_that_does_not_come_up_rolls_the_update_back(aws: Bench) -> None:
    aws.endpoint()
    aws.model("two", image="nowhere:1")
    aws.shadow_config()
    aws.client.update_endpoint(EndpointName="churn", EndpointConfigName="config-2")
    aws.clock.advance(240)
    assert aws.describe()["EndpointConfigName"] == "config-1"
    assert "Failed to pull image nowhere:1" in aws.describe()["FailureReason"]


def weigh(aws: Bench, name: str, weight: float) -> None:
    aws.client.update_endpoint_weights_and_capacities(
        EndpointName="churn",
        DesiredWeightsAndCapacities=[{"VariantName": name, "DesiredWeight": weight}],
    )
    aws.clock.advance(60)


def test_the_weight_of_a_shadow_belongs_to_its_configuration(aws: Bench) -> None:
    aws.shadowed(0.5)
    with refusal(says="is a shadow variant"):
        weigh(aws, "candidate", 0.25)
    with pytest.raises(NotSupportedByTwin, match=r"weight 0.5 beside 3"):
        weigh(aws, "live", 3)


def test_sagemaker_may_take_new_weights_of_a_shadow(aws: Bench) -> None:
    aws.sagemaker.configs.shadows.takes_weights = True
    aws.shadowed(0.5)
    weigh(aws, "candidate", 0.25)
    assert aws.describe()["ShadowProductionVariants"][0]["CurrentWeight"] == 0.25


def retain(aws: Bench, *, by_name: bool) -> float:
    """The weight of a candidate that was a shadow, when an update to weight 0 retains all."""
    aws.sagemaker.configs.shadows.retains_by_name = by_name
    aws.shadowed(1.0)
    aws.config("config-2", live=1.0, candidate=0.0)
    aws.client.update_endpoint(
        EndpointName="churn", EndpointConfigName="config-2", RetainAllVariantProperties=True
    )
    aws.clock.advance(240)
    return float(aws.variant("candidate")["CurrentWeight"])


@pytest.mark.parametrize(("by_name", "weight"), [(True, 1.0), (False, 0.0)])
def test_a_shadow_may_hand_its_weight_on_to_its_name(
    aws: Bench, by_name: bool, weight: float
) -> None:
    assert retain(aws, by_name=by_name) == weight


def test_a_retained_weight_does_not_give_a_shadow_an_undocumented_share(aws: Bench) -> None:
    aws.endpoint(live=3.0)
    aws.model("two")
    aws.shadow_config()
    with pytest.raises(NotSupportedByTwin, match=r"weight 1 beside 3"):
        aws.client.update_endpoint(
            EndpointName="churn", EndpointConfigName="config-2", RetainAllVariantProperties=True
        )


def test_a_scaled_shadow_must_be_deregistered_before_it_goes(aws: Bench) -> None:
    aws.shadowed()
    aws.config("config-2")
    target = {
        "ServiceNamespace": "sagemaker",
        "ResourceId": "endpoint/churn/variant/candidate",
        "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
    }
    aws.scaling.register_scalable_target(**target, MinCapacity=1, MaxCapacity=5)
    assert aws.sagemaker.scaling.act("churn", "candidate", 4)
    aws.clock.advance(60)
    assert aws.describe()["ShadowProductionVariants"][0]["CurrentInstanceCount"] == 4
    with refusal(says="scalable target"):
        aws.client.update_endpoint(EndpointName="churn", EndpointConfigName="config-2")
    aws.scaling.deregister_scalable_target(**target)
    aws.client.update_endpoint(EndpointName="churn", EndpointConfigName="config-2")


def test_a_mix_of_configurations_mixes_no_shadow_with_production(aws: Bench) -> None:
    aws.shadowed()
    aws.config("config-2", live=1.0, candidate=1.0)
    aws.sagemaker.faults.fail_next_rollback()
    aws.client.update_endpoint(EndpointName="churn", EndpointConfigName="config-2")
    aws.clock.advance(240)
    variants = aws.sagemaker.endpoints.get("churn").variants
    assert {name: len(found.fleets) for name, found in variants.items()} == {
        "live": 2,
        "candidate": 1,
    }


def test_a_guarded_deployment_shows_the_new_shadow_and_replaces_it_too(aws: Bench) -> None:
    aws.shadowed()
    aws.shadow_config("config-2", 0.5)
    routing = {
        "Type": "CANARY",
        "CanarySize": {"Type": "INSTANCE_COUNT", "Value": 1},
        "WaitIntervalInSeconds": 300,
    }
    policy = {"TrafficRoutingConfiguration": routing, "TerminationWaitInSeconds": 300}
    aws.sagemaker.synthetic.drive("churn", requests_per_minute=600)
    aws.client.update_endpoint(
        EndpointName="churn",
        EndpointConfigName="config-2",
        DeploymentConfig={"BlueGreenUpdatePolicy": policy},
    )
    aws.clock.advance(400)
    pending = aws.describe()["PendingDeploymentSummary"]
    assert pending["ShadowProductionVariants"][0]["VariantStatus"][0]["Status"] == "Baking"
    aws.clock.advance(600)
    assert aws.describe()["EndpointConfigName"] == "config-2"
    assert aws.describe()["ShadowProductionVariants"][0]["CurrentWeight"] == 0.5
    steps = [event.detail for event in aws.events if "Deployment" in event.detail_type]
    assert steps[0]["PendingDeploymentSummary"]["ShadowProductionVariants"]
