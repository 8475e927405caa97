"""The sample events: each is caught by the rules that are meant for it, and by no other."""

import json
from typing import Any

import pytest
from pydantic import ValidationError

from penstock.domain.execution.request import Request, parse_request
from penstock.domain.kinds.realtime_series import PUBLISHED
from penstock.domain.ledger import naming
from penstock.domain.planning.checks import checks
from penstock.domain.policy.judge import JudgeSection
from penstock.entries.contracts import (
    AlarmChanged,
    ExecutionEnded,
    GroupDue,
    PlaceDue,
    ReconcileDue,
    SweepDue,
)
from tests.worlds.deployed import ROOT, of_type, pattern
from twin.eventbridge.event_input import Origin, compile_input
from twin.eventbridge.event_pattern import compile_pattern

EVENTS = ROOT / "events"
ARN = "arn:aws:sagemaker:eu-west-1:123456789012:model-package/churn/7"
CAUGHT_BY: dict[str, set[str]] = {
    "alarm_fired": {"HaltReleaseFunctionAlarm"},
    "execution_ended": {"ReconcileFunctionEnded"},
    "package_approved": {"ReleaseStateMachineStart"},
    "package_metadata_only": set(),
    "package_registered": {"ReviewPackageFunctionReview"},
    "package_rejected": {"HaltReleaseFunctionRevoke"},
    "sweep_due": set(),  # a schedule makes it, no pattern
    "place_due": set(),  # the sweep invokes the function itself
    "group_due": set(),
}
STARTS = {
    "start_answer",
    "start_despite_quarantine",
    "start_dry_run",
    "start_release",
    "start_rollback",
}


def event(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text())
    return document


def caught(document: dict[str, Any]) -> set[str]:
    rules = {n: r for n, r in of_type("AWS::Events::Rule").items() if "EventPattern" in r}
    return {name for name, rule in rules.items() if compile_pattern(pattern(rule))(document)}


def test_every_sample_is_held_against_the_rules() -> None:
    assert {file.stem for file in EVENTS.iterdir()} == set(CAUGHT_BY) | STARTS


@pytest.mark.parametrize("name", CAUGHT_BY)
def test_an_event_is_caught_by_its_rules_alone(name: str) -> None:
    assert caught(event(name)) == CAUGHT_BY[name]


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("alarm_fired", {"alarmName": "TargetTracking-endpoint/churn/variant/live-AlarmHigh"}),
        ("alarm_fired", {"state": {"value": "OK"}}),
        ("alarm_fired", {"state": {"value": "INSUFFICIENT_DATA"}}),
        ("execution_ended", {"status": "SUCCEEDED"}),
        ("execution_ended", {"stateMachineArn": f"{ARN}-of-somebody-else"}),
        ("package_approved", {"ModelPackageStatus": "InProgress"}),
        ("package_approved", {"UpdatedModelPackageFields": ["CustomerMetadataProperties"]}),
        ("package_rejected", {"UpdatedModelPackageFields": ["ModelLifeCycle"]}),
        ("package_registered", {"ModelPackageStatus": "Failed"}),
    ],
)
def test_what_is_none_of_our_business_is_caught_by_no_rule(
    name: str, change: dict[str, Any]
) -> None:
    document = event(name)
    document["detail"] |= change
    assert caught(document) == set()


def test_an_approval_becomes_a_request() -> None:
    (target,) = of_type("AWS::Events::Rule")["ReleaseStateMachineStart"]["Targets"]
    shape = compile_input({"InputTransformer": target["InputTransformer"]})
    text = shape(event("package_approved"), Origin("start", "arn", "2026-03-02T09:15:10Z"))
    request = parse_request(json.loads(text))
    assert (request.action, request.model_package_arn) == ("release", ARN)
    assert request.approved_at == 1_772_442_909_000


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "start_release",
            Request(
                action="release",
                model_package_arn=ARN,
                reason="second try after the outage of 2 March",
            ),
        ),
        (
            "start_answer",
            Request(
                action="answer",
                endpoint="churn",
                release_id="4be1c09f2a",
                gate="before_promotion",
                approve=True,
                by="ana",
                note="the scores of the last hour look right",
            ),
        ),
        (
            "start_despite_quarantine",
            Request(
                action="release",
                model_package_arn=ARN.replace("/7", "/8"),
                despite_quarantine=True,
                reason="the alarm of 2 March was the payment provider's outage, not the model",
            ),
        ),
        (
            "start_dry_run",
            Request(
                action="release",
                model_package_arn=ARN,
                policy={"rollout": {"strategy": "all_at_once"}},
                dry_run=True,
            ),
        ),
        (
            "start_rollback",
            Request(action="rollback", endpoint="churn", reason="support ticket 4711"),
        ),
    ],
)
def test_a_manual_start_is_a_request(name: str, expected: Request) -> None:
    assert parse_request(event(name)) == expected
    assert not expected.automatic


def test_the_alarm_is_one_that_a_release_makes() -> None:
    detail = event("alarm_fired")["detail"]
    queries = {each["id"]: each for each in detail["configuration"]["metrics"]}
    dimensions = queries["all"]["metricStat"]["metric"]["dimensions"]
    config = dimensions["EndpointConfigName"]
    (made,) = checks("churn", "candidate", config, JudgeSection(), "candidate", PUBLISHED)
    assert naming.is_on_the_way("churn", config)
    assert detail["alarmName"] == made.name
    assert detail["configuration"]["description"] == made.description
    sums = {n: q["metricStat"]["metric"]["name"] for n, q in queries.items() if "metricStat" in q}
    assert sums == {name: each.metric for name, each in made.series.items()}
    formulas = [(n, q["expression"]) for n, q in queries.items() if "expression" in q]
    assert formulas == list(made.formulas.items())
    assert dimensions == dict(made.series["all"].dimensions)


@pytest.mark.parametrize("timestamp", ["", "yesterday", "2026-03-02T09:41:40", 1772442909000])
def test_an_alarm_that_fired_at_no_known_moment_is_malformed(timestamp: object) -> None:
    document = event("alarm_fired")
    document["detail"]["state"]["timestamp"] = timestamp
    with pytest.raises(ValidationError):
        AlarmChanged.model_validate(document)


def test_the_functions_understand_their_events() -> None:
    alarm = AlarmChanged.model_validate(event("alarm_fired"))
    assert (alarm.detail.alarm_name, alarm.fires) == ("penstock-churn-errors", True)
    assert alarm.at == 1_772_444_500_989
    ended = ExecutionEnded.model_validate(event("execution_ended"))
    assert ended.detail.execution_arn == event("execution_ended")["resources"][0]
    assert SweepDue.model_validate(event("sweep_due")).source == "aws.events"


def test_what_the_sweep_hands_over_is_one_place_or_one_group() -> None:
    place, group = (ReconcileDue.model_validate(event(f"{n}_due")) for n in ("place", "group"))
    assert isinstance(place.detail, PlaceDue)
    assert place.detail.key == "churn"
    assert group.detail == GroupDue(group="churn")


@pytest.mark.parametrize(
    "detail",
    [
        {},
        {"key": ""},
        {"group": ""},
        {"key": "churn", "group": "churn"},
        {"key": "churn", "more": 1},
    ],
)
def test_a_hand_over_of_nothing_or_of_two_things_is_malformed(detail: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        ReconcileDue.model_validate({**event("place_due"), "detail": detail})
