"""What the use cases need of the world, in the domain's words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:  # a protocol is asked for its names alone
    from penstock.domain.execution.announcements import Announcement
    from penstock.domain.judging.counts import Minute
    from penstock.domain.judging.judgement import AlarmState
    from penstock.domain.judging.readings import Reading
    from penstock.domain.kinds.endpoint import EndpointView, LiveSetup, ScaleIn
    from penstock.domain.kinds.question import Question
    from penstock.domain.kinds.series import Statistic
    from penstock.domain.ledger.content import Content
    from penstock.domain.ledger.gate import Gate, GateWrite
    from penstock.domain.ledger.place import Key
    from penstock.domain.ledger.record import ReleaseRecord
    from penstock.domain.ledger.trouble import Trouble
    from penstock.domain.planning.checks import Check
    from penstock.domain.planning.plan import Plan
    from penstock.domain.planning.stage import Stage


TimeLeft = Callable[[], int]
"""Milliseconds until this instance is killed."""


class Clock(Protocol):
    """The time."""

    def now(self) -> int:
        """Milliseconds since 1970."""
        ...


class Ledger(Protocol):
    """The gates of all places and the records of their releases. Reads are consistent."""

    def gate(self, key: Key) -> Gate:
        """The gate as it is now; a place never claimed has an empty one."""
        ...

    def write(self, key: Key, write: GateWrite) -> Gate:
        """Write under conditions, records in the same transaction; answers the gate after it.

        Raises:
            Declined: the conditions did not hold; carries the gate as it was.
        """
        ...

    def record(self, key: Key, release: str) -> ReleaseRecord | None:
        """One release's record."""
        ...

    def records(self, key: Key) -> list[ReleaseRecord]:
        """All releases of a place, the newest approval first."""
        ...

    def gates(self) -> list[Gate]:
        """Every gate, with its owner, release and step and no more; may lag by seconds."""
        ...

    def keys(self) -> list[Key]:
        """The key of every place that has a gate; may lag by seconds."""
        ...

    def watching(self, alarm: str) -> list[Key]:
        """Places whose gates may name this alarm: every one that does, and some that did."""
        ...

    def of_package(self, arn: str) -> list[Key]:
        """Places whose gates may have a release of this package in hand, or had one."""
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
    """What is known of things that cannot be handled, so that people are told once."""

    def trouble(self, about: str) -> Trouble | None:
        """The trouble that this thing is in; None where it is well."""
        ...

    def note_trouble(self, trouble: Trouble) -> None:
        """Keep it in place of an earlier one."""
        ...

    def end_trouble(self, about: str) -> None:
        """The thing is well again."""
        ...


class Bookmarks(Protocol):
    """Where sweeps stopped for want of time."""

    def bookmark(self, kind: str) -> str:
        """The name that the next sweep begins with; empty for the first."""
        ...

    def mark(self, kind: str, name: str) -> None:
        """Keep it."""
        ...


class Endpoints(Protocol):
    """What there is on SageMaker; nothing is changed by asking."""

    def look(self, endpoint: str) -> EndpointView | None:
        """The endpoint now; None when there is none."""
        ...

    def setup(self, view: EndpointView, endpoint: str, config: str) -> LiveSetup:
        """What a release starts from, in full: `config`, its model, the instances now."""
        ...


class Serving(Protocol):
    """The verbs of a serving kind. Each call is idempotent; names come from the plan.

    Every verb raises Busy (not InService), NoCapacity, Missing (not there yet), Denied or
    Unavailable; none of them has then changed the endpoint.
    """

    def forward(self, plan: Plan, stage: Stage, view: EndpointView | None) -> None:
        """Make what a stage needs, and ask for its target; `view` is the look just taken."""
        ...

    def shift(self, endpoint: str, target: Content) -> None:
        """Ask for the shares of a content whose configuration is there."""
        ...

    def tidy(self, endpoint: str, back_to: Content) -> None:
        """Ask for what is gone back to."""
        ...

    def remove(self, endpoint: str, shown: Content) -> None:
        """Remove a place that never served; `shown` is what is there."""
        ...


