"""Statistics by the minute: one batched GetMetricData for all series and minutes of a question."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from penstock.adapters.failures import translated
from penstock.adapters.metric_stat import MINUTE_SECONDS, metric_stat
from penstock.domain.kinds.question import ValuesByMinute
from penstock.domain.kinds.series import Statistic


def minute_values(
    cloudwatch: Any, statistics: Sequence[Statistic], first: int, end: int
) -> ValuesByMinute | None:
    """All datapoints of the minutes [first, end). None unless every series is Complete.

    PartialData on a page with a next page does not matter.
    """
    names = {f"m{place}": each for place, each in enumerate(statistics)}
    points: dict[str, dict[int, float]] = {name: {} for name in names}
    last: dict[str, str] = {}
    with translated():
        pages = cloudwatch.get_paginator("get_metric_data").paginate(
            MetricDataQueries=[
                {"Id": name, "MetricStat": metric_stat(each)} for name, each in names.items()
            ],
            StartTime=_moment(first),
            EndTime=_moment(end),
        )
        for page in pages:
            for result in page["MetricDataResults"]:
                last[result["Id"]] = result["StatusCode"]
                points[result["Id"]].update(_by_minute(result))
    whole = all(last.get(name) == "Complete" for name in names)
    return {each: points[name] for name, each in names.items()} if whole else None


def _by_minute(result: Mapping[str, Any]) -> dict[int, float]:
    moments = zip(result["Timestamps"], result["Values"], strict=True)
    return {int(at.timestamp()) // MINUTE_SECONDS: value for at, value in moments}


def _moment(minute: int) -> datetime:
    return datetime.fromtimestamp(minute * MINUTE_SECONDS, UTC)
