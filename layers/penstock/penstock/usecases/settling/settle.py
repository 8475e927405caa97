"""Settle: one last look, the clean-up inside the lock, and the write that ends the release."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from penstock.domain import protocol
from penstock.domain.errors import Unavailable
from penstock.domain.execution.run import Run
from penstock.domain.execution.waits import LOCK_SECONDS, POLL_SECONDS, until_calm, wait_for
from penstock.domain.kinds.endpoint import EndpointView
from penstock.domain.ledger.content import Content
from penstock.domain.ledger.gate import ROLLBACK, WINDOW, Declined, Gate, GateWrite
from penstock.domain.moments import HOUR_MS
from penstock.domain.protocol import CleanupResult
from penstock.ports.clock import Clock, TimeLeft
from penstock.ports.ledger import Ledger
from penstock.ports.serving import Endpoints
from penstock.usecases.moving.act import CALL_NEEDS_MS, refusal
from penstock.usecases.moving.lock import Hold, Lock, NotAcquired
from penstock.usecases.package_stages import WriteStages
from penstock.usecases.settling.chores import Chores
from penstock.usecases.settling.cleanup import Cleanup, Found
from penstock.usecases.settling.dismiss import Dismiss, Dismissed
from penstock.usecases.settling.resume import Resume
from penstock.usecases.telling.epilogue import Epilogue
from penstock.usecases.telling.outcomes import Outcomes

TIDY_AGAIN_MS = 1_800_000
"""Time after which the sweep tries a pending TIDY again, in ms."""

REHEARSAL_MS = HOUR_MS
"""How long an end waits until a rehearsal endpoint is gone, in ms."""

Following = Callable[[], Run]
"""What follows after the lock is released: publish, and return the next document."""


@dataclass(frozen=True)
class Settle:
    """Ends a release as promoted, rolled back or tidy pending, and only if that is verified."""

    ledger: Ledger
    endpoints: Endpoints
    cleanup: Cleanup
    outcomes: Outcomes
    epilogue: Epilogue
    resume: Resume
    stages: WriteStages
    dismiss: Dismiss
    clock: Clock

    def __call__(self, run: Run, time_left: TimeLeft) -> Run:
        """One try at the end that `run.outcome` names."""
        if run.outcome == "at_rest":
            return self._chores(run, time_left)
        promoted = run.outcome == "promoted"
        step = WINDOW if promoted else ROLLBACK
        before = self.ledger.gate(run.the_key)
        target = run.the_plan.final if promoted else before.previous
        found = self._look_around(run, before, time_left)
        acquire = protocol.acquire(run.writer(self.clock.now()), step, target)
        try:
            with Lock(self.ledger).hold(run.the_key, acquire) as held:
                following = self._inside(run, held, found, time_left)
        except NotAcquired as declined:
            return self._declined(run, declined.gate, step)
        except Declined as declined:
            return self._outrun(run, declined.gate)
        return following()

    def _look_around(self, run: Run, gate: Gate, time_left: TimeLeft) -> Found:
        """Survey the account for the clean-up, before the lock.

        Nothing is surveyed if the release has ended or cannot end yet.
        """
        if gate.owner != run.execution:
            return Found()
        try:
            view = self.endpoints.look(run.the_endpoint)
            if _as_meant(run, gate, view):
                return self.cleanup.look_around(run, gate, time_left)
        except Unavailable:
            return Found()
        return Found()

    @cached_property
    def _chores(self) -> Chores:
        return Chores(
            self.ledger, self.endpoints, self.cleanup, self.resume, self.dismiss, self.clock
        )

    def _declined(self, run: Run, gate: Gate, step: int) -> Run:
        said = refusal(gate, run.writer(self.clock.now()), step)
        if said.result == "lost":
            return self.epilogue.again(run)
        if said.result == "again":
            return run.then("settle", LOCK_SECONDS)
        return run.back(self.outcomes.cause(run, said.reason))

    def _inside(self, run: Run, held: Hold, found: Found, time_left: TimeLeft) -> Following:
        """Inside the lock: look, delete by name, write the end. The rest follows without the lock.

        Raises:
            Declined: There is a halt, or the lock has expired.
            Unanswered: A deletion may still take effect, so the lock has to expire (A1).
        """
        view = self.endpoints.look(run.the_endpoint)
        unfit = self._unfit(run, held.gate, view, time_left)
        return unfit or self._end(run, held, view.content if view else None, found)

    def _unfit(
        self, run: Run, gate: Gate, view: EndpointView | None, time_left: TimeLeft
    ) -> Following | None:
        """What follows if the release cannot end now.

        None if the endpoint shows the intended content.
        """
        if not _as_meant(run, gate, view):
            return lambda: self._not_as_meant(run, view)
        return (lambda: run.then("settle", 1)) if time_left() < CALL_NEEDS_MS else None

    def _not_as_meant(self, run: Run, view: EndpointView | None) -> Run:
        """Wait for somebody's update to end, because verified content is not rolled back for it."""
        if view and view.passing:
            return self.outcomes.waits.on(run, "settle", until_calm(view.status))
        if run.outcome == "promoted":
            shown = view.content.name if view else "nothing"
            return run.back(self.outcomes.cause(run, f"the endpoint shows {shown}"))
        return run.then("roll_back", POLL_SECONDS, waiting=None)

    def _end(self, run: Run, held: Hold, shown: Content | None, found: Found) -> Following:
        """Delete what the release leaves, and write the end, which also removes the lock."""
        gate = held.gate
        waited = run.waiting is not None and run.waiting.what == "rehearsal"
        dismissed = self.dismiss(gate, seen=waited)
        if waiting := self._waits(run, dismissed):
            return waiting
        cleaned = self.cleanup.remove(run, gate, shown, found)
        final = self._final(run, gate, shown, cleaned)
        resumed = self.resume(gate)
        ending = protocol.leaving(protocol.suspending(final, resumed.left), dismissed.left)
        after = held.end(ending)

        def tell() -> Run:
            self.resume.tell(after, resumed)
            self.dismiss.tell(after, dismissed)
            told = self.epilogue.tell(run, gate)
            unwritten = self.stages(after)
            return told.but(trouble=unwritten) if unwritten else told

        return tell

    def _waits(self, run: Run, dismissed: Dismissed) -> Following | None:
        """Wait until rehearsal endpoints are gone. After an hour they are left to the sweep."""
        if dismissed.pending is None:
            return None
        wait = wait_for("rehearsal", dismissed.pending, REHEARSAL_MS)
        if self.outcomes.waits.overdue(run, wait):
            return None
        return lambda: self.outcomes.waits.on(run, "settle", wait)

    def _outrun(self, run: Run, gate: Gate) -> Run:
        """A halt came during the clean-up, or the lock expired: the promotion does not stand
        (R12).
        """
        if gate.owner != run.execution:
            return self.epilogue.again(run)
        if gate.halt and run.outcome == "promoted":
            return run.back(self.outcomes.cause(run, gate.halt.reason))
        return run.then("settle", LOCK_SECONDS)

    def _final(
        self, run: Run, gate: Gate, shown: Content | None, cleaned: CleanupResult
    ) -> GateWrite:
        now = self.clock.now()
        if run.outcome == "promoted":
            final, why = run.the_plan.final, run.proven_by
            return protocol.settle_promoted(gate, final, cleaned, now, why)
        record = _record(run, now)
        if run.outcome == "tidy_pending" and shown:
            after = now + TIDY_AGAIN_MS
            shown = shown.of_kind(gate.previous.kind) if gate.previous else shown
            return protocol.settle_tidy_pending(gate, shown, after, record, cleaned)
        return protocol.settle_rolled_back(gate, record, cleaned)


def _as_meant(run: Run, gate: Gate, view: EndpointView | None) -> bool:
    """Whether the intended content is verified: InService with its configuration and shares."""
    if run.outcome == "rolled_back" and gate.previous is None:
        return view is None or not run.made(view.content.name)
    if view is None or not view.in_service:
        return False
    match run.outcome:
        case "promoted":
            return view.content.same(run.the_plan.final)
        case "tidy_pending":
            return view.content.staged(gate.endpoint) and view.content.shape == "restored"
        case _:
            return view.content.same(gate.previous)


def _record(run: Run, now: int) -> dict[str, Any]:
    """A release that had already ended (a stray, a pending TIDY) keeps its ending."""
    if run.why and run.why.of_an_ended_release:
        return {}
    state = run.why.goes_back_as if run.why else "rolled_back"
    return {"state": state, "reason": run.why.reason if run.why else None, "ended_at": now}
