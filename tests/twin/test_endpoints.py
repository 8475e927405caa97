"""How endpoints are created, described, listed and deleted."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.worlds.sagemaker_bench import (
    ARTEFACT,
    DIGEST,
    IMAGE,
    ROLE,
    Bench,
    bench,
    refusal,
    variant,
)
from twin.core.hooks import NotSupportedByTwin


@pytest.fixture
def aws() -> Iterator[Bench]:
    with bench() as made:
        yield made


def test_a_new_endpoint_is_creating_until_its_time_has_passed(aws: Bench) -> None:
    aws.store_artefact()
    aws.sagemaker.images.register(IMAGE, [], DIGEST)
    aws.model()
    aws.config()
    aws.client.create_endpoint(EndpointName="churn", EndpointConfigName="config-1")

    aws.clock.advance(179)
    assert aws.describe()["EndpointStatus"] == "Creating"
    aws.clock.advance(1)
    assert aws.describe()["EndpointStatus"] == "InService"
    assert aws.statuses() == ["CREATING", "IN_SERVICE"]


def test_the_description_names_the_resolved_image(aws: Bench) -> None:
    aws.endpoint()
    image = aws.variant("live")["DeployedImages"][0]
    assert image["SpecifiedImage"] == IMAGE
    assert image["ResolvedImage"] == IMAGE.removesuffix(":1") + "@" + DIGEST


def test_a_weight_that_is_not_given_is_one_and_zero_is_zero(aws: Bench) -> None:
    aws.endpoint(live=1.0, candidate=0.0)
    assert aws.variant("candidate")["CurrentWeight"] == 0.0
    unweighted = variant("live")
    del unweighted["InitialVariantWeight"]
    aws.client.create_endpoint_config(EndpointConfigName="c2", ProductionVariants=[unweighted])
    described = aws.client.describe_endpoint_config(EndpointConfigName="c2")
    assert described["ProductionVariants"][0]["InitialVariantWeight"] == 1.0


def test_endpoint_names_are_taken_whatever_their_case(aws: Bench) -> None:
    aws.endpoint()
    with refusal(says='Cannot create already existing endpoint "arn:aws:sagemaker:eu-west-1:'):
        aws.client.create_endpoint(EndpointName="Churn", EndpointConfigName="config-1")


def test_configurations_are_immutable(aws: Bench) -> None:
    aws.endpoint()
    with refusal(says="Cannot create already existing endpoint configuration"):
        aws.config("config-1")


def test_models_are_immutable(aws: Bench) -> None:
    aws.model()
    with refusal(says="Cannot create already existing model"):
        aws.model()


@pytest.mark.parametrize("name", ["under_score", "a.dot", "trailing-", "x" * 64, "-leading"])
def test_names_follow_the_service_pattern(aws: Bench, name: str) -> None:
    with refusal(says="failed to satisfy constraint"):
        aws.client.create_endpoint(EndpointName=name, EndpointConfigName="config-1")
    with refusal(says="failed to satisfy constraint"):
        aws.client.create_endpoint_config(
            EndpointConfigName="fine", ProductionVariants=[variant(name)]
        )
    with refusal(says="failed to satisfy constraint"):
        aws.model(name)


def test_what_is_missing_says_so(aws: Bench) -> None:
    with refusal(says="Could not find endpoint"):
        aws.client.describe_endpoint(EndpointName="nothing")
    with refusal(says="Could not find endpoint configuration"):
        aws.client.create_endpoint(EndpointName="churn", EndpointConfigName="nothing")
    with refusal(says="Could not find model"):
        aws.client.describe_model(ModelName="nothing")
    with refusal(says="Could not find model"):
        aws.config()


def test_a_new_configuration_may_be_invisible_for_a_while(aws: Bench) -> None:
    aws.endpoint()
    aws.sagemaker.configs.lag_seconds = 20
    aws.config("config-2")
    with refusal(says="Could not find endpoint configuration"):
        aws.client.create_endpoint(EndpointName="other", EndpointConfigName="config-2")
    assert aws.client.describe_endpoint_config(EndpointConfigName="config-2")
    aws.clock.advance(20)
    aws.client.create_endpoint(EndpointName="other", EndpointConfigName="config-2")


def test_a_missing_artefact_shows_when_the_endpoint_is_created(aws: Bench) -> None:
    aws.sagemaker.images.register(IMAGE, [], DIGEST)
    aws.model()
    aws.config()
    aws.client.create_endpoint(EndpointName="churn", EndpointConfigName="config-1")
    aws.clock.advance(180)
    described = aws.describe()
    assert described["EndpointStatus"] == "Failed"
    assert ARTEFACT in described["FailureReason"]
    assert aws.statuses() == ["CREATING", "FAILED"]


def test_a_missing_image_shows_when_the_endpoint_is_created(aws: Bench) -> None:
    aws.store_artefact()
    aws.model()
    aws.config()
    aws.client.create_endpoint(EndpointName="churn", EndpointConfigName="config-1")
    aws.clock.advance(180)
    assert IMAGE in aws.describe()["FailureReason"]


def test_a_failed_endpoint_can_only_be_deleted(aws: Bench) -> None:
    aws.store_artefact()
    aws.model()
    aws.config()
    aws.sagemaker.faults.fail_next_creation("no capacity")
    aws.client.create_endpoint(EndpointName="churn", EndpointConfigName="config-1")
    aws.clock.advance(180)
    assert aws.describe()["FailureReason"] == "no capacity"
    with refusal():
        aws.client.update_endpoint(EndpointName="churn", EndpointConfigName="config-1")
    aws.client.delete_endpoint(EndpointName="churn")
    aws.clock.advance(60)
    with refusal(says="Could not find endpoint"):
        aws.describe()


def test_an_endpoint_is_not_deleted_while_it_is_being_created(aws: Bench) -> None:
    aws.endpoint()
    aws.client.create_endpoint(EndpointName="other", EndpointConfigName="config-1")
    with refusal(says="Cannot update in-progress endpoint"):
        aws.client.delete_endpoint(EndpointName="other")


def test_deletion_takes_its_time(aws: Bench) -> None:
    aws.endpoint()
    aws.client.delete_endpoint(EndpointName="churn")
    assert aws.describe()["EndpointStatus"] == "Deleting"
    assert aws.statuses() == ["DELETING"]
    with refusal(says="Cannot update in-progress endpoint"):
        aws.client.delete_endpoint(EndpointName="churn")


def test_events_name_the_endpoint_in_aws_own_way(aws: Bench) -> None:
    aws.endpoint()
    tags = [{"Key": "team", "Value": "risk"}]
    aws.client.create_endpoint(EndpointName="Other", EndpointConfigName="config-1", Tags=tags)
    event = aws.events[-1]
    arn = "arn:aws:sagemaker:eu-west-1:123456789012:endpoint/other"
    assert (event.source, event.resources) == ("aws.sagemaker", [arn])
    assert event.detail["EndpointName"] == "Other"
    assert event.detail["Tags"] == {"team": "risk"}
    assert event.detail["CreationTime"] == aws.clock.now() * 1000


def test_configuration_events_carry_nulls(aws: Bench) -> None:
    aws.endpoint()
    aws.config("config-2")
    aws.client.delete_endpoint_config(EndpointConfigName="config-2")
    created, deleted = aws.events
    assert created.detail_type == "SageMaker Endpoint Config State Change"
    assert created.detail == deleted.detail
    assert created.detail["DataCaptureConfig"] is None
    assert created.detail["ProductionVariants"][0]["ServerlessConfig"] is None


def test_what_serves_may_be_deleted_but_is_noted(aws: Bench) -> None:
    aws.endpoint()
    aws.config("config-2")
    aws.client.delete_endpoint_config(EndpointConfigName="config-2")
    assert aws.sagemaker.deleted_in_use == []
    aws.client.delete_endpoint_config(EndpointConfigName="config-1")
    aws.client.delete_model(ModelName="one")
    assert [arn.split(":")[-1] for arn in aws.sagemaker.deleted_in_use] == [
        "endpoint-config/config-1",
        "model/one",
    ]


def test_lists_come_newest_first_in_pages_of_ten(aws: Bench) -> None:
    aws.endpoint()
    for number in range(2, 13):
        aws.clock.advance(1)
        aws.config(f"config-{number}")
    first = aws.client.list_endpoint_configs()
    names = [config["EndpointConfigName"] for config in first["EndpointConfigs"]]
    assert names == [f"config-{number}" for number in range(12, 2, -1)]
    rest = aws.client.list_endpoint_configs(NextToken=first["NextToken"])
    assert [c["EndpointConfigName"] for c in rest["EndpointConfigs"]] == ["config-2", "config-1"]


def test_endpoints_are_listed_by_status_and_name(aws: Bench) -> None:
    aws.endpoint()
    aws.client.create_endpoint(EndpointName="other", EndpointConfigName="config-1")
    in_service = aws.client.list_endpoints(StatusEquals="InService")["Endpoints"]
    assert [endpoint["EndpointName"] for endpoint in in_service] == ["churn"]
    named = aws.client.list_endpoints(NameContains="the")["Endpoints"]
    assert [endpoint["EndpointName"] for endpoint in named] == ["other"]


def test_tags_are_overwritten_by_key(aws: Bench) -> None:
    aws.endpoint()
    arn = aws.describe()["EndpointArn"]
    aws.client.add_tags(ResourceArn=arn, Tags=[{"Key": "a", "Value": "1"}])
    aws.client.add_tags(ResourceArn=arn, Tags=[{"Key": "a", "Value": "2"}])
    assert aws.client.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "a", "Value": "2"}]


def test_other_kinds_of_serving_are_refused_loudly(aws: Bench) -> None:
    aws.model()
    with pytest.raises(NotSupportedByTwin):
        aws.client.create_endpoint_config(
            EndpointConfigName="c",
            ProductionVariants=[variant("live")],
            AsyncInferenceConfig={"OutputConfig": {"S3OutputPath": "s3://out/x"}},
        )


def test_serverless_variants_are_refused_loudly(aws: Bench) -> None:
    aws.model()
    serverless: dict[str, Any] = {"MemorySizeInMB": 1024, "MaxConcurrency": 1}
    with pytest.raises(NotSupportedByTwin, match="ServerlessConfig"):
        aws.client.create_endpoint_config(
            EndpointConfigName="c",
            ProductionVariants=[variant("live", ServerlessConfig=serverless)],
        )


@pytest.mark.parametrize(
    "more",
    [
        {"PrimaryContainer": {"Image": IMAGE, "ModelDataUrl": ARTEFACT, "Mode": "MultiModel"}},
        {"Containers": [{"Image": IMAGE}, {"Image": IMAGE}]},
        {"PrimaryContainer": {"Image": IMAGE}, "InferenceExecutionConfig": {"Mode": "Direct"}},
    ],
)
def test_other_kinds_of_models_are_refused_loudly(aws: Bench, more: dict[str, Any]) -> None:
    with pytest.raises(NotSupportedByTwin):
        aws.client.create_model(ModelName="one", ExecutionRoleArn=ROLE, **more)


def test_variant_names_are_unique_and_at_most_ten(aws: Bench) -> None:
    aws.model()
    for names in (["a", "a"], [f"v{number}" for number in range(11)]):
        with refusal():
            aws.client.create_endpoint_config(
                EndpointConfigName="c", ProductionVariants=[variant(name) for name in names]
            )


def test_operations_the_twin_lacks_are_refused_loudly(aws: Bench) -> None:
    with pytest.raises(NotSupportedByTwin, match="ListTransformJobs"):
        aws.client.list_transform_jobs()


def test_an_answer_can_be_lost_after_the_work_was_done(aws: Bench) -> None:
    aws.endpoint()
    aws.sagemaker.faults.lose_answer("CreateEndpointConfig")
    with refusal(says="Cannot create already existing endpoint configuration"):
        aws.config("config-2")  # botocore's second try


def test_throttling_and_limits_can_be_injected(aws: Bench) -> None:
    aws.endpoint()
    aws.sagemaker.faults.throttle_next("DescribeEndpoint")
    aws.sagemaker.faults.limit_next("CreateEndpoint")
    aws.client.describe_endpoint(EndpointName="churn")  # botocore tries throttled calls again
    with pytest.raises(aws.client.exceptions.ResourceLimitExceeded):
        aws.client.create_endpoint(EndpointName="other", EndpointConfigName="config-1")
