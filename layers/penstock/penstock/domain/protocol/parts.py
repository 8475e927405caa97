"""Conditions and assignments that the protocol's writes share."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from penstock.domain.ledger.content import Content
from penstock.domain.ledger.gate import (
    CLAIMED,
    ROLLBACK,
    WINDOW,
    Condition,
    Gate,
    absent,
    absent_or_at_most,
    absent_or_below,
    equals,
    lock_free,
    unchanged,
)

LEASE_MS = 15 * 60_000
"""Added to the longest planned silence. A lease only detects a stuck owner."""
SILENCE_MS = 14 * 60_000 + 30_000
"""Time in which a running owner has to write again after a sweep has seen that its lease is
over.

It is just less than the interval of 15 minutes between sweeps. Otherwise the next sweep would
always leave the takeover to a third one.
"""
LOCK_MS = 90_000
"""Time-out of an acting function (60 s) plus 30 s. The lock is what protects."""
LOCK = ("lock", "lock_until")
GONE_AT_REST = ("owner", "lease_until", "lapsed", *LOCK, "step", "token", "quiet_until")
"""Attributes that are removed when an endpoint comes to rest."""
FRESH = ("recoveries", "repair", "stuck")
"""Failed attempts. They are removed when a release ends in a known state, and when another
begins.
"""


class Approval(NamedTuple):
    """One release as the claim knows it: its id, package and approval time in ms.

    A rollback has no package before it is known what it goes back to, nor where that was adopted.
    """

    release: str
    package: str | None
    approved_at: int

    @property
    def kept(self) -> str:
        """The package as the ledger keeps it: empty where there is none."""
        return self.package or ""


class Writer(NamedTuple):
    """The writer of a conditional write: its execution, its release, and the time now in ms."""

    owner: str
    release: str
    approved_at: int
    now: int


class Inconsistent(Exception):
    """A gate holds a combination that no write of the protocol makes."""

    def __init__(self, gate: Gate, what: str) -> None:
        super().__init__(f"the gate of {gate.endpoint}: {what}")


def seen_lapsed(gate: Gate) -> bool:
    """Whether a sweep has seen that the lease is over since its last renewal."""
    return gate.lapsed is not None and gate.lapsed > gate.lease_until


def stuck(gate: Gate, now: int) -> bool:
    """Whether a running owner has been silent for so long that it counts as dead.

    While the table is unavailable nobody can renew a lease. A release that goes forward is
    therefore left alone until a sweep has seen that its lease is over and SILENCE_MS have passed. A
    release that rolls back loses nothing by a successor, which does the same.
    """
    if gate.lease_until >= now:
        return False
    return goes_back(gate) or (seen_lapsed(gate) and now > (gate.lapsed or 0) + SILENCE_MS)


def goes_back(gate: Gate) -> bool:
    """Whether the release in hand rolls back or is ordered to."""
    return gate.halt is not None or (gate.step is not None and gate.step >= ROLLBACK)


def silent(gate: Gate) -> tuple[Condition, ...]:
    """The owner has written nothing since `gate` was read. A renewal does not change the fence,
    so the lease is compared too.
    """
    same = (equals("owner", gate.owner), equals("lease_until", gate.lease_until))
    return (*same, unchanged(gate))


def mine(writer: Writer) -> tuple[Condition, ...]:
    """This execution holds the endpoint for this release (R6)."""
    return (equals("owner", writer.owner), equals("release", writer.release))


def undisturbed(writer: Writer, step: int) -> tuple[Condition, ...]:
    """There is no halt and, before the watch window, nothing newer is wanted."""
    if step >= WINDOW:
        return (absent("halt"),)
    return (absent("halt"), absent_or_at_most("wanted_at", writer.approved_at))


def newest(approved_at: int, now: int) -> tuple[Condition, ...]:
    """Nobody acts, and no newer approval was claimed or is wanted."""
    return (
        lock_free(now),
        absent_or_below("latest", approved_at),
        absent_or_at_most("wanted_at", approved_at),
    )


def claimed(owner: str, new: Approval, now: int) -> dict[str, Any]:
    """What a claim for a new release sets."""
    return {
        "owner": owner,
        "lease_until": now + LEASE_MS,
        "release": new.release,
        "approved_at": new.approved_at,
        "package": new.kept,
        "latest": new.approved_at,
        "started_at": now,
        "step": CLAIMED,
        **wanted(new),
    }


def wanted(new: Approval) -> dict[str, Any]:
    """The newest approval seen."""
    return {"wanted_at": new.approved_at, "wanted": new.kept}


def previous(gate: Gate) -> dict[str, Any]:
    """While a TIDY is pending, the stable content to go back to is still `previous` (R20)."""
    if gate.tidy == "pending" or gate.content is None:
        return {}
    return {"previous": gate.content}


def running(new: Approval, now: int) -> dict[str, Any]:
    """The record of a release that begins."""
    return {
        "state": "running",
        "package": new.kept,
        "approved_at": new.approved_at,
        "started_at": now,
    }


def promoted(content: Content, now: int, reason: str | None) -> dict[str, Any]:
    """What a release's record says once its package serves."""
    said = {"reason": reason} if reason else {}
    return {"state": "promoted", "ended_at": now, "content": content, **said}


def record(gate: Gate, attributes: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """The record of the release in hand, where there is something to say of one."""
    return {gate.release: attributes} if gate.release and attributes else {}


def outbox(gate: Gate, *words: str) -> dict[str, Any]:
    """Outbox entries of a write: outcomes that it decides and nobody has published (releases,
    `drift`, `attention`).

    Only a writer that may end a release adds entries, so none that was read is lost.
    """
    fresh = tuple(word for word in words if word and word not in gate.untold)
    return {"untold": (*gate.untold, *fresh)} if fresh else {}
