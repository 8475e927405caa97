"""How each resource type is deleted, by the calls that CloudFormation itself makes."""

from collections.abc import Callable, Mapping
from typing import Any

from twin.hooks import NotSupportedByTwin
from twin.resources import Context, Created
from twin.resources_lambda import function_and_qualifier

Deleter = Callable[[Context, Created, Mapping[str, Any]], None]


def delete(context: Context, kind: str, present: Created, properties: Mapping[str, Any]) -> None:
    """Delete one resource, given the properties that it was made of."""
    if kind not in DELETERS:
        raise NotSupportedByTwin(f"a deletion of {kind}")
    DELETERS[kind](context, present, properties)


# --- Lambda


def _version(context: Context, present: Created, properties: Mapping[str, Any]) -> None:
    context.client("lambda").delete_function(
        FunctionName=properties["FunctionName"], Qualifier=present.attributes["Version"]
    )


def _function(context: Context, present: Created, _: Mapping[str, Any]) -> None:
    """AWS: its versions and aliases go with it."""
    context.client("lambda").delete_function(FunctionName=present.physical_id)


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
    """AWS: functions and versions that use it keep it."""
    name, version = present.physical_id.split(":")[-2:]
    context.client("lambda").delete_layer_version(LayerName=name, VersionNumber=int(version))


# --- roles, rules, state machines, alarms


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
    """AWS: executions end at their next transition; here they end at once."""
    client = context.client("stepfunctions")
    running = client.get_paginator("list_executions").paginate(
        stateMachineArn=present.physical_id, statusFilter="RUNNING"
    )
    for execution in [e for page in running for e in page["executions"]]:
        client.stop_execution(executionArn=execution["executionArn"])
    client.delete_state_machine(stateMachineArn=present.physical_id)


def _alarm(context: Context, present: Created, _: Mapping[str, Any]) -> None:
    context.client("cloudwatch").delete_alarms(AlarmNames=[present.physical_id])


# --- storage


def _table(context: Context, present: Created, _: Mapping[str, Any]) -> None:
    context.client("dynamodb").delete_table(TableName=present.physical_id)


def _bucket(context: Context, present: Created, _: Mapping[str, Any]) -> None:
    context.client("s3").delete_bucket(Bucket=present.physical_id)


def _bucket_policy(context: Context, present: Created, _: Mapping[str, Any]) -> None:
    context.client("s3").delete_bucket_policy(Bucket=present.physical_id)


def _topic(context: Context, present: Created, _: Mapping[str, Any]) -> None:
    context.client("sns").delete_topic(TopicArn=present.physical_id)


def _subscription(context: Context, present: Created, _: Mapping[str, Any]) -> None:
    context.client("sns").unsubscribe(SubscriptionArn=present.physical_id)


def _queue(context: Context, present: Created, _: Mapping[str, Any]) -> None:
    context.client("sqs").delete_queue(QueueUrl=present.physical_id)


def _queue_policy(context: Context, _: Created, properties: Mapping[str, Any]) -> None:
    for queue in properties["Queues"]:
        context.client("sqs").set_queue_attributes(QueueUrl=queue, Attributes={"Policy": ""})


def _log_group(context: Context, present: Created, _: Mapping[str, Any]) -> None:
    context.client("logs").delete_log_group(logGroupName=present.physical_id)


def _parameter(context: Context, present: Created, _: Mapping[str, Any]) -> None:
    context.client("ssm").delete_parameter(Name=present.physical_id)


DELETERS: dict[str, Deleter] = {
    "AWS::CloudWatch::Alarm": _alarm,
    "AWS::DynamoDB::Table": _table,
    "AWS::Events::Rule": _rule,
    "AWS::IAM::Role": _role,
    "AWS::Lambda::Alias": _alias,
    "AWS::Lambda::EventInvokeConfig": _event_invoke_config,
    "AWS::Lambda::Function": _function,
    "AWS::Lambda::LayerVersion": _layer,
    "AWS::Lambda::Permission": _permission,
    "AWS::Lambda::Version": _version,
    "AWS::Logs::LogGroup": _log_group,
    "AWS::S3::Bucket": _bucket,
    "AWS::S3::BucketPolicy": _bucket_policy,
    "AWS::SNS::Subscription": _subscription,
    "AWS::SNS::Topic": _topic,
    "AWS::SQS::Queue": _queue,
    "AWS::SQS::QueuePolicy": _queue_policy,
    "AWS::SSM::Parameter": _parameter,
    "AWS::StepFunctions::StateMachine": _state_machine,
}
