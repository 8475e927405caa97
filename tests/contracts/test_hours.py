"""Statistics of clock hours: the fake and the adapter on the twin keep one contract."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Protocol

import boto3
import pytest
from botocore.stub import Stubber

from penstock.adapters.hours import CloudWatchHours
from penstock.domain.errors import Unavailable
from penstock.domain.kinds.realtime_series import PUBLISHED
from penstock.domain.kinds.series import Fleet, Statistic
from penstock.ports.evidence import Hours
from tests.fakes.hours import FakeHours
from tests.worlds import cloudwatch_bench

HOUR = round(cloudwatch_bench.START) // 3600
ANSWERS = PUBLISHED.statistic(
    PUBLISHED.signals["latency"].measures[1], Fleet("churn", "churn-7", "candidate")
)
MEDIAN, TAIL = (ANSWERS._replace(statistic=name) for name in ("p50", "p99.9"))
ASKED = (ANSWERS, MEDIAN, TAIL)
KEYS: Any = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
HALF: Mapping[float, int] = {41_000.0: 600, 54_000.0: 399, 260_000.0: 1}


class World(Protocol):
    hours: Hours

    def answered(self, hour: int) -> None:
        """1,000 answers of the values `HALF` in an hour from the present one on."""

    def at(self, hour: float) -> None: ...

    def answers_in_part(self) -> None: ...


class FakeWorld:
    def __init__(self) -> None:
        self.now = HOUR * 3_600_000
        self.fake = FakeHours(lambda: self.now)
        self.hours: Hours = self.fake

    def answered(self, hour: int) -> None:
        shown = {ANSWERS: 1000.0, MEDIAN: 41_000.0, TAIL: 54_000.0}
        for statistic, value in shown.items():
            self.fake.recorded.setdefault(statistic, {})[HOUR + hour] = value

    def at(self, hour: float) -> None:
        self.now = round((HOUR + hour) * 3_600_000)

    def answers_in_part(self) -> None:
        self.fake.whole = False


class TwinWorld:
    def __init__(self, bench: cloudwatch_bench.Bench) -> None:
        self.bench = bench
        self.hours: Hours = CloudWatchHours(bench.client)

    def answered(self, hour: int) -> None:
        minute = (HOUR + hour + 0.5) * 60 - cloudwatch_bench.START / 60
        self.bench.record("ModelLatency", HALF, minute)

    def at(self, hour: float) -> None:
        self.bench.clock.run_to((HOUR + hour) * 3600)

    def answers_in_part(self) -> None:
        self.bench.installed.degrade("PartialData")


@pytest.fixture(params=["fake", "twin"])
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    if request.param == "fake":
        yield FakeWorld()
        return
    with cloudwatch_bench.bench() as bench:
        yield TwinWorld(bench)


def test_percentiles_come_by_the_hour(world: World) -> None:
    """Of the hours that have any answer; the last one is not over yet."""
    world.answered(2)
    world.at(2.9)
    assert world.hours.read(ASKED, HOUR + 1, HOUR + 3) == {
        ANSWERS: {HOUR + 2: 1000},
        MEDIAN: {HOUR + 2: 41_000},
        TAIL: {HOUR + 2: 54_000},
    }


def test_without_answers_there_is_nothing(world: World) -> None:
    world.at(3)
    assert world.hours.read(ASKED, HOUR + 2, HOUR + 4) == {each: {} for each in ASKED}


def test_an_answer_in_part_is_tried_again_and_never_taken(world: World) -> None:
    world.answered(2)
    world.at(3)
    world.answers_in_part()
    with pytest.raises(Unavailable, match="CloudWatch did not answer completely"):
        world.hours.read(ASKED, HOUR + 2, HOUR + 4)


@pytest.mark.parametrize("statuses", [["Complete", "InternalError"], ["Complete"]])
def test_every_series_has_to_be_complete(statuses: list[str]) -> None:
    client: Any = boto3.client("cloudwatch", "eu-west-1", **KEYS)
    results = [
        {"Id": f"h{n}", "StatusCode": status, "Values": [], "Timestamps": []}
        for n, status in enumerate(statuses)
    ]
    asked: tuple[Statistic, ...] = (ANSWERS, MEDIAN)
    expected = {
        "MetricDataQueries": [
            {
                "Id": f"h{n}",
                "MetricStat": {
                    "Metric": {
                        "Namespace": "AWS/SageMaker",
                        "MetricName": "ModelLatency",
                        "Dimensions": [{"Name": k, "Value": v} for k, v in each.dimensions],
                    },
                    "Period": 3600,
                    "Stat": each.statistic,
                },
            }
            for n, each in enumerate(asked)
        ],
        "StartTime": datetime.fromtimestamp(3600 * HOUR, UTC),
        "EndTime": datetime.fromtimestamp(3600 * (HOUR + 2), UTC),
    }
    with Stubber(client) as stubber:
        stubber.add_response("get_metric_data", {"MetricDataResults": results}, expected)
        with pytest.raises(Unavailable):
            CloudWatchHours(client).read(asked, HOUR, HOUR + 2)
