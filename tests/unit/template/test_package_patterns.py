"""Every form of a package event against the rules' real patterns, by three implementations.

Ours is the twin's. `event-ruler` wraps a Go implementation by the inventor of EventBridge's own; it
is published for CPython 3.11 on Linux alone, and knows no `$or`, so patterns are given to it one
alternative at a time. moto's takes [] for a value, which EventBridge does not.
"""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.util import find_spec
from itertools import product
from typing import Any, NamedTuple

import pytest
from moto.events.models import EventPattern

from tests.worlds.deployed import of_type, pattern
from twin.core.account import ACCOUNT
from twin.eventbridge.event_pattern import compile_pattern

Event = dict[str, Any]
Matcher = Callable[[Any, Sequence[Event]], list[bool]]

LEFT_OUT = "left out"
NOTHING: tuple[Any, ...] = (LEFT_OUT, None, [])
APPROVAL, METADATA = "ModelApprovalStatus", "CustomerMetadataProperties"
FIELDS: tuple[Any, ...] = (
    *NOTHING,
    [APPROVAL],
    [METADATA],
    [METADATA, APPROVAL],
    ["ApprovalDescription", METADATA],
    ["ModelLifeCycle"],
    ["InferenceSpecification"],
    ["sourceUri"],
)
ACCOUNTS = (ACCOUNT, "210987654321")
STATUSES = ("Completed", "Pending", "InProgress", "Failed", "Deleting")
APPROVALS = ("Approved", "Rejected", "PendingManualApproval")


class Case(NamedTuple):
    """What differs from event to event."""

    fields: Any
    account: str
    status: str
    approval: str

    def event(self) -> Event:
        said = {} if self.fields == LEFT_OUT else {"UpdatedModelPackageFields": self.fields}
        return {
            "version": "0",
            "source": "aws.sagemaker",
            "detail-type": "SageMaker Model Package State Change",
            "account": self.account,
            "detail": {
                "ModelPackageArn": "arn:aws:sagemaker:eu-west-1:123456789012:model-package/churn/7",
                "ModelPackageStatus": self.status,
                "ModelApprovalStatus": self.approval,
                **said,
            },
        }


CASES = [Case(*each) for each in product(FIELDS, ACCOUNTS, STATUSES, APPROVALS)]


def created_or(case: Case, *edits: str) -> bool:
    """Nothing was updated, as far as the event says; or one of these was."""
    return case.fields in NOTHING or bool(set(case.fields) & set(edits))


def to_review(case: Case) -> bool:
    """Forwarded events are passed over by the function, with a line in its log."""
    edits = (APPROVAL, "InferenceSpecification", "sourceUri")
    return case.approval == "PendingManualApproval" and created_or(case, *edits)


def to_start(case: Case) -> bool:
    """No function stands before the state machine: another account's start no execution."""
    ours = case.account == ACCOUNT
    return ours and case.approval == "Approved" and created_or(case, APPROVAL)


def to_revoke(case: Case) -> bool:
    return case.approval == "Rejected" and created_or(case, APPROVAL)


MEANT: Mapping[str, Callable[[Case], bool]] = {
    "ReviewPackageFunctionReview": to_review,
    "ReleaseStateMachineStart": to_start,
    "HaltReleaseFunctionRevoke": to_revoke,
}


def by_the_twin(rule: Any, events: Sequence[Event]) -> list[bool]:
    matches = compile_pattern(rule)
    return [matches(event) for event in events]


def by_moto(rule: Any, events: Sequence[Event]) -> list[bool]:
    matcher = EventPattern.load(json.dumps(rule))
    asked: Any = matcher.matches_event  # its type wants a whole envelope
    return [bool(asked(event)) for event in events]


def by_event_ruler(rule: Any, events: Sequence[Event]) -> list[bool]:
    """In a process of its own: it brings Go's runtime, and changes the directory."""
    asked = json.dumps({"patterns": list(alternatives(rule)), "events": events})
    said = subprocess.run(  # noqa: S603  # our own lines, in our own Python
        [sys.executable, "-c", ASK], input=asked, capture_output=True, text=True, check=True
    )
    answers: list[bool] = json.loads(said.stdout)
    return answers


ASK = """
import json, sys
from event_ruler import test_event_pattern
asked = json.load(sys.stdin)
patterns = [json.dumps(each) for each in asked["patterns"]]
events = [json.dumps(each) for each in asked["events"]]
print(json.dumps([any(test_event_pattern(e, p) for p in patterns) for e in events]))
"""


def alternatives(rule: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Patterns without `$or`, of which one has to match."""
    detail = {name: part for name, part in rule["detail"].items() if name != "$or"}
    for each in rule["detail"].get("$or", [{}]):
        yield {**rule, "detail": {**detail, **each}}


HAS_RULER = find_spec("event_ruler") is not None
MATCHERS = [
    pytest.param(by_the_twin, id="twin"),
    pytest.param(by_moto, id="moto"),
    pytest.param(
        by_event_ruler,
        id="event-ruler",
        marks=pytest.mark.skipif(not HAS_RULER, reason="published for CPython 3.11 on Linux alone"),
    ),
]


@pytest.mark.parametrize("match", MATCHERS)
@pytest.mark.parametrize("name", MEANT)
def test_a_rule_matches_what_it_is_meant_for_and_nothing_else(name: str, match: Matcher) -> None:
    cases = [case for case in CASES if match is not by_moto or case.fields != []]
    rule = pattern(of_type("AWS::Events::Rule")[name])
    found = match(rule, [case.event() for case in cases])
    meant = [case.status == "Completed" and MEANT[name](case) for case in cases]
    wrong = [case for case, is_, was in zip(cases, found, meant, strict=True) if is_ != was]
    assert wrong == []
    assert any(found)


def test_no_event_has_two_meanings() -> None:
    rules = [by_the_twin(pattern(of_type("AWS::Events::Rule")[name]), EVENTS) for name in MEANT]
    assert all(sum(each) <= 1 for each in zip(*rules, strict=True))


EVENTS = [case.event() for case in CASES]
