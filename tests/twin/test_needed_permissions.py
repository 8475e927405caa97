"""The table of permissions against the Service Authorization Reference that cfn-lint carries."""

import json
import re
from importlib.resources import files
from typing import Any

import pytest

from twin.core.hooks import NotSupportedByTwin
from twin.iam.needed_permissions import needs_of, services
from twin.iam.permission_needs import Need

# Any value for any parameter that a resource is made of.
ANYTHING: dict[str, Any] = {
    "AlarmName": "alarm",
    "AlarmNames": ["alarm"],
    "EndpointConfigName": "config",
    "EndpointName": "endpoint",
    "Entries": [{}],
    "FunctionName": "function",
    "IndexName": "index",
    "ModelName": "model",
    "ModelPackageArn": "arn:aws:sagemaker:eu-west-1:123456789012:model-package/churn/1",
    "ModelPackageGroupName": "churn",
    "ModelPackageName": "churn",
    "Name": "/parameter",
    "Names": ["/parameter"],
    "Namespace": "Shop",
    "Path": "/parameters/",
    "QueueUrl": "https://sqs.eu-west-1.amazonaws.com/123456789012/queue",
    "RequestItems": {"ledger": {}},
    "ResourceId": "endpoint/churn/variant/live",
    "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
    "ServiceNamespace": "sagemaker",
    "ResourceARN": "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:alarm",
    "ResourceArn": "arn:aws:sagemaker:eu-west-1:123456789012:endpoint/endpoint",
    "TableName": "ledger",
    "TopicArn": "arn:aws:sns:eu-west-1:123456789012:topic",
    "TransactItems": [{"Put": {"TableName": "ledger"}}],
    "TransformJobName": "job",
    "executionArn": "arn:aws:states:eu-west-1:123456789012:execution:machine:name",
    "logGroupName": "/aws/lambda/function",
    "stateMachineArn": "arn:aws:states:eu-west-1:123456789012:stateMachine:machine",
}
# AWS: the reference names data sets, which are optional; the classic calls know no resource.
WITHOUT_RESOURCE = {"GetMetricData", "ListMetrics", "PutMetricData"}


def every_call() -> list[tuple[str, str]]:
    return [(service, operation) for service, table in services().items() for operation in table]


@pytest.fixture(scope="module")
def reference() -> dict[str, Any]:
    path = files("cfnlint.data.AdditionalSpecs") / "Policies.json"
    found: dict[str, Any] = json.loads(path.read_text())
    return found


@pytest.mark.parametrize(("service", "operation"), every_call())
def test_actions_and_resources_are_those_of_the_reference(
    reference: dict[str, Any], service: str, operation: str
) -> None:
    for need in needs_of(service, operation, ANYTHING):
        prefix, action = need.action.split(":")
        kinds = reference[prefix]["Actions"].get(action.lower(), {}).get("Resources", [])
        if not kinds or action in WITHOUT_RESOURCE:
            assert need.resource == "*"
        else:
            formats = [
                text
                for kind in kinds
                for text in reference[prefix]["Resources"][kind.lower()]["ARNFormats"]
            ]
            assert any(_fits(text, need.resource) for text in formats), (need, formats)


def _fits(arn_format: str, resource: str) -> bool:
    pattern = re.sub(r"\\\$\\\{\w+\\\}", "[^:]*", re.escape(arn_format)).replace(r"\.\*", ".*")
    return re.fullmatch(pattern, resource) is not None


def test_a_model_passes_its_role_to_sagemaker() -> None:
    params = {"ModelName": "M", "ExecutionRoleArn": "arn:aws:iam::123456789012:role/r"}
    create, passing = needs_of("sagemaker", "CreateModel", params)
    assert create == Need(
        "sagemaker:CreateModel", "arn:aws:sagemaker:eu-west-1:123456789012:model/m"
    )
    assert passing.context == {"iam:passedtoservice": ("sagemaker.amazonaws.com",)}


def test_an_endpoint_update_needs_the_configuration_too() -> None:
    params = {"EndpointName": "churn", "EndpointConfigName": "churn-2"}
    resources = [
        need.resource.split(":")[-1] for need in needs_of("sagemaker", "UpdateEndpoint", params)
    ]
    assert resources == ["endpoint/churn", "endpoint-config/churn-2"]


def test_whoever_registers_a_variant_must_be_allowed_to_scale_it() -> None:
    asked = needs_of("application-autoscaling", "RegisterScalableTarget", ANYTHING)
    assert {need.action.partition(":")[2] for need in asked} == {
        "RegisterScalableTarget",
        "DescribeEndpoint",
        "DescribeEndpointConfig",
        "UpdateEndpointWeightsAndCapacities",
    }
    assert asked[0].context["application-autoscaling:service-namespace"] == ("sagemaker",)


def test_an_unknown_operation_stops_the_twin() -> None:
    with pytest.raises(NotSupportedByTwin):
        needs_of("sagemaker", "CreateTrainingJob", {})