class Retiring(Protocol):
    """Deletes what ended releases made, whatever their serving kind."""

    def retire(self, configs: tuple[str, ...], models: tuple[str, ...]) -> None:
        """Delete by name; what is gone already is fine."""
        ...


class Scaling(Protocol):
    """Auto-scaling of a variant's instances.

    Both changes may be asked for twice; capacities and other suspensions stay as they are.
    Where the variant is no scalable target (any more) there is nothing to change.

    Raises Denied, Unavailable or Unscalable; the target is then as it was.
    """

    def scale_in(self, endpoint: str, variant: str) -> ScaleIn | None:
        """Whether instances may be taken away; None where the variant is no scalable target."""
        ...

    def suspend(self, endpoint: str, variant: str) -> None:
        """Let auto-scaling take no instances away."""
        ...

    def resume(self, endpoint: str, variant: str) -> None:
        """Let auto-scaling take instances away again."""
        ...


class Alarms(Protocol):
    """CloudWatch alarms."""

    def states(self, names: tuple[str, ...]) -> Mapping[str, AlarmState]:
        """The state of each alarm that exists."""
        ...

    def renew(
        self, checks: tuple[Check, ...], tags: Mapping[str, str], left: tuple[str, ...] = ()
    ) -> None:
        """Make these alarms, none with the state of an earlier phase; delete those `left` by it.

        One of this phase, which an earlier try made, stays as it is unless it fires.
        """
        ...

    def remove(self, names: tuple[str, ...]) -> None:
        """Delete alarms; those that are gone are fine."""
        ...


class Metrics(Protocol):
    """What CloudWatch counted."""

    def requests(self, counted: Statistic, since: int, until: int) -> int | None:
        """The sum of a statistic over the whole minutes of [since, until) ms.

        None when CloudWatch did not answer completely: that is not zero (facts 4.3).
        """
        ...


class Source(Protocol):
    """A source of evidence: what candidate and live did, minute by minute."""

    def read(self, question: Question) -> Sequence[Reading] | None:
        """Every minute that is asked for, in order, with what is published of it by now.

        None when it did not answer completely: that is not zero (facts 4.3).
        """
        ...


class Archive(Protocol):
    """The judged minutes of each release, for whoever wants to judge them again."""

    def add(self, endpoint: str, release: str, minutes: Sequence[Minute], *, more: bool) -> str:
        """Keep minutes; `more`: some of this release are kept already. Answers where they are.

        Minutes from the first given on are replaced, so that adding twice is adding once.

        Raises:
            NotKept: they are not, or nobody knows.
        """
        ...


class Executions(Protocol):
    """Executions of the release state machine."""

    def running(self, arn: str) -> bool:
        """Whether the execution runs; one that is unknown does not."""
        ...

    def died(self, name: str) -> bool:
        """Whether the one of this name is over and never said how it ended."""
        ...

    def start(self, name: str, document: Mapping[str, Any]) -> None:
        """Start one; a name that was used already starts nothing."""
        ...

    def wake(self, token: str) -> None:
        """End a wait early; a token that is stale or gone is fine."""
        ...

    def cause(self, arn: str) -> str:
        """Why an execution failed; empty where it did not, said nothing or is unknown."""
        ...


class Reconciling(Protocol):
    """Whoever reconciles, asked to do so later and once for each request, or twice."""

    def place(self, key: Key) -> None:
        """Have one place reconciled by an invocation of its own."""
        ...

    def group(self, group: str) -> None:
        """Have one model package group reconciled by an invocation of its own."""
        ...


class Announcer(Protocol):
    """Tells the bus, and people where they need to know."""

    def announce(self, announcement: Announcement) -> bool:
        """Say it at least once; answers whether it is told.

        Raises Unavailable, Denied, Missing or RefusedByAws, where its caller has to know.
        """
        ...
