"""Reads and evaluates MetricDataQueries, for GetMetricData and for alarms."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from moto.cloudwatch.exceptions import ValidationError

from twin.cloudwatch.metric_math import Expression, Scope, parse
from twin.cloudwatch.metric_statistics import InvalidStatisticError, Statistic, statistic
from twin.cloudwatch.metric_store import MINUTE, MetricStore, Points, Series, Window
from twin.core.hooks import NotSupportedByTwin

MAX_DIMENSIONS = 30
_UNITS = frozenset(
    ["Seconds", "Microseconds", "Milliseconds", "Percent", "Count", "Count/Second", "None"]
    + [
        f"{size}{what}".capitalize() + rate
        for size in ("", "Kilo", "Mega", "Giga", "Tera")
        for what in ("bytes", "bits")
        for rate in ("", "/Second")
    ]
)
_ID = re.compile(r"[a-z][A-Za-z0-9_]{0,254}")
_RANGE = re.compile(r"(TC|TS|PR)\([^%]*\)")
_QUERY_FIELDS = {"Id", "MetricStat", "Expression", "Label", "ReturnData", "Period"}


class MetricStat(NamedTuple):
    """One statistic of one series."""

    series: Series
    period: int
    stat: str
    statistic: Statistic
    unit: str | None


@dataclass(frozen=True)
class Query:
    """One metric or one expression of a request."""

    id: str
    source: MetricStat | Expression
    label: str | None
    returned: bool
    period: int | None
    """The period that an expression states. It must be that of its metrics."""


def read_series(namespace: str, name: str, dimensions: Sequence[Mapping[str, str]]) -> Series:
    """AWS: a metric has exactly these dimensions. A subset or superset is another metric."""
    if not namespace or not name:
        raise ValidationError("A metric needs a Namespace and a MetricName")
    if len(dimensions) > MAX_DIMENSIONS:
        raise ValidationError(f"A metric has at most {MAX_DIMENSIONS} dimensions")
    pairs = frozenset((each["Name"], each["Value"]) for each in dimensions)
    if len({key for key, _ in pairs}) != len(dimensions):
        raise ValidationError("A metric names each dimension once")
    return Series(namespace, name, pairs)


def read_statistic(text: str) -> Statistic:
    """Return the statistic of a request, or raise CloudWatch's error."""
    try:
        return statistic(text)
    except InvalidStatisticError as error:
        raise ValidationError(f"Invalid stat: {error}") from error


def read_unit(unit: str | None) -> str | None:
    """AWS: a unit is one of the standard units, or it is omitted."""
    if unit is not None and unit not in _UNITS:
        raise ValidationError(f"Unit {unit!r} is not a standard unit")
    return unit


def read_period(seconds: int) -> int:
    """AWS: a period is 1, 5, 10, 20 or 30 for high-resolution metrics, else a multiple of 60."""
    if seconds in {1, 5, 10, 20, 30}:
        raise NotSupportedByTwin(f"Period {seconds}: the twin keeps metrics by the minute")
    if seconds <= 0 or seconds % MINUTE:
        raise ValidationError(f"Period {seconds} is not a multiple of {MINUTE}")
    return seconds


def read_queries(raw: Sequence[Mapping[str, Any]]) -> list[Query]:
    """Read MetricDataQueries. Every id in an expression must be one of theirs."""
    queries = [_read_query(each) for each in raw]
    ids = [query.id for query in queries]
    if len(set(ids)) != len(ids):
        raise ValidationError("The Ids of MetricDataQueries must be unique")
    for query in queries:
        _check_ids(query, set(ids))
    return queries


def _check_ids(query: Query, known: set[str]) -> None:
    if isinstance(query.source, Expression) and (unknown := query.source.ids - known):
        raise ValidationError(f"The expression of {query.id} names unknown Ids {sorted(unknown)}")


def _read_query(raw: Mapping[str, Any]) -> Query:
    if unknown := set(raw) - _QUERY_FIELDS:
        raise NotSupportedByTwin(f"MetricDataQuery fields {sorted(unknown)}")
    name = raw["Id"]
    if not _ID.fullmatch(name):
        raise ValidationError(f"Id {name!r} must start with a lower-case letter")
    if ("MetricStat" in raw) == ("Expression" in raw):
        raise ValidationError(f"{name} needs either MetricStat or Expression, not both")
    returned = raw.get("ReturnData", True)
    return Query(name, _read_source(raw), _read_label(raw), returned, raw.get("Period"))


def _read_label(raw: Mapping[str, Any]) -> str | None:
    label: str | None = raw.get("Label")
    if label is not None and "${" in label:
        raise NotSupportedByTwin(f"dynamic label {label!r}")
    return label


def _read_source(raw: Mapping[str, Any]) -> MetricStat | Expression:
    if "Expression" in raw:
        return parse(raw["Expression"])
    if "Period" in raw:
        raise ValidationError("Period belongs in MetricStat")
    return _read_metric_stat(raw["MetricStat"])


def _read_metric_stat(raw: Mapping[str, Any]) -> MetricStat:
    metric = raw["Metric"]
    series = read_series(
        metric.get("Namespace", ""), metric.get("MetricName", ""), metric.get("Dimensions", [])
    )
    stat = raw["Stat"]
    unit = read_unit(raw.get("Unit"))
    return MetricStat(series, read_period(raw["Period"]), stat, read_statistic(stat), unit)


class Evaluation:
    """Evaluates queries over one window. Each query is computed once."""

    def __init__(self, queries: Sequence[Query], store: MetricStore, window: Window) -> None:
        self._queries = {query.id: query for query in queries}
        self._store = store
        self._window = window
        self._points: dict[str, Points] = {}

    def points(self, name: str) -> Points:
        """Return the datapoints of one query, the earliest first."""
        if name not in self._points:
            self._points[name] = self._compute(self._queries[name])
        return self._points[name]

    def _compute(self, query: Query) -> Points:
        if isinstance(query.source, MetricStat):
            return self._shown(query.source)
        values = {name: self.points(name) for name in query.source.ids}
        moments = self._window.starts(period_of(query, self._queries))
        return query.source.points(Scope(values, moments))

    def _shown(self, source: MetricStat) -> Points:
        series, period, text, each, unit = source
        points = self._store.points(series, each, period, self._window, unit)
        if self._store.empty_ranges_have_points or not _RANGE.match(text):
            return points
        return {at: value for at, value in points.items() if value}


def period_of(
    query: Query, queries: Mapping[str, Query], above: frozenset[str] = frozenset()
) -> int:
    """Return the period of a query. That of an expression is the period of all its metrics."""
    if isinstance(query.source, MetricStat):
        return query.source.period
    if query.id in above:
        raise ValidationError(f"The expression of {query.id} refers to itself")
    parts = sorted(query.source.ids)
    periods = {period_of(queries[each], queries, above | {query.id}) for each in parts}
    if not periods:
        raise ValidationError(f"The expression {query.source.text!r} uses no metric")
    if len(periods | {query.period or min(periods)}) > 1:
        raise NotSupportedByTwin(f"metrics of several periods in {query.source.text!r}")
    return periods.pop()
