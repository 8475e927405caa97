"""What a document knows after a claim, and how long a claim waits."""

from typing import Any

import pytest

from penstock.domain.execution.progress import Phase, RollbackCause, WaitProgress
from penstock.domain.execution.request import parse_request
from penstock.domain.execution.run import Run
from penstock.domain.ledger.gate import ROLLBACK, SHIFT, WINDOW, Gate
from penstock.domain.protocol import SILENCE_MS, Approval
from penstock.usecases.claiming.claim_writer import ClaimWriter
from tests.fakes.clock import START, FakeClock
from tests.fakes.executions import FakeExecutions
from tests.fakes.ledger import FakeLedger

OWN = Approval("0123456789", "package/7", 5)
LEFT: dict[str, Any] = {"endpoint": "churn", "release": "9876543210", "package": "package/6"}


def claim_writer(minutes: float = 0) -> ClaimWriter:
    clock = FakeClock()
    clock.advance(minutes * 60)
    return ClaimWriter(FakeLedger(), FakeExecutions(), clock)


def run(**more: Any) -> Run:
    """A document that has seen another's release."""
    return Run(
        execution="e",
        started_at=START,
        next="claim",
        request=parse_request({"action": "rollback", "endpoint": "churn"}),
        release="seen",
        package="seen",
        approved_at=1,
        dead=True,
        why=RollbackCause(kind="recovery", reason="gone"),
        outcome="rolled_back",
        phase=Phase(since=1),
        waiting=WaitProgress(since=1),
        **more,
    )


def test_what_is_held_for_its_own_release_forgets_the_one_before() -> None:
    own = {"release": "0123456789", "package": "package/7", "approved_at": 5, "dead": False}
    forgotten = {"next": "plan", "plan": None, "why": None, "outcome": None}
    assert claim_writer().held(run(), OWN) == run().model_copy(update=own | forgotten)


@pytest.mark.parametrize(
    ("asked", "reason"),
    [({}, "a rollback was requested"), ({"reason": "too slow"}, "too slow")],
)
def test_what_is_held_for_a_person_goes_back_for_its_reason(
    asked: dict[str, str], reason: str
) -> None:
    request = parse_request({"action": "rollback", "endpoint": "churn", **asked})
    held = claim_writer().go_back(run().model_copy(update={"request": request}), OWN)
    assert (held.next, held.release, held.dead) == ("roll_back", "0123456789", False)
    assert held.why == RollbackCause(kind="rollback", reason=reason)


def test_what_another_left_is_taken_back_in_its_name() -> None:
    left = {"release": "9876543210", "package": "package/6", "approved_at": 3, "phase": None}
    why = RollbackCause(kind="recovery", reason="the execution of this release no longer runs")
    taken = {"next": "roll_back", "why": why, "waiting": None, "dead": True, "plan": None}
    gate = Gate(**LEFT, approved_at=3)
    assert claim_writer().back(run(), gate) == run().model_copy(update=left | taken)


@pytest.mark.parametrize(("minutes", "seconds"), [(0, 30), (60, 30), (60.1, 300)])
def test_after_an_hour_the_holder_is_asked_for_every_five_minutes(
    minutes: float, seconds: int
) -> None:
    waits = claim_writer(minutes).wait(run(), halted="r")
    assert (waits.next, waits.wait_seconds, waits.halted) == ("claim", seconds, "r")
    assert claim_writer().wait(waits).halted == "r"


@pytest.mark.parametrize(
    ("minutes", "seconds"), [(0, 30), (5, 30), (10, 60), (49, 294), (60, 300), (1800, 300)]
)
def test_what_is_queued_asks_less_and_less_often(minutes: float, seconds: int) -> None:
    """A tenth of the time that it has waited, between half a minute and five."""
    queued = claim_writer(minutes).queue(run())
    assert (queued.next, queued.wait_seconds) == ("claim", seconds)


def test_after_thirty_hours_the_queue_is_the_sweeps_business() -> None:
    ended = claim_writer(1801).queue(run()).ending
    assert ended is not None
    assert ended.ending == "nothing_to_do"
    assert ended.reason == "it is still queued; the sweep starts it when the endpoint is at rest"


OVER = START - SILENCE_MS


@pytest.mark.parametrize(
    ("running", "lease", "step", "lapsed", "alive"),
    [
        pytest.param(True, START, SHIFT, None, True, id="renewed"),
        pytest.param(False, START, SHIFT, None, False, id="ended"),
        pytest.param(True, START, ROLLBACK, OVER - 1, True, id="goes-back-and-renewed"),
        pytest.param(True, START - 1, ROLLBACK, None, False, id="goes-back-and-lapsed"),
        pytest.param(True, START - 1, SHIFT, None, True, id="nobody-saw-that-it-lapsed"),
        pytest.param(True, OVER - 1, WINDOW, OVER, True, id="seen-so-long-ago"),
        pytest.param(True, OVER - 2, WINDOW, OVER - 1, False, id="seen-longer-ago"),
        pytest.param(True, START - 1, SHIFT, OVER - 1, True, id="seen-before-it-was-renewed"),
        pytest.param(True, START - 1, None, None, True, id="without-a-step"),
    ],
)
def test_an_owner_lives_while_it_runs_and_renews_its_lease(
    running: bool, lease: int, step: int | None, lapsed: int | None, alive: bool
) -> None:
    """Forward, a lease that is over counts once a sweep saw it, and SILENCE_MS passed since."""
    held = claim_writer()
    if running:
        held.executions.begin("e", {})  # type: ignore[attr-defined]  # the fake's
    owner = "arn:aws:states:eu-west-1:123456789012:execution:penstock-Release:e"
    gate = Gate(**{**LEFT, "step": step}, owner=owner, lease_until=lease, lapsed=lapsed)
    assert held.alive(gate) is alive
    assert not held.alive(gate.model_copy(update={"owner": None}))
