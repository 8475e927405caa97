"""Pointers: the ledger finds a gate by alarm or package without reading the others."""

from typing import Literal, NamedTuple

from penstock.domain.ledger.gate import GateWrite


class Pointer(NamedTuple):
    """A name that a gate is found by: an alarm that stops its release, or its release's package.

    A pointer outlives its release. Whoever follows one reads the gate and checks it again.
    """

    kind: Literal["alarm", "package"]
    name: str


def pointers(write: GateWrite) -> tuple[Pointer, ...]:
    """What finds the gate once `write` is made; each name once."""
    alarms = dict.fromkeys(write.assign.get("alarms", ()))
    package = write.assign.get("package")
    packages = (Pointer("package", package),) if package else ()
    return (*(Pointer("alarm", name) for name in alarms), *packages)
