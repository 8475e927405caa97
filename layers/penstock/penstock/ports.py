"""Ports: what the use cases need from the outside, in the domain's terms."""

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
    from penstock.domain.planning.check import Check
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


class Endpoints(Protocol):
    """Endpoints as SageMaker shows them. Nothing here changes them."""

    def look(self, endpoint: str) -> EndpointView | None:
        """The endpoint now. None if it does not exist."""
        ...

    def setup(self, view: EndpointView, endpoint: str, config: str) -> LiveSetup:
        """Everything a release starts from.

        Args:
            view: The endpoint as a look has shown it.
            endpoint: Its name.
            config: Name of the configuration to start from.

        Returns:
            The configuration, the model that it names, and the present instances.

        Raises:
            Refused: The configuration or its model was deleted.
        """
        ...


class Serving(Protocol):
    """The verbs of a serving kind. Each call is idempotent; names come from the plan.

    Raises:
        Busy: The endpoint is not InService.
        NoCapacity: A quota or the instance pool is exhausted.
        Missing: A resource does not exist, or not yet.
        Denied: The role lacks a permission.
        Unavailable: A transient failure.

    After any of these errors the endpoint is unchanged, except after Unanswered.
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
        """Delete by name. Names that are already gone are fine."""
        ...


class Scaling(Protocol):
    """Auto-scaling of a variant's instances. Both changes are idempotent.

    Capacities and other suspensions stay as they are. If the variant is no scalable target, nothing
    changes.

    Raises:
        Denied, Unavailable, Unscalable: The target is unchanged.
    """

    def scale_in(self, endpoint: str, variant: str) -> ScaleIn | None:
        """Whether auto-scaling may remove instances. None if the variant is no scalable target."""
        ...

    def suspend(self, endpoint: str, variant: str) -> None:
        """Suspend scale-in."""
        ...

    def resume(self, endpoint: str, variant: str) -> None:
        """Resume scale-in."""
        ...


class Alarms(Protocol):
    """CloudWatch alarms."""

    def states(self, names: tuple[str, ...]) -> Mapping[str, AlarmState]:
        """The state of each alarm that exists, by name."""
        ...

    def renew(
        self, checks: tuple[Check, ...], tags: Mapping[str, str], left: tuple[str, ...] = ()
    ) -> None:
        """Create these alarms without the state of an earlier phase.

        An alarm of this phase that an earlier try created stays as it is, unless it fires.

        Args:
            checks: The alarms.
            tags: Tags of each alarm.
            left: Names of alarms of the earlier phase, which are deleted.
        """
        ...

    def remove(self, names: tuple[str, ...]) -> None:
        """Delete alarms. Names that are already gone are fine."""
        ...


class Metrics(Protocol):
    """Sums of CloudWatch metrics."""

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
    """The archive of each release's judged minutes, which can be judged again."""

    def add(self, endpoint: str, release: str, minutes: Sequence[Minute], *, more: bool) -> str:
        """Store minutes. Minutes from the first given one on are replaced, so storing twice is
        harmless.

        Args:
            endpoint: Name of the endpoint.
            release: Id of the release.
            minutes: The minutes, in order.
            more: Whether some minutes of this release are already stored.

        Returns:
            The URI of the object.

        Raises:
            NotKept: They were not stored, or nobody knows.
        """
        ...


class Executions(Protocol):
    """Executions of the release state machine."""

    def running(self, arn: str) -> bool:
        """Whether the execution runs. An unknown one does not."""
        ...

    def died(self, name: str) -> bool:
        """Whether the execution of this name failed without writing an ending."""
        ...

    def start(self, name: str, document: Mapping[str, Any]) -> None:
        """Start an execution. A name that was already used starts nothing."""
        ...

    def wake(self, token: str) -> None:
        """End a wait early. A stale token is fine."""
        ...

    def cause(self, arn: str) -> str:
        """The cause of a failed execution. Empty if it did not fail, gave no cause or is
        unknown.
        """
        ...


class Reconciling(Protocol):
    """Whoever reconciles, asked to do so later and once for each request, or twice."""

    def place(self, key: Key) -> None:
        """Request a separate invocation that reconciles one place."""
        ...

    def group(self, group: str) -> None:
        """Request a separate invocation that reconciles one model package group."""
        ...


class Announcer(Protocol):
    """Publishes on the event bus and, where people need to know, on the topic."""

    def announce(self, announcement: Announcement) -> bool:
        """Publish at least once.

        Returns:
            Whether it is published.

        Raises:
            Unavailable, Denied, Missing, RefusedByAws: It is not published; the caller must know.
        """
        ...
