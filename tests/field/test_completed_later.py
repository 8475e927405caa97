"""Registered before it is complete: it waits, and is reviewed once it is."""

import json

import pytest

from penstock.entries.package_event import PackageChanged
from tests.field.desk import Desk, case
from tests.worlds.deployed import ROOT

EARLY = [
    "specification_added_later",
    "report_and_specification_added_later",
    "registration_under_way",
]


def early(name: str) -> Desk:
    found = case(name)
    for uri in found.get("uploaded_later", ()):
        del found["objects"][uri]
    return Desk(found)


@pytest.mark.parametrize("name", EARLY)
def test_it_is_never_rejected_for_being_early(name: str) -> None:
    desk = early(name)
    assert desk.review() == "no_verdict"
    desk.clock.advance(3600)
    assert desk.sweep() == ["no_verdict"]
    assert (desk.approval, desk.told) == ("PendingManualApproval", [])


@pytest.mark.parametrize("days", [0, 3])
@pytest.mark.parametrize("name", EARLY)
def test_it_is_reviewed_when_the_event_of_its_completion_comes(name: str, days: int) -> None:
    desk, found = early(name), case(name)
    desk.review()
    for _ in range(days):
        desk.a_day_passes()
    desk.change(**found["then"])
    for uri in found.get("uploaded_later", ()):
        desk.reports.put(uri, found["objects"][uri].encode())
    assert desk.review() == "approved"


@pytest.mark.parametrize("name", EARLY)
def test_after_a_day_people_are_told_once(name: str) -> None:
    desk = early(name)
    desk.review()
    desk.a_day_passes()
    desk.a_day_passes()
    assert len(desk.told) == 1


@pytest.mark.parametrize("field", ["InferenceSpecification", "sourceUri"])
def test_the_event_of_the_edit_reaches_the_review(field: str) -> None:
    document = json.loads((ROOT / "events" / "package_registered.json").read_text())
    document["detail"]["UpdatedModelPackageFields"] = [field]
    assert PackageChanged.model_validate(document).concerns_review
