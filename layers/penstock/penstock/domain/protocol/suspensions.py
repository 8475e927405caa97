"""Suspended scale-in: the gate keeps it until scale-in is as it was before the release."""

from dataclasses import replace

from penstock.domain.ledger.gate import (
    NEXT_FENCE,
    Gate,
    GateWrite,
    Suspension,
    absent,
    lock_free,
    unchanged,
)
from penstock.domain.protocol.parts import LOCK_MS


def suspending(write: GateWrite, left: Suspension | None) -> GateWrite:
    """Extend a write that ends something by what is still suspended after it."""
    if left is None:
        return replace(write, remove=(*write.remove, "suspension"))
    return replace(write, assign={**write.assign, "suspension": left})


def note_refused(gate: Gate, refused: Suspension) -> GateWrite:
    """Note that people were notified why scale-in is still suspended on an endpoint at rest."""
    return GateWrite(conditions=(absent("owner"), unchanged(gate)), assign={"suspension": refused})


def hold_at_rest(gate: Gate, now: int) -> GateWrite:
    """Take the lock of an endpoint without an owner, for chores. Every claim waits for it."""
    return GateWrite(
        conditions=(absent("owner"), lock_free(now), unchanged(gate)),
        assign={"lock": NEXT_FENCE, "lock_until": now + LOCK_MS},
        counts=True,
    )
