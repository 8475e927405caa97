"""Which events reach whom: approvals start, stamps do not loop, edits are looked at."""

import json
from typing import Any

import pytest

from penstock.entries.package_event import PackageChanged
from tests.field.desk import case
from tests.worlds.deployed import ROOT, of_type, pattern
from twin.eventbridge.event_pattern import compile_pattern

RULES = {
    "review": "ReviewPackageFunctionReview",
    "start": "ReleaseStateMachineStart",
    "revoke": "HaltReleaseFunctionRevoke",
}
EVENTS = case("events_of_packages")["events"]


def event(each: dict[str, Any]) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((ROOT / "events" / "package_registered.json").read_text())
    detail = document["detail"] | {"ModelApprovalStatus": each["approval"]}
    detail |= {"ModelPackageStatus": each.get("status", "Completed")}
    detail.pop("UpdatedModelPackageFields", None)
    if "fields" in each:
        detail["UpdatedModelPackageFields"] = each["fields"]
    return document | {"detail": detail}


@pytest.mark.parametrize("each", EVENTS, ids=lambda each: each["is"])
def test_it_reaches_whom_it_concerns(each: dict[str, Any]) -> None:
    rules = of_type("AWS::Events::Rule")
    caught = [
        name for name, rule in RULES.items() if compile_pattern(pattern(rules[rule]))(event(each))
    ]
    assert caught == each["reaches"]


@pytest.mark.parametrize("each", EVENTS, ids=lambda each: each["is"])
def test_the_function_behind_the_rule_does_not_drop_it(each: dict[str, Any]) -> None:
    changed = PackageChanged.model_validate(event(each))
    if "review" in each["reaches"]:
        assert changed.concerns_review
    if "revoke" in each["reaches"] or "start" in each["reaches"]:
        assert changed.concerns_approval
