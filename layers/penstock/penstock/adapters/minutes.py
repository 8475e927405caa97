"""What CloudWatch counted of live and candidate: one batched GetMetricData a question."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from penstock.adapters.failures import translated
from penstock.adapters.metric_stat import MINUTE_SECONDS, metric_stat
from penstock.domain.judging.readings import Reading
from penstock.domain.kinds.series import Compared, Question, Statistic, Tally, shown

Points = Mapping[int, float]
"""Datapoints by the number of their minute."""


class CloudWatchMinutes:
    """Readings, through a boto3 CloudWatch client."""

    def __init__(self, cloudwatch: Any) -> None:
        self._cloudwatch = cloudwatch

    def read(self, question: Question) -> Sequence[Reading] | None:
        """Every minute that is asked for; None unless CloudWatch says Complete of every series."""
        tallies = question.signals
        wanted = tuple(
            dict.fromkeys(
                each for two in tallies.values() for one in two for each in one.statistics
            )
        )
        found = self._points(wanted, question)
        if found is None:
            return None
        points = dict(zip(wanted, found, strict=True))
        return [_reading(number, tallies, points) for number in range(question.first, question.end)]

    def _points(self, wanted: Sequence[Statistic], question: Question) -> Sequence[Points] | None:
        """The datapoints of each statistic; PartialData on a page that goes on is only a page."""
        points: dict[str, dict[int, float]] = {_id(place): {} for place in range(len(wanted))}
        last: dict[str, str] = {}
        with translated():
            pages = self._cloudwatch.get_paginator("get_metric_data").paginate(
                MetricDataQueries=[
                    {"Id": _id(n), "MetricStat": metric_stat(each)} for n, each in enumerate(wanted)
                ],
                StartTime=_moment(question.first),
                EndTime=_moment(question.end),
            )
            for page in pages:
                for result in page["MetricDataResults"]:
                    last[result["Id"]] = result["StatusCode"]
                    points[result["Id"]].update(_by_minute(result))
        whole = all(last.get(name) == "Complete" for name in points)
        return list(points.values()) if whole else None


def _reading(
    number: int, tallies: Mapping[str, Compared], points: Mapping[Statistic, Points]
) -> Reading:
    def at(one: Tally) -> list[float | None]:
        return [points[each].get(number) for each in one.statistics]

    return Reading(
        number,
        {name: shown(live, at(live), at(candidate)) for name, (live, candidate) in tallies.items()},
    )


def _by_minute(result: Mapping[str, Any]) -> dict[int, float]:
    moments = zip(result["Timestamps"], result["Values"], strict=True)
    return {int(at.timestamp()) // MINUTE_SECONDS: value for at, value in moments}


def _id(place: int) -> str:
    return f"m{place}"


def _moment(minute: int) -> datetime:
    return datetime.fromtimestamp(minute * MINUTE_SECONDS, UTC)
