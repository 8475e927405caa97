"""Stores every published value by series and minute, and shows it after the publication lag."""

import threading
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from twin.cloudwatch.metric_statistics import Distribution, Statistic, StatisticSet
from twin.core.hooks import NotSupportedByTwin

MINUTE = 60
LISTED_AFTER = 15 * MINUTE
"""AWS: a new metric may take up to 15 minutes to be listed (botocore cloudwatch `ListMetrics`)."""

Points = dict[int, float]
"""Maps the epoch second at which each period starts to its datapoint."""


class Series(NamedTuple):
    """A CloudWatch metric: a namespace, a name and exactly these dimensions."""

    namespace: str
    name: str
    dimensions: frozenset[tuple[str, str]]


class Window(NamedTuple):
    """The periods that start in [start, end), as visible at `now`."""

    start: int
    end: int
    now: float

    def starts(self, period: int) -> range:
        """Return the start of each period."""
        return range(self.start, self.end, period)


_Minutes = dict[int, Distribution]


class MetricStore:
    """The metrics of one account and region. Like AWS, it stores standard metrics by the minute.

    `empty_ranges_have_points` says whether TC or PR of a range without values is 0 or has no
    datapoint. AWS does not document it, so tests use both. `late` maps the names of metrics, or
    single series, to seconds of additional lag.
    """

    def __init__(self, lag: float) -> None:
        self.lag = lag
        self.late: dict[str | Series, float] = {}
        self.empty_ranges_have_points = True
        self._lock = threading.RLock()
        self._series: dict[Series, dict[str, _Minutes]] = {}

    def record(self, series: Series, unit: str, at: float, values: Mapping[float, int]) -> None:
        """Publish values at a time, each with the number of times that it occurred."""
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
        """Return one statistic of a series for each period with visible data."""
        values = (
            (start, statistic(found))
            for start, found in self.distributions(series, period, window, unit)
        )
        return {start: value for start, value in values if value is not None}

    def distributions(
        self, series: Series, period: int, window: Window, unit: str | None
    ) -> list[tuple[int, Distribution]]:
        """Return the visible values of each period that has any, the earliest first.

        AWS: there is no data for a unit that was never published for the series (facts 4.1).
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
        late = self.late.get(series, self.late.get(series.name, 0.0))
        return minute + MINUTE + self.lag + late <= now

    def units(self, series: Series) -> set[str]:
        """Return all units with which a series was ever published."""
        with self._lock:
            return set(self._series.get(series, {}))

    def known(self, since: float, now: float) -> list[Series]:
        """Return the series with visible data since a time, in a stable order.

        A series that is new takes as long as it may.
        """
        with self._lock:
            found = [
                one
                for one in self._series
                if self._has_data(one, 0, now - LISTED_AFTER) and self._has_data(one, since, now)
            ]
        return sorted(found, key=lambda one: (one.namespace, one.name, sorted(one.dimensions)))

    def _has_data(self, series: Series, since: float, now: float) -> bool:
        return any(
            minute >= since and self._is_visible(series, minute, now)
            for minute in _all_minutes(self._series[series].values())
        )


def _all_minutes(units: Iterable[_Minutes]) -> Iterator[int]:
    for minutes in units:
        yield from minutes
