"""Pointers: the ledger finds a gate by alarm or package without reading the others."""

from collections.abc import Iterable
from typing import Literal, NamedTuple

from penstock.domain.ledger.gate import Gate, GateWrite


class GatePointer(NamedTuple):
    """A name that a gate is found by: an alarm that stops its release, or its release's package.

    A pointer outlives its release. Whoever follows one reads the gate and checks it again.
    """

    kind: Literal["alarm", "package"]
    name: str


def pointers(write: GateWrite) -> tuple[GatePointer, ...]:
    """What finds the gate once `write` is made; each name once."""
    return _named(write.assign.get("alarms", ()), write.assign.get("package"))


def gate_pointers(gate: Gate) -> tuple[GatePointer, ...]:
    """What finds this gate; each name once."""
    return _named(gate.alarms, gate.package)


def _named(alarms: Iterable[str], package: str | None) -> tuple[GatePointer, ...]:
    packages = (GatePointer("package", package),) if package else ()
    return (*(GatePointer("alarm", name) for name in dict.fromkeys(alarms)), *packages)
