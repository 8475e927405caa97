"""Counted requests: the fake and the adapter on the twin's CloudWatch keep one contract."""

from collections.abc import Iterator
from typing import Any, Protocol

import boto3
import pytest
from botocore.stub import Stubber

from penstock.adapters.metrics import CloudWatchMetrics
from penstock.domain.kinds.realtime_series import PUBLISHED
from penstock.domain.kinds.series import Fleet, Statistic
from penstock.ports.evidence import Metrics
from tests.fakes.metrics import FakeMetrics
from tests.worlds import cloudwatch_bench

START = round(cloudwatch_bench.START * 1000)
MINUTE = 60_000
SERIES = ("churn", "candidate", "churn-7")


def statistic(endpoint: str, variant: str, config: str) -> Statistic:
    return PUBLISHED.served(Fleet(endpoint, config, variant))


class World(Protocol):
    metrics: Metrics

    def record(self, minute: float, requests: int) -> None: ...


class FakeWorld:
    def __init__(self) -> None:
        self.fake = FakeMetrics()
        self.metrics: Metrics = self.fake

    def record(self, minute: float, requests: int) -> None:
        self.fake.record(*SERIES, START + round(minute * MINUTE), requests)


class TwinWorld:
    def __init__(self, bench: cloudwatch_bench.Bench) -> None:
        self.bench = bench
        self.metrics: Metrics = CloudWatchMetrics(bench.client)

    def record(self, minute: float, requests: int) -> None:
        self.bench.record("Invocations", {1.0: requests}, minute)


@pytest.fixture(params=["fake", "twin"])
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    if request.param == "fake":
        yield FakeWorld()
        return
    with cloudwatch_bench.bench() as bench:
        made = TwinWorld(bench)
        bench.clock.call_at(cloudwatch_bench.START + 1, lambda: None, "nothing")
        yield made


def counted(
    world: World, since: float, until: float, series: tuple[str, str, str] = SERIES
) -> int | None:
    """Requests between two minutes, long after their datapoints can be read."""
    if isinstance(world, TwinWorld):
        world.bench.minutes(60)
    began, ended = START + round(since * MINUTE), START + round(until * MINUTE)
    return world.metrics.requests(statistic(*series), began, ended)


def test_requests_of_whole_minutes_are_counted(world: World) -> None:
    for minute, requests in ((0, 5), (1, 7), (1.5, 11), (2, 13)):
        world.record(minute, requests)
    assert counted(world, 0, 3) == 36


@pytest.mark.parametrize(("since", "until", "expected"), [(0.1, 3, 15), (0, 2.9, 12), (0.5, 1, 0)])
def test_a_minute_that_is_not_whole_does_not_count(
    world: World, since: float, until: float, expected: int
) -> None:
    for minute, requests in ((0, 3), (1, 9), (2, 6)):
        world.record(minute, requests)
    assert counted(world, since, until) == expected


def test_silence_is_zero(world: World) -> None:
    assert counted(world, 0, 5) == 0


def test_no_time_at_all_is_zero(world: World) -> None:
    world.record(0, 5)
    assert counted(world, 0, 0) == 0


@pytest.mark.parametrize(
    "series",
    [("fraud", *SERIES[1:]), (SERIES[0], "live", SERIES[2]), (*SERIES[:2], "churn-8")],
)
def test_other_series_are_not_counted(world: World, series: tuple[str, str, str]) -> None:
    world.record(0, 5)
    assert counted(world, 0, 5, series) == 0


ANSWERS: Any = [
    ("Complete", [3.0, 4.0], 7),
    ("Complete", [], 0),
    ("InternalError", [3.0], None),
    ("Forbidden", [], None),
    ("PartialData", [3.0], None),
]


@pytest.mark.parametrize(("status", "values", "expected"), ANSWERS)
def test_only_a_complete_answer_is_a_number(
    status: str, values: list[float], expected: int | None
) -> None:
    """PartialData and InternalError must not be read as zero (facts 4.3)."""
    client: Any = boto3.client("cloudwatch", "eu-west-1", **KEYS)
    with Stubber(client) as stubber:
        result = {"Id": "requests", "StatusCode": status, "Values": values, "Timestamps": []}
        stubber.add_response("get_metric_data", {"MetricDataResults": [result]})
        found = CloudWatchMetrics(client).requests(statistic(*SERIES), START, START + 5 * MINUTE)
    assert found == expected


def test_pages_are_one_answer() -> None:
    """PartialData on a page that goes on is only that there is more."""
    client: Any = boto3.client("cloudwatch", "eu-west-1", **KEYS)
    with Stubber(client) as stubber:
        for status, more in (("PartialData", {"NextToken": "more"}), ("Complete", {})):
            result = {"Id": "requests", "StatusCode": status, "Values": [5.0], "Timestamps": []}
            stubber.add_response("get_metric_data", {"MetricDataResults": [result], **more})
        found = CloudWatchMetrics(client).requests(statistic(*SERIES), START, START + 5 * MINUTE)
    assert found == 10


KEYS: Any = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
