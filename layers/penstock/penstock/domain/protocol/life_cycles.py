"""Stages of packages' lives that are due: part of the write that decides them (an outbox)."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from penstock.domain.ledger import lifecycle
from penstock.domain.ledger.gate import Gate, GateWrite, equals
from penstock.domain.ledger.lifecycle import LifeCycle, StageDue


def staging(write: GateWrite, gate: Gate, cycle: LifeCycle | None) -> GateWrite:
    """Extend the write that keeps the plan by the stages of its policy.

    The package's own stage becomes due with it, so that no death leaves a package staged of which
    nobody knows what it was before. An earlier try of the same plan may have staged it by a policy
    that was changed since: that one is followed to the end.
    """
    if cycle is None and gate.life and gate.life.release == gate.release:
        return write
    if cycle is None:
        return replace(write, remove=(*write.remove, "life"))
    begun = [lifecycle.staged(cycle, gate.package)] if gate.package else []
    return replace(write, assign={**write.assign, "life": cycle, **stages_due(gate, begun)})


def stages_due(gate: Gate, more: Iterable[StageDue]) -> dict[str, Any]:
    """What a write assigns where stages come up. Empty if none does."""
    new = tuple(more)
    return {"stages": lifecycle.owing(gate.stages, new)} if new else {}


def stages_promoted(gate: Gate) -> dict[str, Any]:
    """The release in hand is promoted."""
    return stages_due(
        gate, lifecycle.replaced(gate.life, gate.serving, gate.package, gate.release or "")
    )


def stages_ended(gate: Gate, serves: str | None) -> dict[str, Any]:
    """The release in hand ends without a promotion, and `serves` is what serves then."""
    release = gate.release or ""
    return stages_due(
        gate,
        (
            *lifecycle.given_back(gate.life, gate.package, serves, release),
            *lifecycle.replaced(gate.life, gate.serving, serves, release),
        ),
    )


def stages_written(gate: Gate, left: tuple[StageDue, ...]) -> GateWrite:
    """Keep only what is still due. Declined if more came up since `gate` was read."""
    return GateWrite(
        conditions=(equals("stages", gate.stages),),
        assign={"stages": left} if left else {},
        remove=() if left else ("stages",),
    )
