"""A person approves what could not be judged, as Attention Needed advises: the approval counts."""

import pytest

from tests.field.desk import Desk, case


@pytest.fixture
def desk() -> Desk:
    return Desk(case("report_that_is_never_uploaded"))


def test_after_a_day_people_are_told_what_they_can_do(desk: Desk) -> None:
    assert desk.review() == "no_verdict"
    desk.a_day_passes()
    (told,) = desk.told
    assert "approve or reject this one by hand" in told
    assert desk.approval == "PendingManualApproval"


@pytest.mark.parametrize("unreviewed", ["review", "accept", "refuse"])
@pytest.mark.parametrize("late", [False, True])
def test_the_approval_is_an_override(late: bool, unreviewed: str) -> None:
    found = case("report_that_is_never_uploaded")
    found["policy"]["approval"]["unreviewed"] = unreviewed
    desk = Desk(found)
    desk.review()
    if late:
        desk.a_day_passes()
    run = desk.approve_by_hand()
    assert (run.next, run.ending) == ("claim", None)


def test_the_override_is_recorded(desk: Desk) -> None:
    desk.review()
    desk.approve_by_hand()
    review = desk.reviews.remembered(desk.arn)
    assert review is not None
    assert (review.outcome, review.was_approved) == ("no_verdict", False)


def test_approved_before_anybody_looked_it_waits_for_its_verdict(desk: Desk) -> None:
    """Nobody overrode anything: the approval came first."""
    run = desk.approve_by_hand()
    assert run.ending is not None
    assert run.ending.ending == "nothing_to_do"
    assert desk.told == []
