"""A revocation of what already serves: reconcile is asked to look at once."""

from contextlib import suppress
from dataclasses import dataclass

from penstock.domain import protocol
from penstock.domain.errors import Damaged
from penstock.domain.ledger.gate import Declined, Gate
from penstock.domain.ledger.place import Key
from penstock.ports.executions import Reconciling
from penstock.ports.ledger import Ledger


@dataclass(frozen=True)
class RevokeServing:
    """Finds the places that serve a package. What follows is decided by reconcile, which reads
    the registry: an event may be late, or come several times.
    """

    ledger: Ledger
    reconciling: Reconciling

    def __call__(self, package: str, rejected_at: int | None) -> list[Key]:
        """Ask for the reconciliation of every place at rest that serves the package.

        A place that a release holds is left alone. The sweep looks at it afterwards.

        Args:
            package: ARN of the package.
            rejected_at: When it was rejected, in ms but in whole seconds. None if unknown.

        Returns:
            The places that are going to be reconciled.
        """
        asked: list[Key] = []
        for key in self.ledger.of_package(package):
            gate = self._gate(key)
            if gate is None or gate.serving != package:
                continue
            self._forget_earlier(gate, package, rejected_at)
            if gate.at_rest:
                self.reconciling.place(key)
                asked.append(key)
        return asked

    def _gate(self, key: Key) -> Gate | None:
        """A gate that cannot be read is told of by the sweep, and keeps no other waiting."""
        try:
            return self.ledger.gate(key)
        except Damaged:
            return None

    def _forget_earlier(self, gate: Gate, package: str, rejected_at: int | None) -> None:
        """A package that was approved again and rejected again is revoked a second time."""
        noted = gate.revoked
        if noted and noted.package == package and noted.overtaken(rejected_at):
            with suppress(Declined):  # another instance was faster
                self.ledger.write(gate.key, protocol.forget_revoked(gate))
