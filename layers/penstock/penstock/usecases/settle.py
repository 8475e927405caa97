"""Settle: one last look, the clean-up inside the lock, and the write that ends the release."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from penstock.domain import protocol
from penstock.domain.blueprint import CANDIDATE
from penstock.domain.content import Content
from penstock.domain.endpoint import EndpointView
from penstock.domain.gate import ROLLBACK, WINDOW, Declined, Gate, GateWrite
from penstock.domain.run import Run, Why
from penstock.ports import Clock, Endpoints, Ledger
from penstock.usecases.act import CALL_NEEDS_MS, refusal
from penstock.usecases.cleanup import Cleanup, Rubbish
from penstock.usecases.ending import Endings
from penstock.usecases.epilogue import Epilogue

LOCK_SECONDS = 10
LOOK_SECONDS = 30
TIDY_AGAIN_MS = 1_800_000
"""How long the sweep leaves a pending TIDY alone."""


@dataclass(frozen=True)
class Settle:
    """Ends a release as promoted, rolled back or tidy pending; verified, or not at all."""

    ledger: Ledger
    endpoints: Endpoints
    cleanup: Cleanup
    endings: Endings
    epilogue: Epilogue
    clock: Clock

    def __call__(self, run: Run, time_left: Callable[[], int]) -> Run:
        """One try at the end that `run.outcome` names."""
        promoted = run.outcome == "promoted"
        step = WINDOW if promoted else ROLLBACK
        before = self.ledger.gate(run.the_endpoint)
        target = run.the_plan.final if promoted else before.previous
        turn = run.turn(self.clock.now())
        try:
            gate = self.ledger.write(run.the_endpoint, protocol.acquire(turn, step, target))
        except Declined as declined:
            return self._declined(run, declined.gate, step)
        return self._hold(run, gate, time_left)

    def _declined(self, run: Run, gate: Gate, step: int) -> Run:
        said = refusal(gate, run.turn(self.clock.now()), step)
        if said.result == "lost":
            return self.epilogue.again(run)
        if said.result == "again":
            return run.then("settle", LOCK_SECONDS)
        return run.back(self.endings.why(run, said.reason))

    def _hold(self, run: Run, gate: Gate, time_left: Callable[[], int]) -> Run:
        """With the lock held: verify, delete by name, write the end."""
        view = self.endpoints.look(run.the_endpoint)
        if unfit := self._unfit(run, gate, view):
            self._let_go(run, gate)
            return unfit
        if time_left() < CALL_NEEDS_MS:
            self._let_go(run, gate)
            return run.then("settle", 1)
        shown = view.content if view else None
        rubbish = self.cleanup.remove(run, gate, shown)
        try:
            self.ledger.write(run.the_endpoint, self._final(run, gate, shown, rubbish))
        except Declined:
            return self._outrun(run)
        return self.epilogue.tell(run, gate)

    def _unfit(self, run: Run, gate: Gate, view: EndpointView | None) -> Run | None:
        """Why the release cannot end like this now; None when what is there is what was meant."""
        if view is None:
            fits = run.outcome == "rolled_back" and gate.previous is None
            return None if fits else run.back(self.endings.why(run, "the endpoint is gone"))
        if not view.in_service:
            return run.then("settle", LOOK_SECONDS)
        if self._as_meant(run, gate, view.content):
            return None
        if run.outcome == "promoted":
            return run.back(self.endings.why(run, f"the endpoint shows {view.content.config}"))
        return run.then("roll_back", LOOK_SECONDS)

    def _as_meant(self, run: Run, gate: Gate, shown: Content) -> bool:
        match run.outcome:
            case "promoted":
                return shown.same(run.the_plan.final)
            case "tidy_pending":
                return shown.shape(CANDIDATE) == "restored"
            case _:
                return shown.same(gate.previous)

    def _let_go(self, run: Run, gate: Gate) -> None:
        try:
            self.ledger.write(run.the_endpoint, protocol.release_lock(gate.lock))
        except Declined:
            return

    def _outrun(self, run: Run) -> Run:
        """Halted while it cleaned up, or the lock ended: the promotion does not stand (R12)."""
        gate = self.ledger.gate(run.the_endpoint)
        if gate.owner != run.execution:
            return self.epilogue.again(run)
        if gate.lock is not None:
            self._let_go(run, gate)
        if gate.halt and run.outcome == "promoted":
            return run.back(Why(kind="halt", reason=gate.halt.reason))
        return run.then("settle", LOCK_SECONDS)

    def _final(self, run: Run, gate: Gate, shown: Content | None, rubbish: Rubbish) -> GateWrite:
        now = self.clock.now()
        left = rubbish.later
        if run.outcome == "promoted":
            return protocol.settle_promoted(gate, run.the_plan.final, left, now)
        record = self._record(run, now)
        if run.outcome == "tidy_pending" and shown:
            after = now + TIDY_AGAIN_MS
            return protocol.settle_tidy_pending(gate, shown, after, record, left)
        return protocol.settle_rolled_back(gate, record, left)

    def _record(self, run: Run, now: int) -> dict[str, Any]:
        """What was ended before (a stray, a pending TIDY) keeps how it ended."""
        if run.why and run.why.kind in {"stray", "tidy"}:
            return {"ended_at": now}
        state = "superseded" if run.why and run.why.kind == "newer" else "rolled_back"
        return {"state": state, "reason": run.why.reason if run.why else None, "ended_at": now}
