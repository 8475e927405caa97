"""Updates each resource type in place, with the API calls that CloudFormation makes.

A changed property that no updater uses stops the update, because it would have no effect here.
"""

from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any

from twin.core.hooks import NotSupportedByTwin
from twin.deploy.resources import IDLE, Context, Created, Creator, Properties
from twin.deploy.resources_control import CREATORS as _CONTROL
from twin.deploy.resources_control import definition_of, lower_camel, put_policy
from twin.deploy.resources_lambda import CREATORS as _LAMBDA
from twin.deploy.resources_lambda import remember_code
from twin.deploy.resources_storage import CREATORS as _STORAGE
from twin.deploy.resources_storage import (
    QUEUE_ATTRIBUTES,
    attribute_texts,
    bucket_settings,
    check_pattern,
    encryption,
)
from twin.deploy.stack_changes import Change
from twin.iam import keys

Updater = Callable[[Context, Created, Change], Created]


def update(context: Context, present: Created, change: Change) -> Created:
    """Update one resource. Return its new values of Ref and GetAtt."""
    if change.kind not in UPDATERS:
        raise NotSupportedByTwin(f"an update of {change.kind}")
    return UPDATERS[change.kind](context, present, change)


def _again(creator: Creator) -> Updater:
    """Return an updater that creates the resource again, for types that are put as a whole."""

    def updated(context: Context, _present: Created, change: Change) -> Created:
        return creator(context, Properties(deepcopy(change.new)))

    return updated


def _changed(change: Change, *known: str, removable: tuple[str, ...] = ()) -> Properties:
    """Return the new values of the changed properties. Refuse unknown and removed ones."""
    idle = IDLE.get(change.kind, ())
    there = {*change.new, *removable}
    for name in sorted(change.names.difference(idle)):
        if name not in known or name not in there:
            raise NotSupportedByTwin(f"a change of {change.kind}.{name}")
    return Properties(deepcopy({n: change.new[n] for n in change.names if n in change.new}))


# --- Lambda

_CONFIGURATION = (
    *("Description", "Environment", "EphemeralStorage", "Handler", "Layers", "LoggingConfig"),
    *("MemorySize", "Role", "Runtime", "Timeout", "TracingConfig"),
)


def _function(context: Context, present: Created, change: Change) -> Created:
    _changed(change, "Architectures", "Code", *_CONFIGURATION)
    client, name = context.client("lambda"), present.physical_id
    new = Properties(deepcopy(change.new))
    client.update_function_configuration(FunctionName=name, **new.some(*_CONFIGURATION))
    if change.names & {"Architectures", "Code"}:
        code = change.new["Code"]
        client.update_function_code(FunctionName=name, **code, **new.some("Architectures"))
    remember_code(context, name, change.new)
    return present


def _alias(context: Context, present: Created, change: Change) -> Created:
    changed = _changed(change, "Description", "FunctionVersion")
    context.client("lambda").update_alias(
        FunctionName=change.new["FunctionName"],
        Name=change.new["Name"],
        **changed.some("Description", "FunctionVersion"),
    )
    return present


# --- roles and state machines


def _role(context: Context, present: Created, change: Change) -> Created:
    boundary = ("PermissionsBoundary",)
    _changed(change, "Policies", *boundary, removable=boundary)
    client, name = context.client("iam"), present.physical_id
    if "PermissionsBoundary" in change.new:
        arn = change.new["PermissionsBoundary"]
        client.put_role_permissions_boundary(RoleName=name, PermissionsBoundary=arn)
    elif "PermissionsBoundary" in change.old:
        client.delete_role_permissions_boundary(RoleName=name)
    before, after = (
        {p["PolicyName"]: p for p in _policies(each)} for each in (change.old, change.new)
    )
    for policy in after.values():
        put_policy(client, name, policy["PolicyName"], policy["PolicyDocument"])
    for gone in before.keys() - after.keys():
        client.delete_role_policy(RoleName=name, PolicyName=gone)
    return present


