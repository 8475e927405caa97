"""GetMetricData, GetMetricStatistics and ListMetrics."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Literal, NamedTuple

from moto.cloudwatch.exceptions import (
    InvalidParameterCombination,
    InvalidParameterValue,
    ValidationError,
)

from twin.cloudwatch.metric_math import Expression
from twin.cloudwatch.metric_queries import (
    Evaluation,
    MetricStat,
    Query,
    period_of,
    read_period,
    read_queries,
    read_series,
    read_statistic,
    read_unit,
)
from twin.cloudwatch.metric_statistics import SIMPLE, Distribution
from twin.cloudwatch.metric_store import MINUTE, MetricStore, Series, Window
from twin.core.hooks import NotSupportedByTwin
from twin.core.pages import Pages

Status = Literal["Complete", "PartialData", "InternalError"]

_MAX_QUERIES = 500
_MAX_DATAPOINTS = 100_800
_MAX_STATISTICS = 1_440
_DAY = 86400
_MINUTES_KEPT = 15 * _DAY
_LISTED = 14 * _DAY
_RECENTLY_ACTIVE = 3 * 3600
_LIST_PAGE = 500
_MAX_FILTERS = 10
_DATA_FIELDS = {
    "MetricDataQueries",
    "StartTime",
    "EndTime",
    "NextToken",
    "ScanBy",
    "MaxDatapoints",
}


class Found(NamedTuple):
    """The datapoints of one GetMetricData query that no page has returned yet."""

    query_id: str
    label: str
    points: list[tuple[int, float]]


def window(start: datetime, end: datetime, periods: Sequence[int], now: float) -> Window:
    """Return the window of a request. AWS: both ends are rounded down to minutes (facts 4.3)."""
    if start >= end:
        raise ValidationError("The parameter StartTime must be less than the parameter EndTime.")
    first, last = _minute(start), _minute(end)
    if first == last:
        raise ValidationError("The parameter StartTime must not equal parameter EndTime.")
    if now - first > _MINUTES_KEPT:
        raise NotSupportedByTwin("metrics older than 15 days, which AWS keeps by 5 minutes only")
    for period in periods:
        _check_alignment(first, last, period)
    return Window(first, last, now)


def _minute(moment: datetime) -> int:
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return int(aware.timestamp() // MINUTE) * MINUTE


def _check_alignment(first: int, last: int, period: int) -> None:
    if first % period or last % period:
        raise NotSupportedByTwin(
            f"StartTime and EndTime that are not multiples of Period {period}: how AWS aligns the"
            " datapoints then is not documented"
        )


class MetricReads:
    """The read operations on one store."""

    def __init__(self, store: MetricStore) -> None:
        self._store = store
        self._data_pages = Pages[Found]()
        self._list_pages = Pages[Series]()
        self._degraded: list[Status] = []

    def degrade(self, status: Status, calls: int = 1) -> None:
        """Let the next GetMetricData calls return PartialData (half of it) or InternalError."""
        self._degraded.extend([status] * calls)

    def get_metric_data(self, params: Mapping[str, Any], now: float) -> dict[str, Any]:
        """AWS: the order is newest first by default. Every page but the last is PartialData."""
        if unknown := set(params) - _DATA_FIELDS:
            raise NotSupportedByTwin(f"GetMetricData with {sorted(unknown)}")
        queries = read_queries(params["MetricDataQueries"])
        if not 1 <= len(queries) <= _MAX_QUERIES:
            raise ValidationError(f"GetMetricData takes 1 to {_MAX_QUERIES} MetricDataQueries")
        size = params.get("MaxDatapoints", _MAX_DATAPOINTS)
        if not 1 <= size <= _MAX_DATAPOINTS:
            raise ValidationError(f"MaxDatapoints is 1 to {_MAX_DATAPOINTS}")
        if self._degraded:
            return _degraded(self._found(queries, params, now), self._degraded.pop(0))
        if "NextToken" in params:
            found = self._data_pages.take(params["NextToken"])
        else:
            found = self._found(queries, params, now)
        return self._page(found, size, queries)

    def _found(
        self, queries: Sequence[Query], params: Mapping[str, Any], now: float
    ) -> list[Found]:
        by_id = {query.id: query for query in queries}
        periods = [period_of(query, by_id) for query in queries]
        over = window(params["StartTime"], params["EndTime"], periods, now)
        evaluation = Evaluation(queries, self._store, over)
        newest_first = _newest_first(params.get("ScanBy", "TimestampDescending"))
        return [
            Found(
                query.id, _label(query), _ordered(evaluation.points(query.id).items(), newest_first)
            )
            for query in queries
            if query.returned
        ]

    def _page(self, found: Sequence[Found], size: int, queries: Sequence[Query]) -> dict[str, Any]:
        page, rest = _split(found, size)
        if rest and any(isinstance(query.source, Expression) for query in queries):
            raise NotSupportedByTwin("several pages of metric math: AWS gives no NextToken")
        return _without_none({"MetricDataResults": page, "NextToken": self._data_pages.keep(rest)})

    def get_metric_statistics(self, params: Mapping[str, Any], now: float) -> dict[str, Any]:
        """AWS: returns at most 1,440 datapoints, in no particular order."""
        names = [*params.get("Statistics", []), *params.get("ExtendedStatistics", [])]
        if not names:
            raise InvalidParameterCombination(
                "Must specify either Statistics or ExtendedStatistics"
            )
        period = read_period(params["Period"])
        over = window(params["StartTime"], params["EndTime"], [period], now)
        if len(over.starts(period)) > _MAX_STATISTICS:
            raise InvalidParameterCombination(
                f"You have requested up to {len(over.starts(period))} datapoints, which exceeds"
                f" the limit of {_MAX_STATISTICS}."
            )
        series = _series_of(params)
        found = self._store.distributions(series, period, over, read_unit(params.get("Unit")))
        unit = next(iter(self._store.units(series)), "None")
        points = [_datapoint(start, each, params, unit) for start, each in found]
        return {"Label": params["MetricName"], "Datapoints": points[1::2] + points[::2]}

    def list_metrics(self, params: Mapping[str, Any], now: float) -> dict[str, Any]:
        """AWS: lists series with data in the last two weeks, 500 per page."""
        unknown = set(params) - {
            "Namespace",
            "MetricName",
            "Dimensions",
            "NextToken",
            "RecentlyActive",
        }
        if unknown:
            raise NotSupportedByTwin(f"ListMetrics with {sorted(unknown)}")
        if len(params.get("Dimensions", [])) > _MAX_FILTERS:
            raise ValidationError(f"ListMetrics takes at most {_MAX_FILTERS} Dimensions")
        if params.get("RecentlyActive", "PT3H") != "PT3H":
            raise ValidationError("RecentlyActive can only be PT3H")
        if "NextToken" in params:
            found = self._list_pages.take(params["NextToken"])
        else:
            age = _RECENTLY_ACTIVE if "RecentlyActive" in params else _LISTED
            known = self._store.known(now - age, now)
            found = [series for series in known if _matches(series, params)]
        page, token = self._list_pages.split(found, _LIST_PAGE)
        return _without_none({"Metrics": [_listed(each) for each in page], "NextToken": token})


def _newest_first(order: str) -> bool:
    if order not in {"TimestampAscending", "TimestampDescending"}:
        raise ValidationError(f"ScanBy {order!r} is invalid")
    return order == "TimestampDescending"


def _ordered(points: Any, newest_first: bool) -> list[tuple[int, float]]:
    return sorted(points, reverse=newest_first)


def _label(query: Query) -> str:
    if query.label is not None:
        return query.label
    return query.source.series.name if isinstance(query.source, MetricStat) else query.id


def _split(found: Sequence[Found], size: int) -> tuple[list[dict[str, Any]], list[Found]]:
    page: list[dict[str, Any]] = []
    for index, each in enumerate(found):
        taken, left = each.points[:size], each.points[size:]
        page.append(_result(each, taken, "PartialData" if left else "Complete"))
        size -= len(taken)
        if left or size == 0:
            rest = [each._replace(points=left)] if left else []
            return page, [*rest, *found[index + 1 :]]
    return page, []


def _result(found: Found, points: Sequence[tuple[int, float]], status: Status) -> dict[str, Any]:
    return {
        "Id": found.query_id,
        "Label": found.label,
        "Timestamps": [datetime.fromtimestamp(start, UTC) for start, _ in points],
        "Values": [value for _, value in points],
        "StatusCode": status,
    }


def _degraded(found: Sequence[Found], status: Status) -> dict[str, Any]:
    share = 2 if status == "PartialData" else 0
    kept = [each.points[: len(each.points) // share] if share else [] for each in found]
    results = [_result(each, some, status) for each, some in zip(found, kept, strict=True)]
    return {"MetricDataResults": results}


def _series_of(params: Mapping[str, Any]) -> Series:
    return read_series(params["Namespace"], params["MetricName"], params.get("Dimensions", []))


def _datapoint(
    start: int, found: Distribution, params: Mapping[str, Any], unit: str
) -> dict[str, Any]:
    plain = {name: _simple(name)(found) for name in params.get("Statistics", [])}
    extended = {name: read_statistic(name)(found) for name in params.get("ExtendedStatistics", [])}
    point = {
        "Timestamp": datetime.fromtimestamp(start, UTC),
        "Unit": params.get("Unit", unit),
        "ExtendedStatistics": _without_none(extended) or None,
    }
    return _without_none({**point, **plain})


def _simple(name: str) -> Any:
    if name not in SIMPLE:
        raise InvalidParameterValue(f"The value {name} for parameter Statistics is not supported.")
    return SIMPLE[name]


def _matches(series: Series, params: Mapping[str, Any]) -> bool:
    dimensions = dict(series.dimensions)
    return (
        params.get("Namespace", series.namespace) == series.namespace
        and params.get("MetricName", series.name) == series.name
        and all(
            each["Name"] in dimensions
            and each.get("Value", dimensions[each["Name"]]) == dimensions[each["Name"]]
            for each in params.get("Dimensions", [])
        )
    )


def _listed(series: Series) -> dict[str, Any]:
    return {
        "Namespace": series.namespace,
        "MetricName": series.name,
        "Dimensions": [{"Name": k, "Value": v} for k, v in sorted(series.dimensions)],
    }


def _without_none(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}
