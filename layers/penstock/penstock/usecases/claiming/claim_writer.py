"""What all claims share: whether the owner is alive, how to write, and what an owner does next."""

from dataclasses import dataclass
from typing import Literal

from penstock.domain import protocol
from penstock.domain.execution.progress import RollbackCause
from penstock.domain.execution.run import Run
from penstock.domain.ledger.gate import Gate, GateWrite, Halt
from penstock.domain.ledger.record import ReleaseRecord
from penstock.domain.protocol import Approval
from penstock.ports.clock import Clock
from penstock.ports.executions import Executions
from penstock.ports.ledger import Ledger

HOLDER_SECONDS = 30
PATIENT_SECONDS = 300
PATIENT_AFTER_MS = 3_600_000
"""After an hour the claim polls every five minutes, because history events are counted."""

QUEUES_FOR_MS = 30 * 3_600_000

BROKEN_AT_REST = RollbackCause(
    kind="stray", reason="the endpoint was in UpdateRollbackFailed, and is repaired"
)
"""The cause of a repair at rest. The release in hand has already ended, and keeps how."""


def requested(run: Run) -> str:
    """Why a person requested a rollback."""
    return run.asked.reason or "a rollback was requested"


@dataclass(frozen=True)
class ClaimWriter:
    """Writes claims to the gate, and makes the documents that follow from them."""

    ledger: Ledger
    executions: Executions
    clock: Clock

    def write(self, gate: Gate, write: GateWrite) -> Gate:
        """Write to the gate that was read.

        Raises:
            Declined: The conditions did not hold.
        """
        return self.ledger.write(gate.key, write)

    def in_hand(self, gate: Gate) -> ReleaseRecord | None:
        """The record of the release that the gate speaks of."""
        return self.ledger.record(gate.key, gate.release) if gate.release else None

    def alive(self, gate: Gate) -> bool:
        """Whether the owner runs, and is not stuck."""
        if gate.owner is None or protocol.stuck(gate, self.clock.now()):
            return False
        return self.executions.running(gate.owner)

    def halt(self, gate: Gate, by: Literal["alarm", "person"], reason: str) -> None:
        """Halt the release in hand: first the flag, then the wake-up (R16)."""
        why = Halt(by=by, reason=reason, at=self.clock.now())
        after = self.write(gate, protocol.halt(gate.release or "", why))
        if after.token:
            self.executions.wake(after.token)

    def wait(self, run: Run, halted: str | None = None) -> Run:
        """Try the claim again later."""
        patient = self.clock.now() - run.started_at > PATIENT_AFTER_MS
        seconds = PATIENT_SECONDS if patient else HOLDER_SECONDS
        return run.then("claim", seconds, halted=halted or run.halted)

    def queue(self, run: Run) -> Run:
        """Poll for the next rest less and less often, and finally leave it to the sweep.

        About 400 tries of nine history events each leave the following release its whole budget.
        """
        waited = self.clock.now() - run.started_at
        if waited > QUEUES_FOR_MS:
            return run.end(
                "nothing_to_do",
                "it is still queued; the sweep starts it when the endpoint is at rest",
            )
        seconds = min(max(waited // 10_000, HOLDER_SECONDS), PATIENT_SECONDS)
        return run.then("claim", seconds)

    def held(self, run: Run, own: Approval) -> Run:
        """The endpoint is held for this execution's own release."""
        return run.takes_up(own, "plan")

    def go_back(self, run: Run, own: Approval) -> Run:
        """Held for a requested rollback."""
        why = RollbackCause(kind="rollback", reason=requested(run))
        return self.held(run, own).then("roll_back", why=why)

    def back(self, run: Run, gate: Gate, why: RollbackCause | None = None) -> Run:
        """Hold another execution's release in order to roll it back (R4)."""
        heir = self._inherit(run, gate)
        return heir.then("roll_back", why=why or self._left(gate), waiting=None)

    def window(self, run: Run, gate: Gate) -> Run:
        """Hold a verified promotion whose watcher died: judge, then settle (R19)."""
        heir = self._inherit(run, gate)
        return heir.then("judge", position=heir.the_plan.stages - 1)

    def _left(self, gate: Gate) -> RollbackCause:
        """The cause of rolling back an inherited release.

        A release that has ended keeps its ending. A requested rollback stays one, so that its
        successor does not leave it half done, and a finding stays one.
        """
        record = self.in_hand(gate)
        if record and record.requested and not record.ended:
            return RollbackCause(kind="rollback", reason=record.requested)
        if record and record.finding and not record.ended:
            return RollbackCause(kind="observed", reason=record.finding)
        against = gate.halt.against if gate.halt else None
        if gate.stuck and not (record and record.ended):
            return RollbackCause(kind="recovery", reason=gate.stuck.why, against=against)
        if record is None or not record.ended:
            reason = "the execution of this release no longer runs"
            return RollbackCause(kind="recovery", reason=reason, against=against)
        if gate.tidy == "pending":
            return RollbackCause(
                kind="tidy", reason="the previous configuration still had to be put back"
            )
        return RollbackCause(
            kind="stray", reason="the endpoint showed a staging configuration that no release holds"
        )

    def _inherit(self, run: Run, gate: Gate) -> Run:
        record = self.in_hand(gate)
        return run.but(
            dead=True,
            release=gate.release,
            package=gate.package,
            approved_at=gate.approved_at,
            planned=record.planned if record else None,
            stage=None,
            phase=None,
        )
