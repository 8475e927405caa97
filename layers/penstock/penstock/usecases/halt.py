"""Halt: an alarm or a person says stop. The flag goes to the ledger, then the wait is ended."""

from dataclasses import dataclass
from typing import Literal

from penstock.domain import protocol
from penstock.domain.gate import ROLLBACK, Declined, Gate, Halt
from penstock.ports import Executions, Ledger

By = Literal["alarm", "revocation", "person", "reconcile"]


@dataclass(frozen=True)
class HaltRelease:
    """Never calls SageMaker: whoever owns the endpoint rolls back (protocol, section 6)."""

    ledger: Ledger
    executions: Executions

    def alarm(self, name: str, at: int) -> list[str]:
        """The alarm `name` went to ALARM at `at` (ms); answers the releases that were halted."""
        halted = []
        for seen in self.ledger.gates():
            if name not in seen.alarms or seen.at_rest:
                continue
            gate = self.ledger.gate(seen.endpoint)
            if name in gate.alarms and at >= gate.started_at and at >= gate.quiet_until:
                reason = f"the alarm {name} fired"
                halted += self.halt(gate, Halt(by="alarm", reason=reason, at=at))
        return halted

    def revoked(self, package: str, at: int, rejected_at: int | None = None) -> list[str]:
        """The package's approval was taken back, as is heard at `at` (ms).

        A rejection from before the approval that is being released was overtaken by it. Its time
        is that of an event, which has whole seconds; None: not known.
        """
        halted = []
        for seen in self.ledger.gates():
            if seen.package != package or seen.at_rest:
                continue
            why = Halt(by="revocation", reason="the approval was taken back", at=at)
            gate = self.ledger.gate(seen.endpoint)
            overtaken = rejected_at is not None and rejected_at + 1000 <= gate.approved_at
            if gate.package == package and not overtaken:
                halted += self.halt(gate, why)
        return halted

    def halt(self, gate: Gate, why: Halt) -> list[str]:
        """Flag the release in hand; answers it, or nothing when it is rolling back already."""
        if gate.release is None or gate.at_rest or (gate.step or 0) >= ROLLBACK:
            return []
        try:
            after = self.ledger.write(gate.endpoint, protocol.halt(gate.release, why))
        except Declined:
            return []
        if after.token:
            self.executions.wake(after.token)
        return [gate.release]
