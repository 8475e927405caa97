"""Which packages the ledger has seen for an endpoint."""

from penstock.domain.ledger.gate import Gate
from penstock.ports.ledger import Ledger


def is_known(ledger: Ledger, gate: Gate, package: str) -> bool:
    """Whether the package serves, is in hand, waits for its turn, or was released before."""
    if package in {gate.serving, gate.package, gate.wanted, gate.queued}:
        return True
    return any(record.package == package for record in ledger.records(gate.key))