def _policies(role: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return list(role.get("Policies", []))


def _state_machine(context: Context, present: Created, change: Change) -> Created:
    """AWS: running executions keep the definition and the role that they started with."""
    known = ("DefinitionS3Location", "DefinitionString", "DefinitionSubstitutions", "RoleArn")
    _changed(change, *known, "LoggingConfiguration", "TracingConfiguration")
    new = Properties(deepcopy(change.new))
    settings = lower_camel(new.some("LoggingConfiguration", "TracingConfiguration"))
    context.client("stepfunctions").update_state_machine(
        stateMachineArn=present.physical_id,
        definition=definition_of(context, new),
        roleArn=new.need("RoleArn"),
        **settings,
    )
    return present


# --- storage


def _table(context: Context, present: Created, change: Change) -> Created:
    known = ("BillingMode", "PointInTimeRecoverySpecification", "SSESpecification")
    changed = _changed(change, *known, "DeletionProtectionEnabled")
    client, name = context.client("dynamodb"), present.physical_id
    recovery = changed.take("PointInTimeRecoverySpecification")
    if recovery is not None:
        client.update_continuous_backups(TableName=name, PointInTimeRecoverySpecification=recovery)
    fields = {
        **encryption(changed.take("SSESpecification")),
        **changed.some("BillingMode", "DeletionProtectionEnabled"),
    }
    if fields:
        client.update_table(TableName=name, **fields)
    return present


def _bucket(context: Context, present: Created, change: Change) -> Created:
    known = ("BucketEncryption", "OwnershipControls", "PublicAccessBlockConfiguration")
    changed = _changed(change, *known, "VersioningConfiguration")
    bucket_settings(context.client("s3"), present.physical_id, changed)
    return present


def _topic(context: Context, present: Created, change: Change) -> Created:
    _changed(change, "DisplayName", "KmsMasterKeyId", removable=("KmsMasterKeyId",))
    texts = attribute_texts({name: change.new.get(name, "") for name in change.names})
    for name, value in texts.items():
        context.client("sns").set_topic_attributes(
            TopicArn=present.physical_id, AttributeName=name, AttributeValue=value
        )
    return present


def _queue(context: Context, present: Created, change: Change) -> Created:
    """A queue has one of two encryptions, so that a change removes one and adds the other."""
    either = ("KmsMasterKeyId", "SqsManagedSseEnabled")
    _changed(change, *QUEUE_ATTRIBUTES, removable=either)
    texts = attribute_texts({n: change.new[n] for n in change.names if n in change.new})
    context.client("sqs").set_queue_attributes(QueueUrl=present.physical_id, Attributes=texts)
    return present


def _log_group(context: Context, present: Created, change: Change) -> Created:
    changed = _changed(change, "KmsKeyId", "RetentionInDays", removable=("KmsKeyId",))
    name = present.physical_id
    if "KmsKeyId" in changed:
        group = context.arn("logs", f"log-group:{name}")
        keys.must_let_logs_in(changed.need("KmsKeyId"), group)
    if "RetentionInDays" in changed:
        days = changed.need("RetentionInDays")
        context.client("logs").put_retention_policy(logGroupName=name, retentionInDays=days)
    return present


def _parameter(context: Context, present: Created, change: Change) -> Created:
    _changed(change, "AllowedPattern", "Description", "Tier", "Type", "Value")
    new: dict[str, Any] = {n: v for n, v in change.new.items() if n not in ("Name", "Tags")}
    check_pattern(present.physical_id, new["Value"], new.get("AllowedPattern"))
    context.client("ssm").put_parameter(Name=present.physical_id, Overwrite=True, **new)
    return Created(present.physical_id, {**present.attributes, "Value": change.new["Value"]})


def _rule(context: Context, present: Created, change: Change) -> Created:
    """Put the rule again and remove old targets, because PutRule keeps the targets."""
    before, after = ({t["Id"] for t in p.get("Targets", [])} for p in (change.old, change.new))
    if gone := sorted(before - after):
        bus = {n: v for n, v in change.new.items() if n == "EventBusName"}
        context.client("events").remove_targets(Rule=present.physical_id, Ids=gone, **bus)
    return _again(_CONTROL["AWS::Events::Rule"])(context, present, change)


UPDATERS: dict[str, Updater] = {
    "AWS::CloudWatch::Alarm": _again(_CONTROL["AWS::CloudWatch::Alarm"]),
    "AWS::DynamoDB::Table": _table,
    "AWS::Events::Rule": _rule,
    "AWS::IAM::Role": _role,
    "AWS::Lambda::Alias": _alias,
    "AWS::Lambda::EventInvokeConfig": _again(_LAMBDA["AWS::Lambda::EventInvokeConfig"]),
    "AWS::Lambda::Function": _function,
    "AWS::Logs::LogGroup": _log_group,
    "AWS::S3::Bucket": _bucket,
    "AWS::S3::BucketPolicy": _again(_STORAGE["AWS::S3::BucketPolicy"]),
    "AWS::SNS::Topic": _topic,
    "AWS::SNS::TopicPolicy": _again(_STORAGE["AWS::SNS::TopicPolicy"]),
    "AWS::SQS::Queue": _queue,
    "AWS::SQS::QueuePolicy": _again(_STORAGE["AWS::SQS::QueuePolicy"]),
    "AWS::SSM::Parameter": _parameter,
    "AWS::StepFunctions::StateMachine": _state_machine,
}
