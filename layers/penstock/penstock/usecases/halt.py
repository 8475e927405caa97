"""Halt a release: first write the flag to the ledger, then end the wait."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from penstock.domain import protocol
from penstock.domain.errors import Damaged
from penstock.domain.ledger.gate import ROLLBACK, Declined, Gate, Halt
from penstock.domain.ledger.place import Key
from penstock.ports.executions import Executions
from penstock.ports.ledger import Ledger

By = Literal["alarm", "revocation", "person", "reconcile"]
TAKEN_BACK = "the approval was revoked"


@dataclass(frozen=True)
class HaltRelease:
    """Orders rollbacks. It never calls SageMaker: the owner of the endpoint rolls back
    (protocol, section 6).
    """

    ledger: Ledger
    executions: Executions

    def alarm(self, name: str, at: int) -> list[str]:
        """Halt the releases that an alarm is about.

        Args:
            name: Name of the alarm.
            at: When it entered ALARM, in ms.

        Returns:
            Ids of the releases that were halted.

        Raises:
            Damaged: A gate cannot be read. The other releases were halted before.
        """
        why = Halt(by="alarm", reason=f"the alarm {name} fired", at=at)
        return self._each(
            self.ledger.watching(name),
            lambda gate: name in gate.alarms and at >= gate.started_at and at >= gate.quiet_until,
            why,
        )

    def revoked(self, package: str, at: int, rejected_at: int | None = None) -> list[str]:
        """Halt the releases of a package whose approval was revoked.

        A rejection from before the approval that is being released was overtaken by it.

        Args:
            package: ARN of the package.
            at: When the revocation is noticed, in ms.
            rejected_at: When it happened, in ms but in whole seconds. None if unknown.

        Returns:
            Ids of the releases that were halted.

        Raises:
            Damaged: A gate cannot be read. The other releases were halted before.
        """
        why = Halt(by="revocation", reason=TAKEN_BACK, at=at)
        return self._each(
            self.ledger.of_package(package),
            lambda gate: gate.package == package and not _overtaken(rejected_at, gate),
            why,
        )

    def _each(self, found: Iterable[Key], concerns: Callable[[Gate], bool], why: Halt) -> list[str]:
        """A gate that cannot be read keeps no other release from its halt.

        What was found may be over: each gate is read and asked again.
        """
        halted: list[str] = []
        damage: list[Damaged] = []
        for key in found:
            try:
                gate = self.ledger.gate(key)
            except Damaged as damaged:
                damage.append(damaged)
                continue
            halted += self.halt(gate, why) if concerns(gate) else []
        if damage:
            raise damage[0]
        return halted

    def halt(self, gate: Gate, why: Halt) -> list[str]:
        """Set the flag. Returns the release's id, or nothing if it is already rolling back."""
        if gate.release is None or gate.at_rest or (gate.step or 0) >= ROLLBACK:
            return []
        try:
            after = self.ledger.write(gate.key, protocol.halt(gate.release, why))
        except Declined:
            return []
        if after.token:
            self.executions.wake(after.token)
        return [gate.release]


def _overtaken(rejected_at: int | None, gate: Gate) -> bool:
    return rejected_at is not None and rejected_at + 1000 <= gate.approved_at
