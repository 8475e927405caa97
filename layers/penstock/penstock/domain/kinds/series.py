"""What is published of a variant, and how requests and the bad ones among them are counted by it.

Every serving kind has a table of its own; this is what such a table is made of.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from penstock.domain.judging.readings import Shown

Point = float | None
Points = Sequence[Point]
"""One variant's datapoints in one minute, in the order of a tally's statistics."""


class Statistic(NamedTuple):
    """One statistic a minute of one CloudWatch metric.

    The unit is left out on purpose: SageMaker publishes `None`, and asking for `Count` finds
    nothing (facts 4.1).
    """

    namespace: str
    metric: str
    statistic: str
    dimensions: tuple[tuple[str, str], ...]


class Count(NamedTuple):
    """Requests of one variant and the bad ones among them; `bad` None: this cannot be known.

    Not `whole`: a datapoint is missing that may still be published.
    """

    requests: Point
    bad: Point
    whole: bool = True


Counting = Callable[[Points, Points], Count]
"""From a variant's points and, to compare them with, those of the other variant."""


class Tally(NamedTuple):
    """The statistics of one variant, requests first, and how they are counted."""

    statistics: tuple[Statistic, ...]
    counting: Counting


class Compared(NamedTuple):
    """One signal of both variants."""

    live: Tally
    candidate: Tally


class Question(NamedTuple):
    """Minutes [first, end) since 1970 of two variants under one configuration, by signal."""

    endpoint: str
    config: str
    live: str
    candidate: str
    signals: Mapping[str, Compared]
    first: int
    end: int


def shown(one: Tally, live: Points, candidate: Points) -> Shown:
    """What both variants show of a signal in one minute."""
    here, there = one.counting(live, candidate), one.counting(candidate, live)
    whole = here.whole and there.whole
    return Shown(here.requests, here.bad, there.requests, there.bad, whole)


def labelled(namespace: str, metric: str, where: tuple[tuple[str, str], ...]) -> Tally:
    """Of a custom metric with one datum a request, 1 where it was bad: only labels count."""
    labels = Statistic(namespace, metric, "SampleCount", where)
    return Tally((labels, labels._replace(statistic="Sum")), _labels)


def _labels(points: Points, _: Points) -> Count:
    requests, bad = points
    return Count(requests, bad)
