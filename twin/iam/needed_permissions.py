"""The IAM actions and resources that each API call needs.

They follow AWS's Service Authorization Reference. The tests compare this table with the copy in
cfn-lint.
"""

from collections.abc import Iterator, Mapping

from twin.core.hooks import NotSupportedByTwin
from twin.iam.permission_needs import (
    Need,
    Needs,
    Params,
    anything,
    arn,
    as_given,
    nothing,
    on,
    request_tags,
)
from twin.iam.sagemaker_permissions import RUNTIME, SAGEMAKER


def needs_of(service: str, operation: str, params: Params) -> list[Need]:
    """Return all permissions that a role needs for this call."""
    table = _SERVICES.get(service)
    needs = None if table is None else table.get(operation)
    if needs is None:
        raise NotSupportedByTwin(f"the permissions of {service}:{operation}")
    return list(needs(operation, params))


# --- DynamoDB


def _table(name: str) -> str:
    return name if name.startswith("arn:") else arn("dynamodb", f"table/{name}")


def _on_table(operation: str, params: Params) -> Iterator[Need]:
    yield Need(f"dynamodb:{operation}", _table(params["TableName"]))


def _on_index(operation: str, params: Params) -> Iterator[Need]:
    """AWS: reading an index needs permission on the index, not on the table."""
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
    """AWS: a transaction needs the permissions of each of its items."""
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
    context = request_tags(params.get("Tags", []))
    yield Need(f"cloudwatch:{operation}", resource, context)
    if params.get("Tags"):
        yield Need("cloudwatch:TagResource", resource, context)


def _puts_metrics(operation: str, params: Params) -> Iterator[Need]:
    context = {"cloudwatch:namespace": (str(params["Namespace"]),)}
    yield Need(f"cloudwatch:{operation}", "*", context)


def _all_alarms(_: Params) -> str:
    """AWS: DescribeAlarms needs permission on all alarms, whatever names are given."""
    return arn("cloudwatch", "alarm:*")


def _alarm_history(params: Params) -> str:
    return arn("cloudwatch", f"alarm:{params.get('AlarmName', '*')}")


_CLOUDWATCH: Mapping[str, Needs] = {
    "DeleteAlarms": _alarms,
    "DescribeAlarmHistory": on("cloudwatch", _alarm_history),
    "DescribeAlarms": on("cloudwatch", _all_alarms),
    "DisableAlarmActions": _alarms,
    "EnableAlarmActions": _alarms,
    "GetMetricData": anything("cloudwatch"),
    "GetMetricStatistics": anything("cloudwatch"),
    "ListMetrics": anything("cloudwatch"),
    "ListTagsForResource": on("cloudwatch", as_given("ResourceARN")),
    "PutMetricAlarm": _puts_alarm,
    "PutMetricData": _puts_metrics,
    "SetAlarmState": on("cloudwatch", lambda p: arn("cloudwatch", f"alarm:{p['AlarmName']}")),
    "TagResource": on("cloudwatch", as_given("ResourceARN")),
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


_SCALING = "application-autoscaling"


def _on_target(operation: str, params: Params) -> Iterator[Need]:
    """AWS: the ids of targets are generated, so that policies can only name all of them."""
    context = {
        f"{_SCALING}:service-namespace": (str(params["ServiceNamespace"]),),
        f"{_SCALING}:scalable-dimension": (str(params["ScalableDimension"]),),
    }
    yield Need(f"{_SCALING}:{operation}", arn(_SCALING, "scalable-target/twin"), context)


def _registers(operation: str, params: Params) -> Iterator[Need]:
    """AWS: the caller must be allowed to scale the target itself.

    See "Permissions validation for Application Auto Scaling API calls on target resources" in
    AWS's guide. For endpoints these are the service-linked role's actions on variants.
    """
    yield from _on_target(operation, params)
    endpoint = arn("sagemaker", f"endpoint/{str(params['ResourceId']).split('/')[1].lower()}")
    yield Need("sagemaker:DescribeEndpoint", endpoint)
    yield Need("sagemaker:UpdateEndpointWeightsAndCapacities", endpoint)
    yield Need("sagemaker:DescribeEndpointConfig", arn("sagemaker", "endpoint-config/twin"))


_MACHINE = as_given("stateMachineArn")
_EXECUTION = as_given("executionArn")

_SERVICES: Mapping[str, Mapping[str, Needs]] = {
    "application-autoscaling": {
        "DeregisterScalableTarget": _on_target,
        "DescribeScalableTargets": anything(_SCALING),
        "DescribeScalingActivities": anything(_SCALING),
        "DescribeScalingPolicies": anything(_SCALING),
        "PutScalingPolicy": _on_target,
        "RegisterScalableTarget": _registers,
    },
    "cloudwatch": _CLOUDWATCH,
    "dynamodb": _DYNAMODB,
    "events": {"PutEvents": _buses},
    "lambda": {
        "GetFunction": on("lambda", _function),
        "Invoke": _invokes,
    },
    "logs": {
        "CreateLogGroup": on("logs", _log_group),
        "CreateLogStream": on("logs", _log_group),
        "PutLogEvents": on("logs", _log_group),
    },
    "sagemaker": SAGEMAKER,
    "sagemaker-runtime": RUNTIME,
    "sns": {"Publish": _publishes},
    "sqs": {
        "GetQueueAttributes": on("sqs", _queue),
        "ReceiveMessage": on("sqs", _queue),
        "SendMessage": on("sqs", _queue),
    },
    "ssm": {
        "DescribeParameters": anything("ssm"),
        "GetParameter": on("ssm", _parameter),
        "GetParameters": _parameters,
        "GetParametersByPath": on("ssm", _parameter_path),
        "PutParameter": on("ssm", _parameter),
    },
    "stepfunctions": {
        "DescribeExecution": on("states", _EXECUTION),
        "DescribeStateMachine": on("states", _MACHINE),
        "GetExecutionHistory": on("states", _EXECUTION),
        "ListExecutions": on("states", _MACHINE),
        "SendTaskFailure": anything("states"),
        "SendTaskHeartbeat": anything("states"),
        "SendTaskSuccess": anything("states"),
        "StartExecution": on("states", _MACHINE),
        "StopExecution": on("states", _EXECUTION),
    },
    "sts": {"GetCallerIdentity": nothing},
}


def services() -> Mapping[str, Mapping[str, Needs]]:
    """Return the calls whose permissions are known, as service -> operation -> needs."""
    return _SERVICES
