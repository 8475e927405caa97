"""CloudWatch's statistics of clock hours."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from penstock.adapters.failures import translated
from penstock.adapters.metric_stat import metric_stat
from penstock.domain.errors import Unavailable
from penstock.domain.kinds.series import Statistic

HOUR_SECONDS = 3600


class CloudWatchHours:
    """One GetMetricData a question, through a boto3 CloudWatch client."""

    def __init__(self, cloudwatch: Any) -> None:
        self._cloudwatch = cloudwatch

    def read(
        self, asked: Sequence[Statistic], first: int, end: int
    ) -> Mapping[Statistic, Mapping[int, float]]:
        """Every hour of [first, end), if CloudWatch reports every series as Complete."""
        names = {f"h{place}": each for place, each in enumerate(asked)}
        with translated():
            answer = self._cloudwatch.get_metric_data(
                MetricDataQueries=[
                    {"Id": name, "MetricStat": metric_stat(each) | {"Period": HOUR_SECONDS}}
                    for name, each in names.items()
                ],
                StartTime=_moment(first),
                EndTime=_moment(end),
            )
        results = {result["Id"]: result for result in answer["MetricDataResults"]}
        if any(results.get(name, {}).get("StatusCode") != "Complete" for name in names):
            raise Unavailable("CloudWatch did not answer completely")
        return {each: _by_hour(results[name]) for name, each in names.items()}


def _by_hour(result: Mapping[str, Any]) -> dict[int, float]:
    moments = zip(result["Timestamps"], result["Values"], strict=True)
    return {int(at.timestamp()) // HOUR_SECONDS: value for at, value in moments}


def _moment(hour: int) -> datetime:
    return datetime.fromtimestamp(hour * HOUR_SECONDS, UTC)
