"""Which IAM actions on which resources an API call needs.

AWS: the Service Authorization Reference; the tests compare this table with the copy in cfn-lint.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from twin.account import ACCOUNT, REGION
from twin.hooks import NotSupportedByTwin

Params = Mapping[str, Any]


@dataclass(frozen=True)
class Need:
    """One action on one resource, with the context keys only this call has."""

    action: str
    resource: str
    context: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


Needs = Callable[[str, Params], Iterator[Need]]


def needs_of(service: str, operation: str, params: Params) -> list[Need]:
    """Return what a role must be allowed, all of it, for this call."""
    table = _SERVICES.get(service)
    needs = None if table is None else table.get(operation)
    if needs is None:
        raise NotSupportedByTwin(f"the permissions of {service}:{operation}")
    return list(needs(operation, params))


def arn(service: str, resource: str) -> str:
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{resource}"


def _anything(prefix: str) -> Needs:
    """Actions that know no resource: a policy that names one does not allow them."""

    def needs(operation: str, _: Params) -> Iterator[Need]:
        yield Need(f"{prefix}:{operation}", "*")

    return needs


def _nothing(_operation: str, _params: Params) -> Iterator[Need]:
    """AWS: GetCallerIdentity needs no permission, and a Deny does not matter."""
    yield from ()


def _on(prefix: str, *resources: Callable[[Params], str]) -> Needs:
    def needs(operation: str, params: Params) -> Iterator[Need]:
        for resource in resources:
            yield Need(f"{prefix}:{operation}", resource(params))

    return needs


def _as_given(name: str) -> Callable[[Params], str]:
    return lambda params: str(params[name])


# --- SageMaker


def _sagemaker(kind: str, name: str) -> Callable[[Params], str]:
    """AWS: names are lower-cased in ARNs; where a name is asked for, an ARN may be given."""

    def resource(params: Params) -> str:
        value = str(params[name])
        return value if value.startswith("arn:") else arn("sagemaker", f"{kind}/{value.lower()}")

    return resource


def _creates(resource: Callable[[Params], str], *others: Callable[[Params], str]) -> Needs:
    """Create something: its tags and the role it passes need permissions of their own."""

    def needs(operation: str, params: Params) -> Iterator[Need]:
        context = _request_tags(params.get("Tags", []))
        for each in (resource, *others):
            yield Need(f"sagemaker:{operation}", each(params), context)
        if params.get("Tags"):
            yield Need("sagemaker:AddTags", resource(params), context)
        if "ExecutionRoleArn" in params:
            passed = {"iam:passedtoservice": ("sagemaker.amazonaws.com",)}
            yield Need("iam:PassRole", str(params["ExecutionRoleArn"]), passed)

    return needs


def _request_tags(tags: Sequence[Mapping[str, str]]) -> dict[str, tuple[str, ...]]:
    if not tags:
        return {}
    named = {f"aws:requesttag/{tag['Key'].lower()}": (tag["Value"],) for tag in tags}
    return {**named, "aws:tagkeys": tuple(tag["Key"] for tag in tags)}


def _updates_package(operation: str, params: Params) -> Iterator[Need]:
    approval = params.get("ModelApprovalStatus")
    context = {} if approval is None else {"sagemaker:modelapprovalstatus": (str(approval),)}
    resource = _sagemaker("model-package", "ModelPackageArn")(params)
    yield Need(f"sagemaker:{operation}", resource, context)


def _packages(params: Params) -> str:
    """Return the ARN of all versions of the group, or of all packages."""
    group = params.get("ModelPackageGroupName")
    name = "" if group is None else f"{str(group).rsplit('/', 1)[-1].lower()}/"
    return arn("sagemaker", f"model-package/{name}*")


_ENDPOINT = _sagemaker("endpoint", "EndpointName")
_CONFIG = _sagemaker("endpoint-config", "EndpointConfigName")
_MODEL = _sagemaker("model", "ModelName")
_PACKAGE = _sagemaker("model-package", "ModelPackageName")
_GROUP = _sagemaker("model-package-group", "ModelPackageGroupName")
_JOB = _sagemaker("transform-job", "TransformJobName")

_SAGEMAKER: Mapping[str, Needs] = {
    "AddTags": _on("sagemaker", _as_given("ResourceArn")),
    "CreateEndpoint": _creates(_ENDPOINT, _CONFIG),
    "CreateEndpointConfig": _creates(_CONFIG),
    "CreateModel": _creates(_MODEL),
    "CreateTransformJob": _creates(_JOB),
    "DeleteEndpoint": _on("sagemaker", _ENDPOINT),
    "DeleteEndpointConfig": _on("sagemaker", _CONFIG),
    "DeleteModel": _on("sagemaker", _MODEL),
    "DeleteTags": _on("sagemaker", _as_given("ResourceArn")),
    "DescribeEndpoint": _on("sagemaker", _ENDPOINT),
    "DescribeEndpointConfig": _on("sagemaker", _CONFIG),
    "DescribeModel": _on("sagemaker", _MODEL),
    "DescribeModelPackage": _on("sagemaker", _PACKAGE),
    "DescribeModelPackageGroup": _on("sagemaker", _GROUP),
    "DescribeTransformJob": _on("sagemaker", _JOB),
    "InvokeEndpoint": _on("sagemaker", _ENDPOINT),
    "ListEndpointConfigs": _anything("sagemaker"),
    "ListEndpoints": _anything("sagemaker"),
    "ListModelPackageGroups": _anything("sagemaker"),
    "ListModelPackages": _on("sagemaker", _packages),
    "ListModels": _anything("sagemaker"),
    "ListTags": _on("sagemaker", _as_given("ResourceArn")),
    "StopTransformJob": _on("sagemaker", _JOB),
    "UpdateEndpoint": _on("sagemaker", _ENDPOINT, _CONFIG),
    "UpdateEndpointWeightsAndCapacities": _on("sagemaker", _ENDPOINT),
    "UpdateModelPackage": _updates_package,
}

# --- DynamoDB


def _table(name: str) -> str:
    return name if name.startswith("arn:") else arn("dynamodb", f"table/{name}")


def _on_table(operation: str, params: Params) -> Iterator[Need]:
    yield Need(f"dynamodb:{operation}", _table(params["TableName"]))


def _on_index(operation: str, params: Params) -> Iterator[Need]:
    """AWS: reading an index needs the index, not the table."""
    index = f"/index/{params['IndexName']}" if "IndexName" in params else ""
    yield Need(f"dynamodb:{operation}", _table(params["TableName"]) + index)


_IN_TRANSACTION = {
    "ConditionCheck": "ConditionCheckItem",
    "Delete": "DeleteItem",
    "Get": "GetItem",
    "Put": "PutItem",
    "Update": "UpdateItem",
}


def _transaction(_: str, params: Params) -> Iterator[Need]:
    """AWS: a transaction needs what its items would need one by one."""
    for item in params["TransactItems"]:
        for kind, details in item.items():
            yield Need(f"dynamodb:{_IN_TRANSACTION[kind]}", _table(details["TableName"]))


def _batch(operation: str, params: Params) -> Iterator[Need]:
    for name in params["RequestItems"]:
        yield Need(f"dynamodb:{operation}", _table(name))


_DYNAMODB: Mapping[str, Needs] = {
    "BatchGetItem": _batch,
    "BatchWriteItem": _batch,
    "DeleteItem": _on_table,
    "DescribeTable": _on_table,
    "GetItem": _on_table,
    "PutItem": _on_table,
    "Query": _on_index,
    "Scan": _on_index,
    "TransactGetItems": _transaction,
    "TransactWriteItems": _transaction,
    "UpdateItem": _on_table,
}

# --- CloudWatch


def _alarms(operation: str, params: Params) -> Iterator[Need]:
    for name in params["AlarmNames"]:
        yield Need(f"cloudwatch:{operation}", arn("cloudwatch", f"alarm:{name}"))


def _puts_alarm(operation: str, params: Params) -> Iterator[Need]:
    resource = arn("cloudwatch", f"alarm:{params['AlarmName']}")
    context = _request_tags(params.get("Tags", []))
    yield Need(f"cloudwatch:{operation}", resource, context)
    if params.get("Tags"):
        yield Need("cloudwatch:TagResource", resource, context)


def _puts_metrics(operation: str, params: Params) -> Iterator[Need]:
    context = {"cloudwatch:namespace": (str(params["Namespace"]),)}
    yield Need(f"cloudwatch:{operation}", "*", context)


def _all_alarms(_: Params) -> str:
    """AWS judges DescribeAlarms on all alarms, whatever names are asked for."""
    return arn("cloudwatch", "alarm:*")


def _alarm_history(params: Params) -> str:
    return arn("cloudwatch", f"alarm:{params.get('AlarmName', '*')}")


_CLOUDWATCH: Mapping[str, Needs] = {
    "DeleteAlarms": _alarms,
    "DescribeAlarmHistory": _on("cloudwatch", _alarm_history),
    "DescribeAlarms": _on("cloudwatch", _all_alarms),
    "DisableAlarmActions": _alarms,
    "EnableAlarmActions": _alarms,
    "GetMetricData": _anything("cloudwatch"),
    "GetMetricStatistics": _anything("cloudwatch"),
    "ListMetrics": _anything("cloudwatch"),
    "ListTagsForResource": _on("cloudwatch", _as_given("ResourceARN")),
    "PutMetricAlarm": _puts_alarm,
    "PutMetricData": _puts_metrics,
    "SetAlarmState": _on("cloudwatch", lambda p: arn("cloudwatch", f"alarm:{p['AlarmName']}")),
    "TagResource": _on("cloudwatch", _as_given("ResourceARN")),
}

# --- the rest


def _parameter(params: Params) -> str:
    return arn("ssm", f"parameter/{str(params['Name']).removeprefix('/')}")


def _parameters(operation: str, params: Params) -> Iterator[Need]:
    for name in params["Names"]:
        yield Need(f"ssm:{operation}", _parameter({"Name": name}))


def _parameter_path(params: Params) -> str:
    return _parameter({"Name": params["Path"]})


def _buses(operation: str, params: Params) -> Iterator[Need]:
    for bus in {str(entry.get("EventBusName", "default")) for entry in params["Entries"]}:
        name = bus.rsplit("/", 1)[-1]
        yield Need(f"events:{operation}", arn("events", f"event-bus/{name}"))


def _function(params: Params) -> str:
    """AWS: a qualifier is part of the resource."""
    name = str(params["FunctionName"])
    base = name if name.startswith("arn:") else arn("lambda", f"function:{name}")
    return f"{base}:{params['Qualifier']}" if "Qualifier" in params else base


def _invokes(_: str, params: Params) -> Iterator[Need]:
    yield Need("lambda:InvokeFunction", _function(params))


def _publishes(operation: str, params: Params) -> Iterator[Need]:
    if "TopicArn" not in params and "TargetArn" not in params:
        raise NotSupportedByTwin("sns:Publish to a phone number")
    yield Need(f"sns:{operation}", str(params.get("TopicArn", params.get("TargetArn"))))


def _queue(params: Params) -> str:
    return arn("sqs", str(params["QueueUrl"]).rsplit("/", 1)[-1])


def _log_group(params: Params) -> str:
    return arn("logs", f"log-group:{params['logGroupName']}")


def _scalable_target(_: Params) -> str:
    """AWS invents an id for the target: policies can only name all of them."""
    return arn("application-autoscaling", "scalable-target/twin")


_SCALING = "application-autoscaling"
_MACHINE = _as_given("stateMachineArn")
_EXECUTION = _as_given("executionArn")

_SERVICES: Mapping[str, Mapping[str, Needs]] = {
    "application-autoscaling": {
        "DeregisterScalableTarget": _on(_SCALING, _scalable_target),
        "DescribeScalableTargets": _anything(_SCALING),
        "DescribeScalingActivities": _anything(_SCALING),
        "DescribeScalingPolicies": _anything(_SCALING),
        "PutScalingPolicy": _on(_SCALING, _scalable_target),
        "RegisterScalableTarget": _on(_SCALING, _scalable_target),
    },
    "cloudwatch": _CLOUDWATCH,
    "dynamodb": _DYNAMODB,
    "events": {"PutEvents": _buses},
    "lambda": {
        "GetFunction": _on("lambda", _function),
        "Invoke": _invokes,
    },
    "logs": {
        "CreateLogGroup": _on("logs", _log_group),
        "CreateLogStream": _on("logs", _log_group),
        "PutLogEvents": _on("logs", _log_group),
    },
    "sagemaker": _SAGEMAKER,
    "sagemaker-runtime": {"InvokeEndpoint": _on("sagemaker", _ENDPOINT)},
    "sns": {"Publish": _publishes},
    "sqs": {
        "GetQueueAttributes": _on("sqs", _queue),
        "ReceiveMessage": _on("sqs", _queue),
        "SendMessage": _on("sqs", _queue),
    },
    "ssm": {
        "DescribeParameters": _anything("ssm"),
        "GetParameter": _on("ssm", _parameter),
        "GetParameters": _parameters,
        "GetParametersByPath": _on("ssm", _parameter_path),
        "PutParameter": _on("ssm", _parameter),
    },
    "stepfunctions": {
        "DescribeExecution": _on("states", _EXECUTION),
        "DescribeStateMachine": _on("states", _MACHINE),
        "GetExecutionHistory": _on("states", _EXECUTION),
        "ListExecutions": _on("states", _MACHINE),
        "SendTaskFailure": _anything("states"),
        "SendTaskHeartbeat": _anything("states"),
        "SendTaskSuccess": _anything("states"),
        "StartExecution": _on("states", _MACHINE),
        "StopExecution": _on("states", _EXECUTION),
    },
    "sts": {"GetCallerIdentity": _nothing},
}
