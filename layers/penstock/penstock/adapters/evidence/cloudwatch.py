"""CloudWatch's counts of live and candidate: one batched GetMetricData per question."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from penstock.adapters.failures import translated
from penstock.adapters.metric_stat import MINUTE_SECONDS, metric_stat
from penstock.domain.judging.readings import Reading
from penstock.domain.kinds.question import Question, ValuesByMinute


class CloudWatchMinutes:
    """A source of evidence, through a boto3 CloudWatch client."""

    def __init__(self, cloudwatch: Any) -> None:
        self._cloudwatch = cloudwatch

    def read(self, question: Question) -> Sequence[Reading] | None:
        """Every minute of the question. None unless CloudWatch reports every series as Complete."""
        found = self._datapoints(question)
        return None if found is None else question.readings(found)

    def _datapoints(self, question: Question) -> ValuesByMinute | None:
        """All datapoints. PartialData on a page with a next page does not matter."""
        names = {_id(place): each for place, each in enumerate(question.statistics)}
        points: dict[str, dict[int, float]] = {name: {} for name in names}
        last: dict[str, str] = {}
        with translated():
            pages = self._cloudwatch.get_paginator("get_metric_data").paginate(
                MetricDataQueries=[
                    {"Id": name, "MetricStat": metric_stat(each)} for name, each in names.items()
                ],
                StartTime=_moment(question.first),
                EndTime=_moment(question.end),
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


def _id(place: int) -> str:
    return f"m{place}"


def _moment(minute: int) -> datetime:
    return datetime.fromtimestamp(minute * MINUTE_SECONDS, UTC)
