"""A package that serves and was rejected: the gate notes it once, at rest."""

from penstock.domain.ledger.gate import Gate, GateWrite, absent, equals, unchanged
from penstock.domain.ledger.revocation import Revocation
from penstock.domain.protocol.parts import outbox

REVOKED = "revoked"
"""Its word in the outbox, and the attribute that it speaks of."""


def note_revoked(gate: Gate, revocation: Revocation) -> GateWrite:
    """Note that what serves was rejected, in place of what `gate` notes of it.

    Of several that notice it at once, one writes. Only it adds to the outbox.
    """
    before = equals(REVOKED, gate.revoked) if gate.revoked else absent(REVOKED)
    said = outbox(gate, REVOKED) if revocation.says else {}
    return GateWrite(
        conditions=(absent("owner"), unchanged(gate), before),
        assign={REVOKED: revocation, **said},
    )


def forget_revoked(gate: Gate) -> GateWrite:
    """The package is approved again, or a later rejection has to be noticed afresh."""
    return GateWrite(conditions=(equals(REVOKED, gate.revoked),), remove=(REVOKED,))
