"""What a serving kind publishes of a variant, and how its requests and the bad ones are counted.

Each kind has one `Published`. Both the minutes that candidate and live are compared by and the
alarms are drawn from it.
"""

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

SURE_AFTER = 5
"""Minutes after its end from which a datum counts as final, where CloudWatch has it."""

INSTANCE = "InstanceId"
"""The dimension that enhanced metrics have besides (facts 4.1.7)."""
Point = float | None
Points = Sequence[Point]
"""One variant's datapoints in one minute, in the order of a tally's statistics."""


class Fleet(NamedTuple):
    """One variant of an endpoint while one configuration serves."""

    endpoint: str
    config: str
    variant: str

    def named_in(self, dimensions: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
        """The dimensions with this fleet's names for {endpoint}, {config} and {variant}."""
        known = {f"{{{name}}}": value for name, value in self._asdict().items()}
        return tuple(
            (name, re.sub(r"\{[a-z]+\}", lambda place: known[place[0]], value))
            for name, value in dimensions.items()
        )


class Statistic(NamedTuple):
    """One statistic a minute of one CloudWatch metric.

    The unit is left out on purpose: SageMaker publishes `None`, and asking for `Count` finds
    nothing (facts 4.1).
    """

    namespace: str
    metric: str
    statistic: str
    dimensions: tuple[tuple[str, str], ...]


class Divided(NamedTuple):
    """The series of one metric that have the same dimensions, and besides them `by`.

    `active`: those only that had data in the last three hours.
    """

    namespace: str
    metric: str
    dimensions: tuple[tuple[str, str], ...]
    by: str
    active: bool = False


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
    """The statistics of one variant, requests first, how they are counted, and when for good.

    From `sure_after` minutes after its end on a minute is taken as it stands.
    """

    statistics: tuple[Statistic, ...]
    counting: Counting
    sure_after: int = SURE_AFTER


class Measure(NamedTuple):
    """A metric and its statistic, in which {microseconds} stands for the latency objective."""

    metric: str
    statistic: str = "Sum"


class AlarmFormula(NamedTuple):
    """A signal's bad requests in metric math, which an alarm can watch.

    `formulas` are over the measures by their ids, `bad` the last one, and `share` is the bad part
    of all requests. `whole`: `bad` is a whole number. `says` what is bad about the requests.
    """

    measures: Mapping[str, Measure]
    formulas: Mapping[str, str]
    share: str
    whole: bool
    says: str

    @property
    def needs_objective(self) -> bool:
        """Whether it depends on the latency objective."""
        return any("{microseconds}" in each.statistic for each in self.measures.values())


class PublishedSignal(NamedTuple):
    """A built-in signal: its measures, requests first, how they are counted, and its alarm.

    From `sure_after` minutes after its end on a minute is taken as it stands.
    """

    measures: tuple[Measure, ...]
    counting: Counting
    formula: AlarmFormula | None = None
    sure_after: int = SURE_AFTER


class Published(NamedTuple):
    """What one kind publishes; `requests` counts what a variant served, of any signal.

    `answers` counts those whose latency is known; its percentiles are latencies in microseconds.
    None: the kind has no such metric. `instances` are the dimensions of the series that each
    instance has besides, with INSTANCE, where the configuration asks for enhanced metrics.
    """

    namespace: str
    dimensions: Mapping[str, str]
    requests: Measure
    signals: Mapping[str, PublishedSignal]
    answers: Measure | None = None
    instances: Mapping[str, str] | None = None

    def divided(self, fleet: Fleet) -> Divided | None:
        """The requests of a fleet, instance by instance. None: the kind has no such series."""
        if self.instances is None:
            return None
        where = fleet.named_in(self.instances)
        return Divided(self.namespace, self.requests.metric, where, INSTANCE, active=True)

    def of_instance(self, instance: str) -> "Published":
        """What one instance publishes by itself."""
        return self._replace(dimensions={**(self.instances or {}), INSTANCE: instance})

    @property
    def alarm_formulas(self) -> dict[str, AlarmFormula]:
        """The signals that have an alarm."""
        return {name: each.formula for name, each in self.signals.items() if each.formula}

    def tally(self, signal: str, fleet: Fleet, objective_ms: float | None) -> Tally:
        """How a built-in signal of a fleet is counted."""
        published = self.signals[signal]
        found = (self.statistic(each, fleet, objective_ms) for each in published.measures)
        return Tally(tuple(found), published.counting, published.sure_after)

    def statistic(
        self, measure: Measure, fleet: Fleet, objective_ms: float | None = None
    ) -> Statistic:
        """A measure of one fleet."""
        bound = max(1, round((objective_ms or 0) * 1000))
        statistic = measure.statistic.format(microseconds=bound)
        where = fleet.named_in(self.dimensions)
        return Statistic(self.namespace, measure.metric, statistic, where)

    def served(self, fleet: Fleet) -> Statistic:
        """The requests of a fleet."""
        return self.statistic(self.requests, fleet)


Where = tuple[tuple[str, str], ...]


def labelled(namespace: str, metric: str, *where: Where) -> Tally:
    """Of a custom metric with one datum a request, 1 where it was bad: only labels count.

    Those of several series are added up. One that shows nothing counts as no request, so whoever
    reads them together also has to read each by itself, to know whether it is complete.
    """
    return Tally(tuple(_both(namespace, metric, where)), _labels)


def _both(namespace: str, metric: str, where: Sequence[Where]) -> Iterator[Statistic]:
    for each in where:
        labels = Statistic(namespace, metric, "SampleCount", each)
        yield from (labels, labels._replace(statistic="Sum"))


def _labels(points: Points, _: Points) -> Count:
    """A series with one of its statistics makes the whole a gap."""
    series = list(zip(points[::2], points[1::2], strict=True))
    seen = [(requests, bad) for requests, bad in series if (requests, bad) != (None, None)]
    if not seen:
        return Count(None, None)
    counted = [(requests, bad) for requests, bad in seen if None not in (requests, bad)]
    requests = math.fsum(requests for requests, _ in seen if requests is not None)
    bad = math.fsum(bad for _, bad in seen if bad is not None)
    return Count(requests, bad if len(counted) == len(seen) else None)
