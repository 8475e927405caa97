"""What SageMaker refuses of new models and configurations, and what older ones still carry."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.worlds import sagemaker_bench as benches
from tests.worlds.sagemaker_bench import Bench, refusal

SCALING = {"Status": "ENABLED", "MinInstanceCount": 2, "MaxInstanceCount": 4}
GPU = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/gpu:1"


@pytest.fixture
def aws() -> Iterator[Bench]:
    with benches.bench() as bench:
        yield bench


def package(aws: Bench, **container: Any) -> str:
    """An approved package that sets A, and has an additional specification `gpu`."""
    own = {"Image": benches.IMAGE, "ModelDataUrl": benches.ARTEFACT, "Environment": {"A": "own"}}
    types = {"SupportedContentTypes": ["a/b"], "SupportedResponseMIMETypes": ["a/b"]}
    aws.client.create_model_package_group(ModelPackageGroupName="churn")
    created = aws.client.create_model_package(
        ModelPackageGroupName="churn",
        ModelApprovalStatus="Approved",
        InferenceSpecification={"Containers": [{**own, **container}], **types},
        AdditionalInferenceSpecifications=[{"Name": "gpu", "Containers": [{"Image": GPU}]}],
    )
    return str(created["ModelPackageArn"])


def served(aws: Bench, **definition: Any) -> Any:
    """What the containers of a model are started from."""
    aws.client.create_model(
        ModelName="m", ExecutionRoleArn=benches.ROLE, PrimaryContainer=definition
    )
    return aws.sagemaker.models.get("m").container


def test_managed_scaling_is_refused_on_a_variant_with_a_model(aws: Bench) -> None:
    aws.model()
    variants = [benches.variant("live", ManagedInstanceScaling=SCALING)]
    with refusal(says="only for endpoints of inference components"):
        aws.client.create_endpoint_config(EndpointConfigName="c", ProductionVariants=variants)
    aws.sagemaker.configs.takes_managed_scaling = True
    aws.client.create_endpoint_config(EndpointConfigName="c", ProductionVariants=variants)
    found = aws.client.describe_endpoint_config(EndpointConfigName="c")
    assert found["ProductionVariants"][0]["ManagedInstanceScaling"] == SCALING


def test_more_than_fifty_tags_are_refused(aws: Bench) -> None:
    tags = [{"Key": str(n), "Value": "1"} for n in range(51)]
    with refusal(says="less than or equal to 50"):
        aws.client.create_model(ModelName="m", ExecutionRoleArn=benches.ROLE, Tags=tags)


@pytest.mark.parametrize(("package_wins", "value"), [(False, "given"), (True, "own")])
def test_a_variable_of_package_and_model_is_either_s(
    aws: Bench, package_wins: bool, value: str
) -> None:
    aws.sagemaker.models.package_wins = package_wins
    container = served(aws, ModelPackageName=package(aws), Environment={"A": "given", "B": "given"})
    assert container.environment == {"A": value, "B": "given"}


def test_an_additional_specification_is_served_by_its_name(aws: Bench) -> None:
    aws.sagemaker.images.register(GPU, [], benches.DIGEST)
    arn = package(aws)
    assert served(aws, ModelPackageName=arn, InferenceSpecificationName="gpu").image == GPU
    (other,) = aws.client.describe_model_package(ModelPackageName=arn)[
        "AdditionalInferenceSpecifications"
    ]
    assert other["Containers"][0]["ImageDigest"] == benches.DIGEST


def test_a_specification_that_a_package_has_not_is_refused(aws: Bench) -> None:
    arn = package(aws)
    with refusal(says="Could not find inference specification cpu"):
        served(aws, ModelPackageName=arn, InferenceSpecificationName="cpu")
    with refusal(says="needs a ModelPackageName"):
        served(aws, Image=GPU, InferenceSpecificationName="gpu")


def test_a_target_model_is_refused_where_one_model_serves(aws: Bench) -> None:
    aws.endpoint()
    with refusal("ValidationError", "does not serve many models"):
        aws.runtime.invoke_endpoint(EndpointName="churn", TargetModel="a.tar.gz", Body=b"1")
