"""Deletes each resource type with the API calls that CloudFormation makes."""

from collections.abc import Callable, Mapping
from typing import Any

from twin.core.hooks import NotSupportedByTwin
from twin.deploy.resources import Context, Created
from twin.deploy.resources_lambda import function_and_qualifier

Deleter = Callable[[Context, Created, Mapping[str, Any]], None]


def delete(context: Context, kind: str, present: Created, properties: Mapping[str, Any]) -> None:
    """Delete one resource, given its properties."""
    if kind not in DELETERS:
        raise NotSupportedByTwin(f"a deletion of {kind}")
    DELETERS[kind](context, present, properties)


# --- Lambda


def _version(context: Context, present: Created, properties: Mapping[str, Any]) -> None:
    context.client("lambda").delete_function(
        FunctionName=properties["FunctionName"], Qualifier=present.attributes["Version"]
    )


def _alias(context: Context, _: Created, properties: Mapping[str, Any]) -> None:
    context.client("lambda").delete_alias(
        FunctionName=properties["FunctionName"], Name=properties["Name"]
    )


def _permission(context: Context, present: Created, properties: Mapping[str, Any]) -> None:
    context.client("lambda").remove_permission(
        StatementId=present.physical_id, **function_and_qualifier(properties["FunctionName"])
    )


def _event_invoke_config(context: Context, _: Created, properties: Mapping[str, Any]) -> None:
    context.client("lambda").delete_function_event_invoke_config(
        FunctionName=properties["FunctionName"], Qualifier=properties["Qualifier"]
    )


def _layer(context: Context, present: Created, _: Mapping[str, Any]) -> None:
    """AWS: functions and versions that use a layer keep it."""
    name, version = present.physical_id.split(":")[-2:]
    context.client("lambda").delete_layer_version(LayerName=name, VersionNumber=int(version))


# --- roles, rules, state machines, alarms, queue policies


def _role(context: Context, present: Created, properties: Mapping[str, Any]) -> None:
    client, name = context.client("iam"), present.physical_id
    for policy in properties.get("Policies", []):
        client.delete_role_policy(RoleName=name, PolicyName=policy["PolicyName"])
    for managed in properties.get("ManagedPolicyArns", []):
        client.detach_role_policy(RoleName=name, PolicyArn=managed)
    client.delete_role(RoleName=name)


def _rule(context: Context, present: Created, properties: Mapping[str, Any]) -> None:
    client, bus = context.client("events"), {}
    if "EventBusName" in properties:
        bus = {"EventBusName": properties["EventBusName"]}
    ids = [target["Id"] for target in properties.get("Targets", [])]
    if ids:
        client.remove_targets(Rule=present.physical_id, Ids=ids, **bus)
    client.delete_rule(Name=present.physical_id, **bus)


def _state_machine(context: Context, present: Created, _: Mapping[str, Any]) -> None:
    """AWS: executions end at their next transition. In the twin they end at once."""
    client = context.client("stepfunctions")
    running = client.get_paginator("list_executions").paginate(
        stateMachineArn=present.physical_id, statusFilter="RUNNING"
    )
    for execution in [e for page in running for e in page["executions"]]:
        client.stop_execution(executionArn=execution["executionArn"])
    client.delete_state_machine(stateMachineArn=present.physical_id)


def _queue_policy(context: Context, _: Created, properties: Mapping[str, Any]) -> None:
    for queue in properties["Queues"]:
        context.client("sqs").set_queue_attributes(QueueUrl=queue, Attributes={"Policy": ""})


def _alarm(context: Context, present: Created, _: Mapping[str, Any]) -> None:
    context.client("cloudwatch").delete_alarms(AlarmNames=[present.physical_id])


def _by(service: str, call: str, parameter: str) -> Deleter:
    """Return a deleter that calls an API with the physical id alone."""

    def by_id(context: Context, present: Created, _: Mapping[str, Any]) -> None:
        getattr(context.client(service), call)(**{parameter: present.physical_id})

    return by_id


DELETERS: dict[str, Deleter] = {
    "AWS::CloudWatch::Alarm": _alarm,
    "AWS::DynamoDB::Table": _by("dynamodb", "delete_table", "TableName"),
    "AWS::Events::Rule": _rule,
    "AWS::IAM::Role": _role,
    "AWS::Lambda::Alias": _alias,
    "AWS::Lambda::EventInvokeConfig": _event_invoke_config,
    "AWS::Lambda::Function": _by("lambda", "delete_function", "FunctionName"),
    "AWS::Lambda::LayerVersion": _layer,
    "AWS::Lambda::Permission": _permission,
    "AWS::Lambda::Version": _version,
    "AWS::Logs::LogGroup": _by("logs", "delete_log_group", "logGroupName"),
    "AWS::S3::Bucket": _by("s3", "delete_bucket", "Bucket"),
    "AWS::S3::BucketPolicy": _by("s3", "delete_bucket_policy", "Bucket"),
    "AWS::SNS::Subscription": _by("sns", "unsubscribe", "SubscriptionArn"),
    "AWS::SNS::Topic": _by("sns", "delete_topic", "TopicArn"),
    "AWS::SQS::Queue": _by("sqs", "delete_queue", "QueueUrl"),
    "AWS::SQS::QueuePolicy": _queue_policy,
    "AWS::SSM::Parameter": _by("ssm", "delete_parameter", "Name"),
    "AWS::StepFunctions::StateMachine": _state_machine,
}
