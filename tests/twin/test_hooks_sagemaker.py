"""What the twin's SageMaker relies on in moto: names that exist, and gaps that still do.

A failure here after an upgrade of moto means: adapt the hook, or remove code.
"""

import contextlib
import re
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws
from moto.applicationautoscaling import models as scaling_models
from moto.applicationautoscaling import responses as scaling_responses
from moto.events import notifications
from moto.s3 import models as s3_models
from moto.sagemaker import urls
from moto.sagemakerruntime import urls as runtime_urls

from tests.worlds.sagemaker_bench import REGION, ROLE, Bench, bench, variant
from twin.core.shapes import python_pattern

LIVE, UNWEIGHTED = variant("live"), variant("live", 0.0)
GROUP = {"ModelPackageGroupName": "churn"}


@pytest.fixture
def stock() -> Iterator[Any]:
    """A SageMaker client of moto as it comes."""
    with mock_aws():
        yield boto3.client("sagemaker", region_name=REGION)


def model(stock: Any) -> None:
    stock.create_model(
        ModelName="one", ExecutionRoleArn=ROLE, PrimaryContainer={"Image": "server:1"}
    )


def config(stock: Any, *variants: dict[str, Any], name: str = "config-1") -> None:
    stock.create_endpoint_config(EndpointConfigName=name, ProductionVariants=list(variants))


def endpoint(stock: Any, *variants: dict[str, Any]) -> dict[str, Any]:
    model(stock)
    config(stock, *variants)
    stock.create_endpoint(EndpointName="churn", EndpointConfigName="config-1")
    described: dict[str, Any] = stock.describe_endpoint(EndpointName="churn")
    return described


def test_the_patched_names_exist() -> None:
    assert set(urls.url_paths) == {"{0}/$"}
    assert len(runtime_urls.url_paths) == 2
    assert {"ApplicationAutoScalingResponse", "_build_target"} <= set(vars(scaling_responses))
    assert hasattr(scaling_responses.ApplicationAutoScalingResponse, "register_scalable_target")
    assert hasattr(scaling_models, "applicationautoscaling_backends")
    assert hasattr(s3_models, "s3_backends")


def test_hooks_leave_nothing_behind(stock: Any) -> None:
    with bench() as aws:
        aws.model()
    model(stock)
    stock.delete_model(ModelName="one")


def test_every_pattern_of_our_requests_can_be_checked() -> None:
    """A pattern that Python cannot read would otherwise fail in the middle of a run."""
    with bench() as aws:
        service = aws.client.meta.service_model
        requests = [service.operation_model(name).input_shape for name in aws.sagemaker.handlers()]
    for shape in {shape.name: shape for root in requests for shape in _below(root)}.values():
        re.compile(python_pattern(shape.metadata.get("pattern", "")))


def _below(shape: Any, above: tuple[str, ...] = ()) -> Iterator[Any]:
    yield shape
    parts = [getattr(shape, name, None) for name in ("member", "key", "value")]
    for part in [*parts, *getattr(shape, "members", {}).values()]:
        if part is not None and part.name not in above:
            yield from _below(part, (*above, shape.name))


def test_gap_names_are_not_checked(stock: Any) -> None:
    stock.create_model(
        ModelName="under_score", ExecutionRoleArn=ROLE, PrimaryContainer={"Image": "server:1"}
    )


def test_gap_duplicates_replace_silently(stock: Any) -> None:
    model(stock)
    model(stock)
    config(stock, LIVE)
    config(stock, LIVE)
    for _ in range(2):
        stock.create_endpoint(EndpointName="churn", EndpointConfigName="config-1")


def test_gap_statuses_are_final_at_once(stock: Any) -> None:
    assert endpoint(stock, LIVE)["EndpointStatus"] == "InService"


def test_gap_configurations_are_visible_at_once(stock: Any) -> None:
    endpoint(stock, LIVE)


def test_gap_a_missing_image_serves(stock: Any) -> None:
    assert endpoint(stock, LIVE)["EndpointStatus"] == "InService"


def test_gap_update_endpoint_is_missing(stock: Any) -> None:
    endpoint(stock, LIVE)
    with pytest.raises(NotImplementedError):
        stock.update_endpoint(EndpointName="churn", EndpointConfigName="config-1")


