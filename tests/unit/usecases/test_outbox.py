"""Whoever finds an entry in the ledger's outbox publishes it."""

from typing import Any

import pytest

from penstock.domain.execution.announcements import (
    Announcement,
    AttentionNeeded,
    EndpointDrifted,
    PackageQuarantined,
    ReleasePromoted,
    ReleaseRefused,
    ReleaseRolledBack,
    ReleaseSuperseded,
    RollbackDone,
)
from penstock.domain.ledger.gate import GateWrite
from penstock.usecases.telling.outbox import ADVICE, Outbox
from tests.fakes.announcer import FakeAnnouncer
from tests.fakes.ledger import FakeLedger

ABOUT: dict[str, Any] = {"endpoint": "churn", "release_id": "r", "model_package_arn": "theirs"}
GATE: dict[str, Any] = {
    "release": "r",
    "package": "theirs",
    "serving": "before",
    "wanted": "newer",
    "fence": 1,
}


def told(untold: tuple[str, ...] = ("r",), record: Any = None, **gate: Any) -> list[Announcement]:
    """What is announced of this gate and the record of its release."""
    ledger, announcer = FakeLedger(), FakeAnnouncer()
    kept = {"r": {"package": "theirs", "approved_at": 1, "ended_at": 2} | record} if record else {}
    known = {n: v for n, v in (GATE | gate | {"untold": untold}).items() if v is not None}
    ledger.write("churn", GateWrite(conditions=(), assign=known, records=kept))
    Outbox(ledger, announcer)(ledger.gate("churn"))
    assert ledger.gate("churn").untold == ()
    return announcer.said


@pytest.mark.parametrize(
    ("record", "gate", "said"),
    [
        (
            {"state": "promoted"},
            {},
            ReleasePromoted(**ABOUT, reason="the release ended as promoted"),
        ),
        (
            {"state": "rolled_back"},
            {},
            ReleaseRolledBack(
                **ABOUT,
                reason="the release ended as rolled back",
                live_model_package_arn="before",
            ),
        ),
        (
            {"state": "rolled_back", "reason": "it fired"},
            {"tidy": "pending"},
            ReleaseRolledBack(
                **ABOUT, reason="it fired", live_model_package_arn="before", tidy="pending"
            ),
        ),
        (
            {"state": "rolled_back", "reason": "it fired"},
            {"release": "later", "tidy": "pending"},
            ReleaseRolledBack(**ABOUT, reason="it fired"),
        ),
        (
            {"state": "rolled_back", "reason": "asked for"},
            {"serving": "theirs", "tidy": "pending"},
            RollbackDone(
                **ABOUT, reason="asked for", live_model_package_arn="theirs", tidy="pending"
            ),
        ),
        (
            {"state": "superseded", "reason": "newer"},
            {"tidy": "pending"},
            ReleaseSuperseded(
                **ABOUT,
                reason="newer",
                newer_model_package_arn="newer",
                live_model_package_arn="before",
                tidy="pending",
            ),
        ),
        (
            {"state": "refused", "reason": "no policy"},
            {},
            ReleaseRefused(**ABOUT, reason="no policy"),
        ),
        (
            {"state": "needs_attention"},
            {},
            AttentionNeeded(**ABOUT, reason="the release ended as needs attention", advice=ADVICE),
        ),
    ],
)
def test_an_end_is_told_as_the_ledger_knows_it(
    record: dict[str, str], gate: dict[str, Any], said: Announcement
) -> None:
    assert told(record=record, **gate) == [said]


def test_a_quarantine_is_told_after_the_end() -> None:
    record = {"state": "rolled_back", "reason": "it fired", "quarantine": "it fired"}
    _, said = told(record=record | {"made_of": ("etag:a", "image:b")})
    assert said == PackageQuarantined(
        **ABOUT,
        reason="it fired; from now on a package with the same artefact and image is released only "
        "by hand",
        digests=("etag:a", "image:b"),
    )


def test_nothing_is_told_of_a_quarantine_that_nobody_can_meet() -> None:
    said = told(record={"state": "rolled_back", "reason": "it fired", "quarantine": "it fired"})
    assert [type(each) for each in said] == [ReleaseRolledBack]


def test_a_drift_and_a_block_are_told_in_the_words_of_the_gate() -> None:
    drifted = EndpointDrifted(**ABOUT, reason="theirs")
    assert told(("drift",), drift="theirs") == [drifted]
    for why in ({"attention": "stuck", "drift": "theirs"}, {"drift": "stuck"}):
        needed = AttentionNeeded(**ABOUT, reason="stuck", advice=ADVICE)
        assert told(("attention",), **why) == [needed]


def test_what_is_over_meanwhile_is_not_told_any_more() -> None:
    assert told(("drift", "attention", "gone")) == []
