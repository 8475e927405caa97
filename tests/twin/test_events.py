"""How events reach the targets of rules."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.twin.stack_bench import PACKAGE, Stack, refused, stack
from twin.core.hooks import NotSupportedByTwin

ALARM = ("aws.cloudwatch", "CloudWatch Alarm State Change")


@pytest.fixture
def aws() -> Iterator[Stack]:
    with stack() as deployed:
        yield deployed


def alarm_event(aws: Stack, name: str = "errors") -> None:
    aws.events.emit(*ALARM, {"alarmName": name, "state": {"value": "ALARM"}}, [])


def put(aws: Stack, **entry: Any) -> Any:
    complete = {"Source": "shop", "DetailType": "Sale", "Detail": "{}", **entry}
    return aws.client("events").put_events(Entries=[complete])


def let_everything_arrive(aws: Stack, seconds: float = 1.0) -> None:
    aws.clock.advance(seconds)


def test_an_approval_starts_the_state_machine_with_the_transformed_input(aws: Stack) -> None:
    aws.package_event()
    let_everything_arrive(aws)
    expected = {
        "action": "release",
        "model_package_arn": PACKAGE,
        "approved_at": "2024-01-01T00:00:00Z",
    }
    assert aws.started() == [expected]


def test_two_events_start_two_executions(aws: Stack) -> None:
    aws.package_event()
    aws.package_event()
    let_everything_arrive(aws)
    assert len(aws.started()) == 2


def test_a_metadata_change_of_an_approved_package_starts_nothing(aws: Stack) -> None:
    aws.package_event(UpdatedModelPackageFields=["CustomerMetadataProperties"])
    let_everything_arrive(aws)
    assert aws.started() == []


def test_a_function_receives_the_whole_envelope_through_its_alias(aws: Stack) -> None:
    alarm_event(aws)
    let_everything_arrive(aws)
    [(function, event)] = aws.invocations
    assert function == f"{aws.physical('HaltFunction')}:live"
    assert event["time"].endswith("Z")
    assert set(event) == {
        *("version", "id", "detail-type", "source", "account"),
        *("time", "region", "resources", "detail"),
    }


def test_an_event_that_no_rule_wants_is_published_all_the_same(aws: Stack) -> None:
    alarm_event(aws, "TargetTracking-1")
    let_everything_arrive(aws)
    assert [event["detail"]["alarmName"] for event in aws.events.published] == ["TargetTracking-1"]
    assert aws.invocations == []


def test_a_disabled_rule_sends_nothing(aws: Stack) -> None:
    aws.client("events").disable_rule(Name=aws.physical("HaltFunctionAlarm"))
    alarm_event(aws)
    let_everything_arrive(aws)
    assert aws.invocations == []


def test_the_schedule_runs_every_fifteen_minutes_with_its_own_input(aws: Stack) -> None:
    aws.clock.advance(45 * 60 + 1)
    assert [payload for _, payload in aws.invocations] == [{"action": "sweep"}] * 3


def test_a_throttled_delivery_is_tried_again(aws: Stack) -> None:
    aws.events.throttle("HaltFunction", times=3)
    alarm_event(aws)
    let_everything_arrive(aws, 6)
    assert aws.invocations == []
    let_everything_arrive(aws, 2)
    assert len(aws.invocations) == 1


def test_a_delivery_that_never_succeeds_ends_in_the_dead_letter_queue(aws: Stack) -> None:
    aws.events.throttle("HaltFunction", times=100)
    alarm_event(aws)
    let_everything_arrive(aws, 3600)
    [message] = aws.messages("UndeliveredEvents")
    notes = {name: each["StringValue"] for name, each in message["MessageAttributes"].items()}
    assert json.loads(message["Body"])["detail"]["alarmName"] == "errors"
    assert notes["ERROR_CODE"] == "THROTTLING"
    assert notes["EXHAUSTED_RETRY_CONDITION"] == "MaximumRetryAttempts"
    assert notes["RETRY_ATTEMPTS"] == "10"
    assert notes["TARGET_ARN"].endswith(":live")
    assert notes["RULE_ARN"].endswith(aws.physical("HaltFunctionAlarm"))


def test_a_target_that_is_gone_is_not_tried_again(aws: Stack) -> None:
    aws.client("lambda").delete_function(FunctionName=aws.physical("HaltFunction"))
    alarm_event(aws)
    let_everything_arrive(aws)
    [message] = aws.messages("UndeliveredEvents")
    assert message["MessageAttributes"]["ERROR_CODE"]["StringValue"] == "NO_RESOURCE"
    assert message["MessageAttributes"]["RETRY_ATTEMPTS"]["StringValue"] == "0"


def test_a_function_without_a_permission_for_the_rule_is_not_invoked(aws: Stack) -> None:
    aws.client("lambda").remove_permission(
        FunctionName=aws.physical("HaltFunction"),
        Qualifier="1",
        StatementId=aws.physical("HaltFunctionAlarmPermission"),
    )
    alarm_event(aws)
    let_everything_arrive(aws)
    assert aws.invocations == []
    [message] = aws.messages("UndeliveredEvents")
    assert message["MessageAttributes"]["ERROR_CODE"]["StringValue"] == "NO_PERMISSIONS"


def test_a_rule_role_that_may_not_start_the_machine_starts_nothing(aws: Stack) -> None:
    aws.permissions.enabled = True
    role = aws.physical("ReleaseStateMachineApprovedRole")
    [policy] = aws.client("iam").list_role_policies(RoleName=role)["PolicyNames"]
    aws.client("iam").delete_role_policy(RoleName=role, PolicyName=policy)
    aws.package_event()
    let_everything_arrive(aws)
    assert aws.started() == []
    [message] = aws.messages("UndeliveredEvents")
    assert message["MessageAttributes"]["ERROR_CODE"]["StringValue"] == "NO_PERMISSIONS"


def test_a_rule_role_that_events_may_not_assume_starts_nothing(aws: Stack) -> None:
    role = aws.physical("ReleaseStateMachineApprovedRole")
    other = aws.client("iam").get_role(RoleName=aws.physical("HaltFunctionRole"))["Role"]
    trust = json.dumps(other["AssumeRolePolicyDocument"])
    aws.client("iam").update_assume_role_policy(RoleName=role, PolicyDocument=trust)
    aws.package_event()
    let_everything_arrive(aws)
    assert aws.started() == []
    [message] = aws.messages("UndeliveredEvents")
    assert message["MessageAttributes"]["ERROR_CODE"]["StringValue"] == "NO_PERMISSIONS"


def test_a_rule_role_with_its_permission_starts_the_machine(aws: Stack) -> None:
    aws.permissions.enabled = True
    aws.package_event()
    let_everything_arrive(aws)
    assert len(aws.started()) == 1


def test_a_dead_letter_queue_that_lets_nobody_in_loses_the_event(aws: Stack) -> None:
    queue = aws.physical("UndeliveredEvents")
    aws.client("sqs").set_queue_attributes(QueueUrl=queue, Attributes={"Policy": ""})
    aws.client("lambda").delete_function(FunctionName=aws.physical("HaltFunction"))
    alarm_event(aws)
    let_everything_arrive(aws)
    [lost] = aws.events.lost
    assert "NO_RESOURCE" in lost.reason


def test_events_of_aws_services_cannot_be_put(aws: Stack) -> None:
    answer = put(aws, Source="aws.sagemaker")
    assert answer["FailedEntryCount"] == 1
    assert answer["Entries"][0]["ErrorCode"] == "NotAuthorizedForSourceException"
    assert aws.events.published == []


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        pytest.param({"Detail": "{"}, "MalformedDetail", id="no-json"),
        pytest.param({"Detail": "[]"}, "MalformedDetail", id="no-object"),
        pytest.param({"DetailType": ""}, "InvalidArgument", id="no-detail-type"),
        pytest.param({"DetailType": "x" * 129}, "InvalidArgument", id="long-detail-type"),
    ],
)
def test_a_bad_entry_fails_alone(aws: Stack, entry: dict[str, str], code: str) -> None:
    assert put(aws, **entry)["Entries"] == [
        {"ErrorCode": code, "ErrorMessage": put(aws, **entry)["Entries"][0]["ErrorMessage"]}
    ]


def test_a_megabyte_is_too_much(aws: Stack) -> None:
    with pytest.raises(ClientError, match="too large"):
        put(aws, Detail=json.dumps({"text": "x" * 1024 * 1024}))


def test_an_event_of_our_own_reaches_rules(aws: Stack) -> None:
    aws.client("events").put_rule(Name="sales", EventPattern='{"source": ["shop"]}')
    queue = aws.physical("UndeliveredEvents")
    arn = f"arn:aws:sqs:eu-west-1:123456789012:{queue.rsplit('/', 1)[-1]}"
    aws.client("events").put_targets(Rule="sales", Targets=[{"Id": "1", "Arn": arn}])
    put(aws)
    let_everything_arrive(aws)
    assert json.loads(aws.messages("UndeliveredEvents")[0]["Body"])["detail-type"] == "Sale"


def test_weather_loses_repeats_and_delays_what_services_say(aws: Stack) -> None:
    aws.events.weather.drop(*ALARM, times=1)
    alarm_event(aws)
    let_everything_arrive(aws)
    assert aws.invocations == []

    aws.events.weather.duplicate(*ALARM, copies=2)
    aws.events.weather.delay("aws.cloudwatch", seconds=60)
    alarm_event(aws)
    let_everything_arrive(aws, 59)
    assert aws.invocations == []
    let_everything_arrive(aws, 5)
    assert len({event["id"] for _, event in aws.invocations}) == 3


def test_weather_strikes_only_what_it_is_meant_for(aws: Stack) -> None:
    aws.events.weather.drop(*ALARM, where=lambda detail: detail["alarmName"] == "other")
    alarm_event(aws)
    let_everything_arrive(aws)
    assert len(aws.invocations) == 1


@pytest.mark.parametrize(
    "pattern", ['{"source": [{"regex": "x"}]}', "{}", '{"source": "x"}', "no json"]
)
def test_a_rule_with_a_bad_pattern_is_refused(aws: Stack, pattern: str) -> None:
    put_rule = aws.client("events").put_rule
    assert refused(put_rule, Name="r", EventPattern=pattern) == "InvalidEventPatternException"


@pytest.mark.parametrize("expression", ["rate(1 minutes)", "rate(5 minute)", "rate(0 hours)"])
def test_a_rule_with_a_bad_schedule_is_refused(aws: Stack, expression: str) -> None:
    put_rule = aws.client("events").put_rule
    assert refused(put_rule, Name="r", ScheduleExpression=expression) == "ValidationException"


def test_cron_stops_the_twin(aws: Stack) -> None:
    with pytest.raises(NotSupportedByTwin, match="cron"):
        aws.client("events").put_rule(Name="r", ScheduleExpression="cron(0 12 * * ? *)")


@pytest.mark.parametrize(
    "target",
    [
        pytest.param({"Arn": "arn:aws:sns:eu-west-1:123456789012:topic"}, id="another-service"),
        pytest.param(
            {
                "Arn": "arn:aws:sqs:eu-west-1:123456789012:queue",
                "SqsParameters": {"MessageGroupId": "1"},
            },
            id="another-field",
        ),
    ],
)
def test_a_target_the_twin_cannot_serve_stops_it(aws: Stack, target: dict[str, Any]) -> None:
    rule = aws.physical("HaltFunctionAlarm")
    with pytest.raises(NotSupportedByTwin):
        aws.client("events").put_targets(Rule=rule, Targets=[{"Id": "x", **target}])


def test_a_state_machine_target_needs_a_role(aws: Stack) -> None:
    machine = aws.deployment.outputs["ReleaseStateMachineArn"]
    put_targets = aws.client("events").put_targets
    target = {"Id": "x", "Arn": machine}
    rule = aws.physical("HaltFunctionAlarm")
    assert refused(put_targets, Rule=rule, Targets=[target]) == "ValidationException"
