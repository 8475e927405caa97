"""Rehearsal endpoints: the gate names each from before its creation until it is seen to be gone."""

from dataclasses import replace

from penstock.domain.ledger.gate import Gate, GateWrite, Rehearsal, absent, unchanged


def rehearsing(gate: Gate, endpoint: str | None) -> dict[str, tuple[Rehearsal, ...]]:
    """What the write of a plan sets, so that no death hides the endpoint. Empty without one."""
    if endpoint is None:
        return {}
    others = tuple(each for each in gate.rehearsals if each.endpoint != endpoint)
    return {"rehearsals": (*others, Rehearsal(endpoint=endpoint))}


def leaving(write: GateWrite, left: tuple[Rehearsal, ...]) -> GateWrite:
    """Extend a write that ends something by the rehearsal endpoints that are still there."""
    if not left:
        return replace(write, remove=(*write.remove, "rehearsals"))
    return replace(write, assign={**write.assign, "rehearsals": left})


def note_undeleted(gate: Gate, refused: tuple[Rehearsal, ...]) -> GateWrite:
    """Note that people were notified why rehearsal endpoints of a place at rest are still there."""
    return GateWrite(conditions=(absent("owner"), unchanged(gate)), assign={"rehearsals": refused})
