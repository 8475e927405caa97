"""What the writes of the protocol are put together from."""

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
"""Added to the longest planned silence; a lease only detects a stuck owner."""
SILENCE_MS = 14 * 60_000 + 30_000
"""What a running owner has to write again, once a sweep has seen that its lease is over: just less
than the quarter of an hour until the next sweep, or that one would always leave it to a third."""
LOCK_MS = 90_000
"""Timeout of an acting function (60 s) and 30 s more; the lock is what protects."""
LOCK = ("lock", "lock_until")
AT_REST = ("owner", "lease_until", "lapsed", *LOCK, "step", "token", "quiet_until")
"""What goes when an endpoint comes to rest."""
FRESH = ("recoveries", "repair", "stuck")
"""What was tried in vain: forgotten where a release ends known, and where another begins."""


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


class Turn(NamedTuple):
    """Whose turn it is: the execution, the release it works on, and the time now in ms."""

    owner: str
    release: str
    approved_at: int
    now: int


class Inconsistent(Exception):
    """A gate holds a combination that no write of the protocol makes."""

    def __init__(self, gate: Gate, what: str) -> None:
        super().__init__(f"the gate of {gate.endpoint}: {what}")


def seen_lapsed(gate: Gate) -> bool:
    """Whether a sweep has seen that the lease is over, since it was last renewed."""
    return gate.lapsed is not None and gate.lapsed > gate.lease_until


def stuck(gate: Gate, now: int) -> bool:
    """Whether an owner that runs has been silent for so long that it counts as dead.

    While the table was away nobody could renew a lease. So a release that goes forward is left
    alone until a sweep has seen that its lease is over, and SILENCE_MS have passed since. Whoever
    goes back, or is to, loses nothing by a successor, which does the same.
    """
    if gate.lease_until >= now:
        return False
    return goes_back(gate) or (seen_lapsed(gate) and now > (gate.lapsed or 0) + SILENCE_MS)


def goes_back(gate: Gate) -> bool:
    """Whether the release in hand goes back, or is to."""
    return gate.halt is not None or (gate.step is not None and gate.step >= ROLLBACK)


def silent(gate: Gate) -> tuple[Condition, ...]:
    """Nothing was heard of the owner since `gate` was read: a renewal is no event for the fence."""
    same = (equals("owner", gate.owner), equals("lease_until", gate.lease_until))
    return (*same, unchanged(gate))


def mine(turn: Turn) -> tuple[Condition, ...]:
    """The endpoint is held for this release by this execution (R6)."""
    return (equals("owner", turn.owner), equals("release", turn.release))


def undisturbed(turn: Turn, step: int) -> tuple[Condition, ...]:
    """No halt; and before promotion nothing newer is wanted (in the window that comes after)."""
    if step >= WINDOW:
        return (absent("halt"),)
    return (absent("halt"), absent_or_at_most("wanted_at", turn.approved_at))


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


def untold(gate: Gate, *words: str) -> dict[str, Any]:
    """What this write decides and nobody announced yet: releases, `drift`, `attention`.

    Only whoever may write the end of a release adds to it, so nothing is lost of what was read.
    """
    fresh = tuple(word for word in words if word and word not in gate.untold)
    return {"untold": (*gate.untold, *fresh)} if fresh else {}
