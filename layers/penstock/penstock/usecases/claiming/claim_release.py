"""Claims of a release: the first row that fits, of rows 2 to 8 of the protocol's section 3."""

from dataclasses import dataclass

from penstock.domain import protocol
from penstock.domain.errors import Unavailable
from penstock.domain.execution.hindrance import TOLD_AFTER_MS
from penstock.domain.execution.run import Run
from penstock.domain.ledger.gate import ROLLBACK, WINDOW, Gate
from penstock.domain.protocol import Approval
from penstock.ports.evidence import Alarms
from penstock.usecases.claiming.claim_writer import ClaimWriter
from penstock.usecases.freezing import Freezing

NOTED_AFTER_MS = TOLD_AFTER_MS // 2
"""Then an approval is noted for the sweep, and people are told that the freeze cannot be read."""


@dataclass(frozen=True)
class ReleaseClaim:
    """One look at the gate: refused, nothing to do, held, or wait."""

    claim_writer: ClaimWriter
    alarms: Alarms
    freezing: Freezing

    def __call__(self, run: Run, gate: Gate) -> Run:
        """One try.

        Raises:
            Declined: Somebody else's write came between.
            Unavailable: Nobody can say for the moment whether a freeze holds.
        """
        new = run.claims
        return (
            self._already_known(run, gate, new)
            or self._already_served(run, gate, new)
            or self._frozen(run, gate, new)
            or self._take(run, gate, new)
        )

    def _already_known(self, run: Run, gate: Gate, new: Approval) -> Run | None:
        """Rows 2 to 4."""
        if gate.latest is not None and gate.latest >= new.approved_at:
            if self.claim_writer.ledger.record(gate.key, new.release):
                return run.end("nothing_to_do", "this approval was released before")
            return run.end("nothing_to_do", "a newer approval was claimed before this one")
        if gate.attention and not run.asked.adopt:
            return run.end("refused", f"{gate.endpoint} is blocked: {gate.attention}")
        if gate.newer_wanted(new.approved_at):
            return run.end("superseded", "a newer approval is waiting for this endpoint")
        if gate.newer_queued(new.approved_at):
            return run.end("superseded", "a newer approval is queued for this endpoint")
        return None

    def _already_served(self, run: Run, gate: Gate, new: Approval) -> Run | None:
        known = gate.at_rest and not gate.drift and not gate.attention
        if known and gate.serving == new.package:
            self.claim_writer.write(gate, protocol.note_serves(gate, new.approved_at, self._now))
            return run.end("nothing_to_do", "this package already serves")
        if gate.package == new.package and self._goes_forward(gate):
            return run.end("nothing_to_do", "a release of this package is under way")
        return None

    def _goes_forward(self, gate: Gate) -> bool:
        if gate.halt or gate.step is None or gate.step >= ROLLBACK:
            return False
        return not gate.newer_wanted(gate.approved_at) and self.claim_writer.alive(gate)

    def _frozen(self, run: Run, gate: Gate, new: Approval) -> Run | None:
        """A freeze refuses a person's release. An approval is noted, and the sweep starts it
        later. While AWS does not answer both wait, an approval for NOTED_AFTER_MS only.
        """
        held = self.freezing.of_run(run)
        if held is None:
            return None
        waited = run.hindered.spent if run.hindered else 0
        if isinstance(held.error, Unavailable) and not (
            run.asked.automatic and waited >= NOTED_AFTER_MS
        ):
            raise held.error
        if run.asked.automatic:
            self._note(gate, new)
            if held.error:
                self.freezing.tell(run, held)
            return run.end("nothing_to_do", held.reason)
        anyway = f'{held.reason}; start it with "during_freeze": true to release anyway'
        return run.end("refused", anyway)

    def _take(self, run: Run, gate: Gate, new: Approval) -> Run:
        """Rows 5 to 8."""
        if gate.at_rest:
            write = protocol.claim_at_rest(gate, run.execution, new, self._now)
            self.claim_writer.write(gate, write)
            return self.claim_writer.held(run, new)
        alive = self.claim_writer.alive(gate)
        if alive and self._queues(run, gate):
            return self._queue(run, gate, new)
        if gate.step == WINDOW and not gate.halt:
            return self._end_window(run, gate, new)
        if not alive:
            self.claim_writer.write(gate, protocol.take_over(gate, run.execution, self._now, new))
            return self.claim_writer.back(run, gate)
        return self._supersede(run, gate, new)

    def _end_window(self, run: Run, gate: Gate, new: Approval) -> Run:
        """Row 6: reads the alarms of the watched release before it ends the window (R3)."""
        if fired := self._fired(gate):
            self.claim_writer.halt(gate, "alarm", f"the alarm {fired} is in ALARM")
            return self.claim_writer.wait(run)
        write = protocol.claim_from_window(gate, run.execution, new, self._now)
        self.claim_writer.write(gate, write)
        if gate.token:
            self.claim_writer.executions.wake(gate.token)
        return self.claim_writer.held(run, new)

    def _fired(self, gate: Gate) -> str | None:
        states = self.alarms.states(gate.alarms)
        return next((n for n, s in states.items() if s.fires_since(gate.started_at)), None)

    def _queues(self, run: Run, gate: Gate) -> bool:
        """Whether the running release's plan lets newcomers wait. Before there is a plan, the
        newcomer's policy decides. A newcomer in quarantine always waits.
        """
        if run.quarantined:
            return True
        record = self.claim_writer.in_hand(gate)
        if record is None or record.planned is None:
            return run.queues
        return record.planned.queues

    def _queue(self, run: Run, gate: Gate, new: Approval) -> Run:
        """Records the queued approval without disturbing the running release."""
        self._note(gate, new)
        return self.claim_writer.queue(run)

    def _note(self, gate: Gate, new: Approval) -> None:
        """Note an approval that waits for the next rest at which it may begin."""
        if gate.queued_at is None or gate.queued_at < new.approved_at:
            self.claim_writer.write(gate, protocol.note_queued(new))

    def _supersede(self, run: Run, gate: Gate, new: Approval) -> Run:
        """Row 8: asks the holder to yield. It sees `wanted` at its next acquire (R5, R9)."""
        if gate.wanted_at is None or gate.wanted_at < new.approved_at:
            self.claim_writer.write(gate, protocol.note_wanted(new))
            if gate.token:
                self.claim_writer.executions.wake(gate.token)
        return self.claim_writer.wait(run)

    @property
    def _now(self) -> int:
        return self.claim_writer.clock.now()
