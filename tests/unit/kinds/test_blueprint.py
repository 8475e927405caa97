"""Existing endpoints are taken over, not stripped."""

from contextlib import nullcontext
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from penstock.domain.errors import Refused
from penstock.domain.kinds.blueprint import Blueprint
from penstock.domain.kinds.endpoint import LiveSetup
from penstock.domain.reviewing.package import Container
from tests.worlds.setups import ARN, draw, live, package, policy

RELEASE = "0123456789"
VPC = {"Subnets": ["subnet-1"], "SecurityGroupIds": ["sg-1"]}
CAPTURE = {"EnableCapture": True, "DestinationS3Uri": "s3://capture/churn"}
EVERYTHING: dict[str, Any] = {
    "KmsKeyId": "key-1",
    "DataCaptureConfig": CAPTURE,
    "ExplainerConfig": {"ClarifyExplainerConfig": {"EnableExplanations": "true"}},
    "MetricsConfig": {"EnableEnhancedMetrics": True},
    "VpcConfig": VPC,
    "EnableNetworkIsolation": True,
}


def rich() -> LiveSetup:
    """An endpoint with about everything set."""
    made = live(**EVERYTHING)
    made.config["ProductionVariants"][0].update(
        {"VolumeSizeInGB": 50, "RoutingConfig": {"RoutingStrategy": "RANDOM"}}
    )
    container = {
        "ContainerHostname": "model",
        "Image": "i",
        "Mode": "SingleModel",
        "Environment": {"LEVEL": "info", "MODE": "fast"},
    }
    model = {
        **made.model,
        "PrimaryContainer": container,
        "VpcConfig": VPC,
        "EnableNetworkIsolation": True,
    }
    return made.model_copy(update={"model": model})


def blueprint(found: LiveSetup, candidates: int | None = 2, **serving: Any) -> Blueprint:
    return draw(policy(serving=serving), package(), RELEASE, found, candidates)


def test_everything_of_the_configuration_is_kept() -> None:
    made = blueprint(rich())
    assert made.staging is not None
    for config in (made.staging, made.final):
        assert {key: config[key] for key in EVERYTHING} == EVERYTHING
        assert config["ProductionVariants"][0]["VolumeSizeInGB"] == 50
        assert config["ProductionVariants"][0]["RoutingConfig"] == {"RoutingStrategy": "RANDOM"}


def test_everything_of_the_model_is_kept_but_its_package() -> None:
    model = blueprint(rich()).model
    assert model["VpcConfig"] == VPC
    assert model["EnableNetworkIsolation"] is True
    assert model["PrimaryContainer"] == {
        "ModelPackageName": ARN,
        "Environment": {"LEVEL": "info", "MODE": "fast"},
    }
    assert model["ExecutionRoleArn"] == live().model["ExecutionRoleArn"]


def test_the_environment_of_a_container_in_a_list_is_kept() -> None:
    found = rich()
    containers = {"PrimaryContainer": None, "Containers": [{"Environment": {"A": "1"}}]}
    listed = found.model_copy(update={"model": {**found.model, **containers}})
    assert blueprint(listed).model["PrimaryContainer"]["Environment"] == {"A": "1"}


def test_the_policy_overrides_only_what_it_names() -> None:
    made = blueprint(
        rich(),
        environment={"LEVEL": "debug"},
        volume_gb=10,
        kms_key_arn="arn:aws:kms:eu-west-1:123456789012:key/2",
        network_isolation=False,
        routing="LEAST_OUTSTANDING_REQUESTS",
        vpc={"subnets": ["subnet-2"], "security_group_ids": ["sg-2"]},
    )
    variant = made.final["ProductionVariants"][0]
    assert made.model["PrimaryContainer"]["Environment"] == {"LEVEL": "debug", "MODE": "fast"}
    assert "EnableNetworkIsolation" not in made.model
    assert made.model["VpcConfig"] == {"Subnets": ["subnet-2"], "SecurityGroupIds": ["sg-2"]}
    assert (variant["VolumeSizeInGB"], variant["InstanceType"]) == (10, "ml.m5.large")
    assert variant["RoutingConfig"]["RoutingStrategy"] == "LEAST_OUTSTANDING_REQUESTS"
    assert made.final["KmsKeyId"].endswith("key/2")
    assert made.final["DataCaptureConfig"] == CAPTURE


OF_THE_CONTAINER = (
    "container ContainerHostname: 'model' -> None",
    "container Environment: LEVEL, MODE kept",
)


def test_the_plan_lists_every_difference() -> None:
    made = blueprint(rich(), volume_gb=10, network_isolation=False)
    assert made.differences == (
        "variant VolumeSizeInGB: 50 -> 10",
        "model EnableNetworkIsolation: True -> None",
        *OF_THE_CONTAINER,
    )
    assert blueprint(rich()).differences == OF_THE_CONTAINER
    assert blueprint(live()).differences == ()


def test_what_is_not_carried_over_is_listed_as_a_difference() -> None:
    found = rich()
    found.config["ProductionVariants"][0].update(
        {"ManagedInstanceScaling": {"Status": "ENABLED"}, "AcceleratorType": "ml.eia2.medium"}
    )
    container = {"InferenceSpecificationName": "second", "ImageConfig": {"A": 1}}
    model = {**found.model, "PrimaryContainer": container}
    made = blueprint(found.model_copy(update={"model": model}))
    assert made.differences == (
        "variant AcceleratorType: 'ml.eia2.medium' -> None",
        "variant ManagedInstanceScaling: {'Status': 'ENABLED'} -> None",
        "container ImageConfig: {'A': 1} -> None",
        "container InferenceSpecificationName: 'second' -> None",
    )
    assert made.staging is not None
    for variant in (*made.staging["ProductionVariants"], *made.final["ProductionVariants"]):
        assert not {"ManagedInstanceScaling", "AcceleratorType"} & set(variant)


