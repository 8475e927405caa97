"""Creates roles, rules, state machines and alarms."""

import json
import re
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from twin.deploy.resources import Context, Created, Creator, Properties, tags_as_list
from twin.iam.managed_policies import ensure_managed_policy
from twin.iam.policy_language import check

_LARGEST_INLINE = 10_240  # characters of all inline policies of a role
_PLACEHOLDER = re.compile(r"\$\{([A-Za-z0-9_]+)\}")


def _role(context: Context, properties: Properties) -> Created:
    name = context.name(64, properties.take("RoleName"))
    client = context.client("iam")
    role = client.create_role(
        RoleName=name,
        AssumeRolePolicyDocument=json.dumps(properties.need("AssumeRolePolicyDocument")),
        Tags=tags_as_list(properties.take("Tags", [])),
        **_boundary(context, properties),
        **properties.some("Description", "MaxSessionDuration", "Path"),
    )["Role"]
    policies = properties.take("Policies", [])
    if _size(policies) > _LARGEST_INLINE:
        raise ValueError(f"Maximum policy size of {_LARGEST_INLINE} bytes exceeded for role {name}")
    for policy in policies:
        put_policy(client, name, policy["PolicyName"], policy["PolicyDocument"])
    for managed in properties.take("ManagedPolicyArns", []):
        ensure_managed_policy(context.account, managed)
        client.attach_role_policy(RoleName=name, PolicyArn=managed)
    return Created(name, {"Arn": role["Arn"], "RoleId": role["RoleId"]})


def _size(policies: list[Mapping[str, Any]]) -> int:
    """Return the size of policies as IAM counts it, without white space."""
    return sum(len("".join(json.dumps(policy["PolicyDocument"]).split())) for policy in policies)


def _boundary(context: Context, properties: Properties) -> dict[str, str]:
    """AWS: a boundary that does not exist is refused. moto accepts any."""
    arn = properties.take("PermissionsBoundary")
    if arn is None:
        return {}
    try:
        context.client("iam").get_policy(PolicyArn=arn)
    except ClientError as error:
        raise ValueError(f"Scope ARN: {arn} does not exist or is not attachable.") from error
    return {"PermissionsBoundary": arn}


def put_policy(client: Any, role: str, name: str, document: Mapping[str, Any]) -> None:
    """Add an inline policy to a role, or replace it."""
    check(document)
    # AWS: a document without Version has the version of 2008. moto requires it.
    versioned = {"Version": "2012-10-17", **document}
    client.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(versioned))


def _policy(context: Context, properties: Properties) -> Created:
    name, document = properties.need("PolicyName"), properties.need("PolicyDocument")
    for role in properties.need("Roles"):
        put_policy(context.client("iam"), role, name, document)
    return Created(name)


def _managed_policy(context: Context, properties: Properties) -> Created:
    client = context.client("iam")
    document = properties.need("PolicyDocument")
    check(document)
    arn = client.create_policy(
        PolicyName=context.name(128, properties.take("ManagedPolicyName")),
        PolicyDocument=json.dumps(document),
        **properties.some("Description", "Path"),
    )["Policy"]["Arn"]
    for role in properties.take("Roles", []):
        client.attach_role_policy(RoleName=role, PolicyArn=arn)
    return Created(arn, {"PolicyArn": arn})


def _rule(context: Context, properties: Properties) -> Created:
    name = context.name(64, properties.take("Name"))
    bus = properties.some("EventBusName")
    targets = properties.take("Targets", [])
    pattern = properties.take("EventPattern")
    client = context.client("events")
    arn = client.put_rule(
        Name=name,
        Tags=tags_as_list(properties.take("Tags", [])),
        **bus,
        **({} if pattern is None else {"EventPattern": _as_text(pattern)}),
        **properties.some("Description", "RoleArn", "ScheduleExpression", "State"),
    )["RuleArn"]
    if targets:
        client.put_targets(Rule=name, Targets=targets, **bus)
    return Created(name, {"Arn": arn})


def _as_text(pattern: Any) -> str:
    """AWS: a pattern may be JSON text, because a template cannot contain null."""
    return pattern if isinstance(pattern, str) else json.dumps(pattern)


def _state_machine(context: Context, properties: Properties) -> Created:
    name = context.name(80, properties.take("StateMachineName"))
    logging = properties.some("LoggingConfiguration", "TracingConfiguration")
    arn = context.client("stepfunctions").create_state_machine(
        name=name,
        definition=definition_of(context, properties),
        roleArn=properties.need("RoleArn"),
        tags=[
            {"key": tag["Key"], "value": tag["Value"]}
            for tag in tags_as_list(properties.take("Tags", []))
        ],
        **properties.some(StateMachineType="type"),
        **lower_camel(logging),
    )["stateMachineArn"]
    return Created(arn, {"Arn": arn, "Name": name})


def definition_of(context: Context, properties: Properties) -> str:
    """Return the definition of a state machine after its substitutions."""
    substitutions = properties.take("DefinitionSubstitutions", {})
    location = properties.take("DefinitionS3Location")
    if location is not None:
        text = context.artefacts[location["Key"]].read_text()
    elif (inline := properties.take("Definition")) is not None:
        text = json.dumps(inline)
    else:
        text = properties.need("DefinitionString")
    return substitute(text, substitutions)


def substitute(definition: str, substitutions: Mapping[str, Any]) -> str:
    """Replace `${Name}` of the named substitutions only.

    Other placeholders are refused, because AWS would leave them as they are.
    """
    text = definition
    for name, value in substitutions.items():
        text = text.replace("${" + name + "}", str(value))
    left = _PLACEHOLDER.search(text)
    if left:
        raise ValueError(f"the definition's placeholder {left[0]} is not substituted")
    return text


def lower_camel(value: Any) -> Any:
    """Return a value with Step Functions' lowerCamelCase names for CloudFormation's UpperCamel."""
    if isinstance(value, list):
        return [lower_camel(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {name[0].lower() + name[1:]: lower_camel(each) for name, each in value.items()}


def _alarm(context: Context, properties: Properties) -> Created:
    name = context.name(255, properties.take("AlarmName"))
    tags = tags_as_list(properties.take("Tags", []))
    context.client("cloudwatch").put_metric_alarm(
        AlarmName=name,
        **({"Tags": tags} if tags else {}),
        **properties.some("ActionsEnabled", "AlarmActions", "AlarmDescription"),
        **properties.some("ComparisonOperator", "DatapointsToAlarm", "Dimensions"),
        **properties.some("EvaluateLowSampleCountPercentile", "EvaluationPeriods"),
        **properties.some("ExtendedStatistic", "InsufficientDataActions", "MetricName"),
        **properties.some("Metrics", "Namespace", "OKActions", "Period", "Statistic"),
        **properties.some("Threshold", "ThresholdMetricId", "TreatMissingData", "Unit"),
    )
    return Created(name, {"Arn": context.arn("cloudwatch", f"alarm:{name}")})


CREATORS: dict[str, Creator] = {
    "AWS::CloudWatch::Alarm": _alarm,
    "AWS::Events::Rule": _rule,
    "AWS::IAM::ManagedPolicy": _managed_policy,
    "AWS::IAM::Policy": _policy,
    "AWS::IAM::Role": _role,
    "AWS::StepFunctions::StateMachine": _state_machine,
}
