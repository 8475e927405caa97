"""CloudWatch's counts of an endpoint's requests."""

from datetime import UTC, datetime
from typing import Any

from penstock.adapters.failures import translated
from penstock.adapters.metric_stat import metric_stat
from penstock.domain.kinds.series import Statistic
from penstock.domain.moments import MINUTE_MS


class CloudWatchMetrics:
    """One GetMetricData a question."""

    def __init__(self, cloudwatch: Any) -> None:
        self._cloudwatch = cloudwatch

    def requests(self, counted: Statistic, since: int, until: int) -> int | None:
        """The sum over whole minutes. None unless CloudWatch reports Complete."""
        first = -(-since // MINUTE_MS) * MINUTE_MS
        last = until // MINUTE_MS * MINUTE_MS
        if last <= first:
            return 0
        with translated():
            pages = self._cloudwatch.get_paginator("get_metric_data").paginate(
                MetricDataQueries=[{"Id": "requests", "MetricStat": metric_stat(counted)}],
                StartTime=_moment(first),
                EndTime=_moment(last),
            )
            results = [result for page in pages for result in page["MetricDataResults"]]
        if any(result["StatusCode"] not in {"Complete", "PartialData"} for result in results):
            return None
        if results and results[-1]["StatusCode"] != "Complete":
            return None
        total: int = round(sum(value for result in results for value in result["Values"]))
        return total


def _moment(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)
