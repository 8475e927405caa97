"""What is measured and kept of a release: alarms, counts, judged minutes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:  # a protocol is asked for its names alone
    from penstock.domain.judging.counts import Minute
    from penstock.domain.judging.goal.experiment import OutcomeMinute
    from penstock.domain.judging.judgement import AlarmState
    from penstock.domain.judging.readings import Reading
    from penstock.domain.kinds.outcome_question import OutcomeQuestion
    from penstock.domain.kinds.question import Question
    from penstock.domain.kinds.series import Divided, Statistic
    from penstock.domain.planning.check import Check


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


class Hours(Protocol):
    """Statistics of clock hours, for what minutes cannot be added up to: percentiles."""

    def read(
        self, asked: Sequence[Statistic], first: int, end: int
    ) -> Mapping[Statistic, Mapping[int, float]]:
        """Of each statistic the value of every hour (since 1970) of [first, end) that has one.

        Raises:
            Unavailable: CloudWatch did not answer completely.
        """
        ...


class Strata(Protocol):
    """What divides the requests of a metric."""

    def values(self, divided: Divided) -> tuple[str, ...]:
        """The values of the dimension `by` in all series that have exactly these dimensions.

        They are sorted. A series counts if it had data in the past two weeks, or in the last three
        hours if only active ones are asked for. It may take 15 minutes from its first datum on
        until it does (facts 4.3.7).

        Raises:
            Denied: The role may not list metrics.
            Refused: There are too many series to be read. The sentence says how many.
            Unavailable: CloudWatch did not answer.
        """
        ...


class Source(Protocol):
    """A source of evidence: what candidate and live did, minute by minute."""

    def read(self, question: Question) -> Sequence[Reading] | None:
        """Every minute that is asked for, in order, with what is published of it by now.

        None when it did not answer completely: that is not zero (facts 4.3).
        """
        ...


class OutcomeSource(Protocol):
    """A source of the outcomes of requests, minute by minute."""

    def read(self, question: OutcomeQuestion) -> Sequence[OutcomeMinute] | None:
        """Every minute that is asked for, in order, with what is published of it by now.

        None when it did not answer completely: that is not zero (facts 4.3).

        Raises:
            Unavailable: It did not answer.
        """
        ...


class Archive(Protocol):
    """The archive of each release's judged minutes, which can be judged again."""

    def add(
        self,
        endpoint: str,
        release: str,
        minutes: Sequence[Minute],
        *,
        more: bool,
        name: str = "minutes",
    ) -> str:
        """Store minutes. Minutes from the first given one on are replaced, so storing twice is
        harmless.

        Args:
            endpoint: Name of the endpoint.
            release: Id of the release.
            minutes: The minutes, in order.
            more: Whether some minutes of this release are already stored by this name.
            name: What they are of: `minutes` of shares of the traffic, or of a `shadow`.

        Returns:
            The URI of the object.

        Raises:
            NotKept: They were not stored, or nobody knows.
        """
        ...

    def read_note(self, endpoint: str, release: str, name: str) -> Mapping[str, Any]:
        """What was stored last by this name.

        Raises:
            NotKept: There is nothing, or it cannot be read.
        """
        ...

    def note(self, endpoint: str, release: str, name: str, document: Mapping[str, Any]) -> str:
        """Store what else is known of a release, in place of what was stored by this name.

        Args:
            endpoint: Name of the endpoint.
            release: Id of the release.
            name: What it is, such as `answers`.
            document: Values of JSON's kinds.

        Returns:
            The URI of the object.

        Raises:
            NotKept: It was not stored, or nobody knows.
        """
        ...