def test_gap_weight_zero_is_no_weight(stock: Any) -> None:
    assert "CurrentWeight" not in endpoint(stock, UNWEIGHTED)["ProductionVariants"][0]


def test_gap_a_weight_change_is_instantaneous_and_loses_counts(stock: Any) -> None:
    endpoint(stock, LIVE)
    stock.update_endpoint_weights_and_capacities(
        EndpointName="churn",
        DesiredWeightsAndCapacities=[{"VariantName": "live", "DesiredWeight": 5.0}],
    )
    described = stock.describe_endpoint(EndpointName="churn")
    assert described["EndpointStatus"] == "InService"
    assert "CurrentInstanceCount" not in described["ProductionVariants"][0]


def test_gap_nothing_sends_events() -> None:
    assert not any("sagemaker" in name.lower() for name in vars(notifications))


def test_gap_a_metadata_update_wipes_the_approval(stock: Any) -> None:
    stock.create_model_package_group(**GROUP)
    arn = stock.create_model_package(**GROUP, ModelApprovalStatus="Approved")["ModelPackageArn"]
    stock.update_model_package(ModelPackageArn=arn, CustomerMetadataProperties={"a": "b"})
    assert "ModelApprovalStatus" not in stock.describe_model_package(ModelPackageName=arn)


def test_gap_approval_has_no_default(stock: Any) -> None:
    stock.create_model_package_group(**GROUP)
    arn = stock.create_model_package(**GROUP)["ModelPackageArn"]
    assert "ModelApprovalStatus" not in stock.describe_model_package(ModelPackageName=arn)


def test_gap_shadow_variants_are_dropped(stock: Any) -> None:
    model(stock)
    stock.create_endpoint_config(
        EndpointConfigName="c", ProductionVariants=[LIVE], ShadowProductionVariants=[LIVE]
    )
    assert "ShadowProductionVariants" not in stock.describe_endpoint_config(EndpointConfigName="c")


def test_gap_illegal_configurations_are_accepted(stock: Any) -> None:
    serverless = {
        "VariantName": "live",
        "ModelName": "one",
        "ServerlessConfig": {"MemorySizeInMB": 1024, "MaxConcurrency": 1},
    }
    model(stock)
    config(stock, serverless, serverless)
    config(stock, *[variant(f"v{number}") for number in range(11)])


def test_gap_a_deployment_config_is_dropped(stock: Any) -> None:
    endpoint(stock, LIVE)
    stock.create_endpoint(
        EndpointName="other",
        EndpointConfigName="config-1",
        DeploymentConfig={"AutoRollbackConfiguration": {"Alarms": [{"AlarmName": "a"}]}},
    )
    described = stock.describe_endpoint(EndpointName="other")
    assert "LastDeploymentConfig" not in described


def test_gap_requests_are_answered_by_nobody(stock: Any) -> None:
    runtime = boto3.client("sagemaker-runtime", region_name=REGION)
    answer = runtime.invoke_endpoint(EndpointName="nothing", Body=b"")
    assert answer["InvokedProductionVariant"] == "invoked_production_variant"


def test_gap_instance_types_come_from_an_old_list(stock: Any) -> None:
    model(stock)
    with pytest.raises(ClientError):
        config(stock, variant("live", InstanceType="ml.m7i.large"))


def test_gap_scalable_targets_hide_their_suspensions(stock: Any) -> None:
    scaling = boto3.client("application-autoscaling", region_name=REGION)
    target = {
        "ServiceNamespace": "sagemaker",
        "ResourceId": "endpoint/nothing/variant/live",
        "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
    }
    scaling.register_scalable_target(**target, MinCapacity=1, MaxCapacity=2)
    (described,) = scaling.describe_scalable_targets(ServiceNamespace="sagemaker")[
        "ScalableTargets"
    ]
    assert "SuspendedState" not in described


def test_twins_can_follow_one_another() -> None:
    for _ in range(2):
        with contextlib.ExitStack() as stack:
            aws: Bench = stack.enter_context(bench())
            aws.model()
