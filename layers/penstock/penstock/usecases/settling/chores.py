"""Chores at rest: resume scale-in, delete rehearsal endpoints and leftovers of ended releases."""

from dataclasses import dataclass

from penstock.domain import protocol
from penstock.domain.errors import Unanswered, Unavailable
from penstock.domain.execution.run import Run
from penstock.domain.execution.waits import LOCK_SECONDS
from penstock.domain.kinds.endpoint import EndpointView
from penstock.domain.ledger.gate import Declined, Gate, GateWrite
from penstock.ports.clock import Clock, TimeLeft
from penstock.ports.ledger import Ledger
from penstock.ports.serving import Endpoints
from penstock.usecases.moving.act import CALL_NEEDS_MS
from penstock.usecases.moving.lock import Lock
from penstock.usecases.settling.cleanup import Cleanup, Found
from penstock.usecases.settling.dismiss import Dismiss
from penstock.usecases.settling.resume import Resume, Resumed

CLEAR_AGAIN_MS = 24 * 3_600_000
"""A failed deletion (somebody else's endpoint may use the resource) is tried again once a day."""


@dataclass(frozen=True)
class Chores:
    """Holds the lock for one try without being owner, so every claim waits for it."""

    ledger: Ledger
    endpoints: Endpoints
    cleanup: Cleanup
    resume: Resume
    dismiss: Dismiss
    clock: Clock

    def __call__(self, run: Run, time_left: TimeLeft) -> Run:
        """One try. Whoever claims the endpoint before it takes over what is owed."""
        gate = self.ledger.gate(run.the_key)
        if not gate.at_rest or not gate.owes(self.clock.now()):
            return run.end("nothing_to_do", "this recovery has nothing left to do")
        if time_left() < CALL_NEEDS_MS:
            return run.then("settle", 1)
        found = self._look_around(run, gate, time_left)
        try:
            return self._hold(run, gate, found)
        except (Declined, Unanswered):
            return run.then("settle", LOCK_SECONDS)

    def _look_around(self, run: Run, gate: Gate, time_left: TimeLeft) -> Found:
        """What a clean-up has to know of the whole account, for which no lock may wait."""
        try:
            due = gate.untidy(self.clock.now())
            return self.cleanup.look_around(run, gate, time_left) if due else Found()
        except Unavailable:
            return Found()

    def _hold(self, run: Run, gate: Gate, found: Found) -> Run:
        """Do what is due under the lock alone. People are told once it is given back."""
        hold_at_rest = protocol.hold_at_rest(gate, self.clock.now())
        with Lock(self.ledger).hold(gate.key, hold_at_rest) as held:
            resumed = self.resume(held.gate)
            dismissed = self.dismiss(held.gate)
            write = protocol.suspending(held.releasing, resumed.left)
            write = protocol.leaving(write, dismissed.left)
            after = held.end(self._cleared(run, held.gate, write, found))
        self.resume.tell(after, resumed)
        self.dismiss.tell(after, dismissed)
        return run.end(
            "nothing_to_do", _said(gate, resumed, after), live_model_package_arn=after.serving
        )

    def _cleared(self, run: Run, held: Gate, write: GateWrite, found: Found) -> GateWrite:
        """The same write, after a clean-up: where one is due and the endpoint is as it was left.

        While AWS cannot be asked nothing is cleared, and the next sweep tries again.
        """
        now = self.clock.now()
        if not held.untidy(now):
            return write
        try:
            view = self.endpoints.look(held.endpoint)
            if not _as_left(held, view):
                return write
            cleaned = self.cleanup.remove(run, held, view.content if view else None, found)
        except Unanswered:
            raise
        except Unavailable:
            return write
        return protocol.cleared(write, cleaned, now + CLEAR_AGAIN_MS)


def _as_left(held: Gate, view: EndpointView | None) -> bool:
    """Whether the last verified content serves; where nothing served, what is there is theirs."""
    if held.content is None:
        return True
    return view is not None and view.in_service and view.content.same(held.content)


def _said(gate: Gate, resumed: Resumed, after: Gate) -> str:
    """What became of what was due."""
    said = ["the endpoint itself needed no change"]
    if gate.suspension:
        left, why = resumed.left, resumed.refused or gate.suspension.refused
        now = f"still suspended: {why}" if left else "as it was before the release"
        said.append(f"scale-in is {now}")
    if gate.rehearsals:
        there = ", ".join(each.endpoint for each in after.rehearsals)
        said.append(f"not deleted yet: {there}" if there else "no rehearsal endpoint remains")
    if gate.leftovers:
        kept = ", ".join(after.leftovers)
        said.append(f"not deleted yet: {kept}" if kept else "no leftovers remain")
    return "; ".join(said)