def test_another_inference_specification_is_asked_for_by_name() -> None:
    container = blueprint(live(), inference_specification_name="gpu").model["PrimaryContainer"]
    assert container == {"ModelPackageName": ARN, "InferenceSpecificationName": "gpu"}


def test_tags_of_the_policy_are_on_everything_and_name_another_model() -> None:
    tagged = blueprint(live(), tags={"team": "growth"})
    assert tagged.tags["team"] == "growth"
    assert tagged.model_name != blueprint(live()).model_name
    assert "Tags" not in tagged.model


@pytest.mark.parametrize("what", ["model", "configuration"])
@pytest.mark.parametrize(("count", "fits"), [(47, True), (48, False)])
def test_more_tags_than_sagemaker_allows_are_refused(what: str, count: int, fits: bool) -> None:
    field = {"model": "model_tags", "configuration": "config_tags"}[what]
    theirs = {f"org:{n}": "1" for n in range(count)}
    found = live().model_copy(update={field: theirs})
    with pytest.raises(Refused, match="50") if not fits else nullcontext():
        blueprint(found, tags={"team": "growth"})


def test_tags_of_people_stay_on_models_and_configurations() -> None:
    tags = {"config_tags": {"a": "1"}, "model_tags": {"b": "2"}}
    made = blueprint(live().model_copy(update=tags))
    assert (made.config_tags, made.model_tags) == ({"a": "1"}, {"b": "2"})


def test_both_variants_stand_side_by_side_without_traffic_on_the_candidate() -> None:
    staging = blueprint(live(), candidates=3).staging
    assert staging is not None
    serving, candidate = staging["ProductionVariants"]
    assert (serving["VariantName"], serving["ModelName"]) == ("AllTraffic", "theirs")
    assert (candidate["VariantName"], candidate["InitialInstanceCount"]) == ("candidate", 3)
    assert (serving["InitialVariantWeight"], candidate["InitialVariantWeight"]) == (10_000, 0)
    assert candidate["ModelName"] == blueprint(live()).model_name


def test_the_serving_variant_keeps_its_name() -> None:
    (variant,) = blueprint(live()).final["ProductionVariants"]
    assert variant["VariantName"] == "AllTraffic"


def test_what_only_answers_carry_is_not_sent_back() -> None:
    answer: dict[str, Any] = {
        "EndpointConfigArn": "arn",
        "CreationTime": "now",
        "ShadowProductionVariants": [],
    }
    final = blueprint(live(**answer)).final
    assert set(final) == {"EndpointConfigName", "ProductionVariants"}


def test_everything_carries_its_release() -> None:
    made = blueprint(live())
    assert made.tags == {"penstock:release": RELEASE, "penstock:endpoint": "churn"}
    assert made.final_name.endswith(RELEASE)
    assert str(made.staging_name).endswith(f"staging-{RELEASE}")


@pytest.mark.parametrize("wanted", [None, True])
def test_a_product_of_the_marketplace_runs_isolated(wanted: bool | None) -> None:
    product = package().model_copy(update={"containers": (Container(product="prod-1"),)})
    serving = {"network_isolation": wanted}
    made = draw(policy(serving=serving), product, RELEASE, live(), None)
    assert made.model["EnableNetworkIsolation"] is True
    assert "model EnableNetworkIsolation: None -> True" in made.differences
    with pytest.raises(Refused, match="network isolation only"):
        draw(policy(serving={"network_isolation": False}), product, RELEASE, live(), None)


@given(st.dictionaries(st.sampled_from("ABC"), st.sampled_from("12")))
def test_equal_requests_share_one_model(environment: dict[str, str]) -> None:
    one = blueprint(live(), environment=environment)
    other = draw(policy(serving={"environment": environment}), package(), "f" * 10, live(), None)
    assert one.model_name == other.model_name
    changed = blueprint(live(), environment={**environment, "D": "1"})
    assert changed.model_name != one.model_name


@pytest.mark.parametrize("data_capture", [None, {"percent": 5, "destination_s3_uri": "s3://b/c"}])
def test_data_capture_is_the_policy_s_where_it_has_one(data_capture: Any) -> None:
    made = blueprint(rich(), data_capture=data_capture)
    captured = made.final["DataCaptureConfig"]["DestinationS3Uri"]
    assert captured == ("s3://b/c" if data_capture else CAPTURE["DestinationS3Uri"])


def test_a_configuration_of_the_policys_own_is_listed_as_a_difference() -> None:
    """Counts, weights and names are a release's own business."""
    found = live(count=5, KmsKeyId="key-1", ResponseMetadata={"RequestId": "1"})
    found.config["ProductionVariants"][0]["InitialInstanceCount"] = 3
    made = blueprint(found, kms_key_arn="arn:aws:kms:eu-west-1:123456789012:key/2")
    assert made.differences == (
        "configuration KmsKeyId: 'key-1' -> 'arn:aws:kms:eu-west-1:123456789012:key/2'",
    )


def test_one_container_in_a_list_is_no_difference() -> None:
    found = live()
    one = {**found.model, "PrimaryContainer": None, "Containers": [{"Image": "i"}]}
    assert blueprint(found.model_copy(update={"model": one})).differences == ()


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"model": {}}, "a model needs its name"),
        ({"final": {"EndpointConfigName": "c"}}, "a configuration needs its name and a variant"),
    ],
)
def test_a_request_without_a_name_is_none(changed: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        Blueprint.model_validate(blueprint(live()).model_dump() | changed)
