"""Which releases keep an artefact and image in quarantine, and whom that refuses."""

from typing import Any

import pytest

from penstock.domain.ledger.quarantine import quarantining, why_not
from penstock.domain.ledger.record import ReleaseRecord

SAME = ("etag:a", "image:sha256:b")
BAD = "the alarm errors fired"


def record(release: str, **changes: Any) -> ReleaseRecord:
    """A release of version 2 that an alarm rolled back."""
    kept: dict[str, Any] = {
        "release": release,
        "state": "rolled_back",
        "package": "arn:churn/2",
        "approved_at": 1,
        "ended_at": 10,
        "made_of": SAME,
        "quarantine": BAD,
    }
    return ReleaseRecord(**kept | changes)


def found(*records: ReleaseRecord, made_of: tuple[str, ...] = SAME) -> list[str]:
    return [each.release for each in quarantining(records, made_of)]


def test_the_last_to_end_comes_first() -> None:
    assert found(record("a"), record("b", ended_at=30), record("c", ended_at=20)) == ["b", "c", "a"]


def test_one_that_still_rolls_back_is_the_last() -> None:
    running = record("b", state="running", ended_at=None)
    assert found(record("a"), running) == ["b", "a"]


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"made_of": ("etag:other", "image:sha256:b")}, id="another-artefact"),
        pytest.param({"made_of": ("etag:a", "image:sha256:c")}, id="another-image"),
        pytest.param({"made_of": ("image:sha256:b", "etag:a")}, id="another-order"),
        pytest.param({"made_of": ()}, id="of-unknown-content"),
        pytest.param({"quarantine": None}, id="went-back-for-another-reason"),
    ],
)
def test_what_does_not_count(changes: dict[str, Any]) -> None:
    assert found(record("a", **changes)) == []


def test_what_is_unknown_is_the_same_as_nothing() -> None:
    assert found(record("a", made_of=()), made_of=()) == []


@pytest.mark.parametrize(("promoted_at", "kept"), [(9, ["a"]), (10, []), (11, [])])
def test_a_promotion_of_the_same_since_then_ends_it(promoted_at: int, kept: list[str]) -> None:
    good = record("b", state="promoted", ended_at=promoted_at, quarantine=None)
    assert found(record("a"), good) == kept


def test_a_promotion_of_something_else_does_not() -> None:
    other = record("b", state="promoted", ended_at=11, quarantine=None, made_of=("etag:c",))
    assert found(record("a"), other) == ["a"]


@pytest.mark.parametrize("by_hand", [True, False])
def test_nothing_keeps_what_is_not_quarantined(by_hand: bool) -> None:
    assert why_not((), "arn:churn/2", by_hand=by_hand) is None


@pytest.mark.parametrize("package", ["arn:churn/2", "arn:Churn/2"])
def test_the_same_package_may_be_tried_again_by_hand(package: str) -> None:
    """The registry may answer with a group in lower case."""
    kept = (record("b", package="arn:churn/3"), record("a"))
    assert why_not(kept, package, by_hand=True) is None


def test_the_same_package_is_not_tried_again_by_itself() -> None:
    assert why_not((record("a"),), "arn:churn/2", by_hand=False) == (
        "the package is quarantined: its release a was rolled back (the alarm errors fired); "
        "a release that is started by hand tries it again"
    )


@pytest.mark.parametrize("by_hand", [True, False])
def test_another_version_is_refused_and_the_last_release_named(by_hand: bool) -> None:
    kept = (record("b", package="arn:churn/3"), record("a"))
    assert why_not(kept, "arn:churn/4", by_hand=by_hand) == (
        "the package is quarantined: it has the same artefact and image as arn:churn/3, whose "
        "release b was rolled back (the alarm errors fired); to release it anyway, start a release "
        'by hand with "despite_quarantine": true'
    )
