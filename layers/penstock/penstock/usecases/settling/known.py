"""Which packages the ledger has seen for an endpoint."""

from penstock.domain.ledger.gate import Gate
from penstock.ports.ledger import Ledger


def is_known(ledger: Ledger, gate: Gate, package: str) -> bool:
    """Whether the package serves, is in hand, waits for its turn, or was released before.

    One whose turn never came, because a later request was faster, is not known.
    """
    if package in {gate.serving, gate.package, *(waits for waits, _ in gate.waiting)}:
        return True
    return any(record.package == package for record in ledger.records(gate.key))
