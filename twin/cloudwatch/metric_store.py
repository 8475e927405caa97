"""Every published value, by series and minute, visible after the publication lag."""

import threading
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from twin.cloudwatch.metric_statistics import Distribution, Statistic, StatisticSet
from twin.core.hooks import NotSupportedByTwin

MINUTE = 60

Points = dict[int, float]
"""Datapoints by the epoch second their period starts at."""


class Series(NamedTuple):
    """What CloudWatch calls a metric: a namespace, a name and exactly these dimensions."""

    namespace: str
    name: str
    dimensions: frozenset[tuple[str, str]]


class Window(NamedTuple):
    """The periods that start in [start, end), seen at `now`."""

    start: int
    end: int
    now: float

    def starts(self, period: int) -> range:
        """When each period starts."""
        return range(self.start, self.end, period)


_Minutes = dict[int, Distribution]


class MetricStore:
    """The metrics of one account and region. AWS keeps standard metrics by the minute; so do we.

    AWS does not say, and a test may turn: whether TC or PR of a range that holds none of a
    minute's values is 0 or no datapoint (`empty_ranges_have_points`). `late`: seconds that come to
    the lag of single metrics, by name.
    """

    def __init__(self, lag: float) -> None:
        self.lag = lag
        self.late: dict[str, float] = {}
        self.empty_ranges_have_points = True
        self._lock = threading.RLock()
        self._series: dict[Series, dict[str, _Minutes]] = {}

    def record(self, series: Series, unit: str, at: float, values: Mapping[float, int]) -> None:
        """Publish values, each with the number of times it occurred, at a time."""
        if any(values.values()):
            with self._lock:
                self._minute(series, unit, at).add(values)

    def record_set(self, series: Series, unit: str, at: float, one: StatisticSet) -> None:
        """Publish a summary of values at a time."""
        with self._lock:
            self._minute(series, unit, at).add_set(one)

    def _minute(self, series: Series, unit: str, at: float) -> Distribution:
        minutes = self._series.setdefault(series, {}).setdefault(unit, {})
        return minutes.setdefault(int(at // MINUTE) * MINUTE, Distribution())

    def points(
        self, series: Series, statistic: Statistic, period: int, window: Window, unit: str | None
    ) -> Points:
        """One statistic of a series, without the periods that have no visible data."""
        values = (
            (start, statistic(found))
            for start, found in self.distributions(series, period, window, unit)
        )
        return {start: value for start, value in values if value is not None}

    def distributions(
        self, series: Series, period: int, window: Window, unit: str | None
    ) -> list[tuple[int, Distribution]]:
        """Everything visible in each period that has any of it, the earliest first.

        AWS: a unit that was never published for the series finds nothing (facts 4.1).
        """
        with self._lock:
            minutes = self._minutes(series, unit)
            merged = (
                (at, self._merge(series, minutes, range(at, at + period, MINUTE), window.now))
                for at in window.starts(period)
            )
            return [(start, found) for start, found in merged if found is not None]

    def _minutes(self, series: Series, unit: str | None) -> _Minutes:
        by_unit = self._series.get(series, {})
        if unit is not None:
            return by_unit.get(unit, {})
        if len(by_unit) > 1:
            raise NotSupportedByTwin(
                f"{series.namespace} {series.name} was published with units {sorted(by_unit)};"
                " name one: without, AWS leaves the answer undefined"
            )
        return next(iter(by_unit.values()), {})

    def _merge(
        self, series: Series, minutes: _Minutes, asked: range, now: float
    ) -> Distribution | None:
        visible = [
            minutes[minute]
            for minute in asked
            if minute in minutes and self._is_visible(series, minute, now)
        ]
        if not visible:
            return None
        merged = Distribution()
        for found in visible:
            merged.merge(found)
        return merged

    def _is_visible(self, series: Series, minute: int, now: float) -> bool:
        return minute + MINUTE + self.lag + self.late.get(series.name, 0.0) <= now

    def units(self, series: Series) -> set[str]:
        """The units a series was ever published with."""
        with self._lock:
            return set(self._series.get(series, {}))

    def known(self, since: float, now: float) -> list[Series]:
        """The series with visible data since a time, in a stable order."""
        with self._lock:
            found = [one for one in self._series if self._has_data(one, since, now)]
        return sorted(found, key=lambda one: (one.namespace, one.name, sorted(one.dimensions)))

    def _has_data(self, series: Series, since: float, now: float) -> bool:
        return any(
            minute >= since and self._is_visible(series, minute, now)
            for minute in _all_minutes(self._series[series].values())
        )


def _all_minutes(units: Iterable[_Minutes]) -> Iterator[int]:
    for minutes in units:
        yield from minutes
