"""What the template listens to, and what becomes of an event that goes astray."""

import json
from typing import Any

import pytest

from tests.worlds.deployed import BY_EVENT, of_type, pattern, resources
from twin.core.account import ACCOUNT

REVIEWED = ("ModelApprovalStatus", "InferenceSpecification", "sourceUri")


def created_or(*fields: str) -> dict[str, Any]:
    """AWS may say in three ways that nothing was updated; the third is [], too."""
    name = "UpdatedModelPackageFields"
    return {"$or": [{name: list(fields)}, {name: [None]}, {name: [{"exists": False}]}]}


MACHINE_ARN = "arn:aws:states:eu-west-1:123456789012:stateMachine:penstock-Release"


def package(approval: str, **more: object) -> dict[str, Any]:
    return {
        "source": ["aws.sagemaker"],
        "detail-type": ["SageMaker Model Package State Change"],
        "detail": {
            "ModelPackageStatus": ["Completed"],
            "ModelApprovalStatus": [approval],
            **more,
        },
    }


RULES: dict[str, tuple[str, object]] = {
    "ReviewPackageFunctionReview": (
        "ReviewPackageFunctionAliaslive",
        package("PendingManualApproval", **created_or(*REVIEWED)),
    ),
    "ReleaseStateMachineStart": (
        "ReleaseStateMachine",
        {"account": [ACCOUNT]} | package("Approved", **created_or("ModelApprovalStatus")),
    ),
    "HaltReleaseFunctionRevoke": (
        "HaltReleaseFunctionAliaslive",
        package("Rejected", **created_or("ModelApprovalStatus")),
    ),
    "HaltReleaseFunctionAlarm": (
        "HaltReleaseFunctionAliaslive",
        {
            "source": ["aws.cloudwatch"],
            "detail-type": ["CloudWatch Alarm State Change"],
            "detail": {
                "state": {"value": ["ALARM"]},
                "alarmName": [{"anything-but": {"prefix": "TargetTracking-"}}],
            },
        },
    ),
    "ReconcileFunctionEnded": (
        "ReconcileFunctionAliaslive",
        {
            "source": ["aws.states"],
            "detail-type": ["Step Functions Execution Status Change"],
            "detail": {
                "status": ["FAILED", "TIMED_OUT", "ABORTED"],
                "stateMachineArn": [MACHINE_ARN],
            },
        },
    ),
    "SweepFunctionDue": (
        "SweepFunctionAliaslive",
        {
            "Fn::If": [
                "EveryMinute",
                "rate(1 minute)",
                {"Fn::Sub": "rate(${SweepMinutes} minutes)"},
            ]
        },
    ),
}


def test_the_rules_are_these_and_no_others() -> None:
    found = {}
    for name, rule in of_type("AWS::Events::Rule").items():
        when = rule.get("ScheduleExpression") or pattern(rule)
        found[name] = [(target["Arn"]["Ref"], when) for target in rule["Targets"]]
    assert found == {name: [expected] for name, expected in RULES.items()}


def test_no_rule_is_switched_off_or_on_another_bus() -> None:
    for rule in of_type("AWS::Events::Rule").values():
        assert rule.get("State", "ENABLED") == "ENABLED"
        assert "EventBusName" not in rule


def test_an_approval_starts_an_execution_with_the_documented_input() -> None:
    (target,) = of_type("AWS::Events::Rule")["ReleaseStateMachineStart"]["Targets"]
    transformer = target["InputTransformer"]
    assert json.loads(transformer["InputTemplate"]) == {
        "action": "release",
        "model_package_arn": "<package>",
        "approved_at": "<approved_at>",
    }
    assert transformer["InputPathsMap"] == {
        "package": "$.detail.ModelPackageArn",
        "approved_at": "$.detail.LastModifiedTime",
    }


@pytest.mark.parametrize("rule", RULES)
def test_a_target_is_retried_for_a_day_and_then_kept(rule: str) -> None:
    (target,) = of_type("AWS::Events::Rule")[rule]["Targets"]
    assert target["RetryPolicy"] == {
        "MaximumRetryAttempts": 185,
        "MaximumEventAgeInSeconds": 86400,
    }
    assert target["DeadLetterConfig"] == {"Arn": {"Fn::GetAtt": ["DeadLetterQueue", "Arn"]}}


def test_events_may_be_put_into_the_dead_letter_queue_by_our_rules_alone() -> None:
    policy = resources()["DeadLetterQueuePolicy"]["Properties"]
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert policy["Queues"] == [{"Ref": "DeadLetterQueue"}]
    assert statement["Principal"] == {"Service": "events.amazonaws.com"}
    # Each by its ARN: CloudFormation cuts a long stack name in the names that it makes.
    named = statement["Condition"]["ArnEquals"]["aws:SourceArn"]
    assert sorted(each["Fn::GetAtt"][0] for each in named) == sorted(of_type("AWS::Events::Rule"))


@pytest.mark.parametrize("function", BY_EVENT)
def test_what_a_function_cannot_handle_is_kept(function: str) -> None:
    kept = resources()[f"{function}EventInvokeConfig"]["Properties"]
    assert kept["Qualifier"] == "live"
    assert kept["DestinationConfig"] == {
        "OnFailure": {"Destination": {"Fn::GetAtt": ["FailedEventsQueue", "Arn"]}}
    }


def test_every_function_that_events_call_is_among_them() -> None:
    permissions = of_type("AWS::Lambda::Permission").values()
    called = {(p["Principal"], p["FunctionName"]["Ref"]) for p in permissions}
    assert called == {("events.amazonaws.com", f"{name}Aliaslive") for name in BY_EVENT}


@pytest.mark.parametrize("queue", ["DeadLetterQueue", "FailedEventsQueue"])
def test_dead_letters_are_kept_for_two_weeks_and_somebody_is_told(queue: str) -> None:
    assert resources()[queue]["Properties"]["MessageRetentionPeriod"] == 14 * 86400
    alarm = resources()["UndeliveredEventsAlarm"]["Properties"]
    watched = [
        dimension["Value"]["Fn::GetAtt"][0]
        for metric in alarm["Metrics"]
        for dimension in metric.get("MetricStat", {}).get("Metric", {}).get("Dimensions", [])
    ]
    assert queue in watched
