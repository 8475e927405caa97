"""What the ledger keeps: gates, records, and what sweeps and reviews remember."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:  # a protocol is asked for its names alone
    from penstock.domain.ledger.gate import Gate, GateWrite
    from penstock.domain.ledger.place import Key
    from penstock.domain.ledger.record import ReleaseRecord
    from penstock.domain.ledger.trouble import Trouble
    from penstock.domain.planning.plan import Plan
    from penstock.domain.reviewing.review import Review
    from penstock.domain.usage import Use


class Ledger(Protocol):
    """The gates of all places and the records of their releases. Reads are consistent."""

    def gate(self, key: Key) -> Gate:
        """The gate as it is now; a place never claimed has an empty one."""
        ...

    def write(self, key: Key, write: GateWrite) -> Gate:
        """Write a gate under conditions, with its records in the same transaction.

        Returns:
            The gate after the write.

        Raises:
            Declined: The conditions did not hold. It carries the gate that the write met.
        """
        ...

    def record(self, key: Key, release: str) -> ReleaseRecord | None:
        """One release's record."""
        ...

    def records(self, key: Key) -> list[ReleaseRecord]:
        """All releases of a place, the newest approval first."""
        ...

    def gates(self) -> list[Gate]:
        """Every place's gate, with its owner, release and step and no more; may lag by seconds."""
        ...

    def keys(self) -> list[Key]:
        """The key of every gate, also one that was edited and names no place; it may lag by
        seconds.
        """
        ...

    def watching(self, alarm: str) -> list[Key]:
        """Places whose gates may name this alarm: every one that does, and some that did."""
        ...

    def of_package(self, arn: str) -> list[Key]:
        """Places whose gates may have a release of this package in hand, or had one."""
        ...

    def point_to(self, gate: Gate) -> None:
        """Let a gate be found by its alarms and its package. Repeating it is harmless."""
        ...


class Plans(Protocol):
    """The plans of releases: each is written once, and found by its digest."""

    def keep(self, key: Key, plan: Plan) -> None:
        """Keep a plan, which is then found by its digest."""
        ...

    def plan(self, key: Key, release: str, digest: str | None) -> Plan:
        """The plan with this digest; None: the one that the release's record carries.

        Raises:
            Damaged: it is gone, or was edited.
        """
        ...


class Troubles(Protocol):
    """Things that the sweep cannot handle. They are remembered so that people are notified
    once.
    """

    def trouble(self, about: str) -> Trouble | None:
        """The trouble of this thing. None if it has none."""
        ...

    def note_trouble(self, trouble: Trouble) -> None:
        """Store it in place of an earlier one."""
        ...

    def end_trouble(self, about: str) -> None:
        """The trouble of this thing is over."""
        ...


class Bookmarks(Protocol):
    """Where sweeps stopped for want of time."""

    def bookmark(self, kind: str) -> str:
        """The name that the next sweep begins with; empty for the first."""
        ...

    def mark(self, kind: str, name: str) -> None:
        """Keep it."""
        ...


class OnlyOneSweep(Protocol):
    """Keeps a sweep from running beside another one."""

    def begin(self, now: int, until: int) -> bool:
        """Begin a sweep that ends by itself at `until` (ms). False while another one runs."""
        ...

    def end(self) -> None:
        """The sweep that began is over."""
        ...


class Feeder(NamedTuple):
    """The endpoint that a stored policy names, and its version. No endpoint if it cannot be
    read.
    """

    endpoint: str | None
    version: str


class Feeders(Protocol):
    """The endpoints that the policies named at the last sweep."""

    def feeders(self) -> Mapping[str, Feeder]:
        """By group. Empty if unknown."""
        ...

    def keep_feeders(self, feeders: Mapping[str, Feeder]) -> None:
        """Store it in place of what an earlier sweep found."""
        ...


class Reviews(Protocol):
    """The ledger's memory of reviews."""

    def remembered(self, arn: str) -> Review | None:
        """The last review of this package.

        Raises:
            Damaged: what is remembered was edited and cannot be read.
        """
        ...

    def remember(self, review: Review) -> None:
        """Store it in place of an earlier one."""
        ...


class LiveMetrics(Protocol):
    """Metrics of the live package, as the ledger kept them."""

    def live_metrics(self, key: Key) -> Mapping[str, object] | None:
        """`Assessment.metrics` of the live package: {} if unknown, None if nothing is live."""
        ...


class Sightings(Protocol):
    """What the ledger remembers of endpoints, so that each is described once per modification."""

    def seen(self) -> Mapping[str, Use]:
        """What was seen, by endpoint. It may lag by seconds."""
        ...

    def saw(self, uses: Mapping[str, Use]) -> None:
        """Store what was just seen. Some of it may be lost and is then described again."""
        ...

    def whole_gates(self) -> list[Gate]:
        """Every gate, whole; each is read consistently.

        Raises:
            Damaged: one of them cannot be read, so nobody knows what it speaks of.
        """
        ...
