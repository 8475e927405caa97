"""Counts by minute: the fake and the adapter on the twin's CloudWatch keep one contract."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Protocol

import boto3
import pytest
from botocore.stub import Stubber

from penstock.adapters.evidence.cloudwatch import CloudWatchMinutes
from penstock.domain.judging.readings import Datapoints, Reading
from penstock.domain.kinds.question import Question
from penstock.domain.kinds.realtime_series import PUBLISHED
from penstock.domain.kinds.series import Fleet
from penstock.domain.planning.comparing import compared
from penstock.domain.policy.judge import JudgeSection
from penstock.ports.evidence import Source
from tests.fakes.minutes import FakeMinutes, Half
from tests.worlds import cloudwatch_bench
from twin.cloudwatch import metrics
from twin.cloudwatch.metric_store import Series

FIRST = round(cloudwatch_bench.START) // 60
OWN: Any = {
    "name": "complaints",
    "namespace": "Shop",
    "metric": "Complained",
    "dimensions": {"Of": "{variant}@{endpoint}/{config}"},
}
JUDGE = JudgeSection.model_validate(
    {"latency_objective_ms": 300, "signals": ["errors", "latency", "client_errors", OWN]}
)
KEYS: Any = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}


def question(
    first: int = 0, end: int = 3, judge: JudgeSection = JUDGE, config: str = "c-7"
) -> Question:
    signals = compared(judge, Fleet("churn", config, "live"), PUBLISHED)
    return Question("churn", config, "live", "candidate", signals, FIRST + first, FIRST + end)


class World(Protocol):
    minutes: Source

    def record(self, minute: int, variant: str, said: Mapping[str, Half]) -> None: ...

    def at(self, minute: float) -> None: ...

    def answers_in_part(self) -> None: ...

    def late(self, signal: str) -> None:
        """From now on what the signal is counted by comes two minutes after the requests."""

    def late_stratum(self, variant: str, route: str) -> None:
        """From now on one route of one variant comes two minutes after the others."""


class FakeWorld:
    def __init__(self) -> None:
        self.now = FIRST * 60_000
        self.fake = FakeMinutes(lambda: self.now)
        self.minutes: Source = self.fake

    def record(self, minute: int, variant: str, said: Mapping[str, Half]) -> None:
        self.fake.record("churn", "c-7", variant, FIRST + minute, said)

    def at(self, minute: float) -> None:
        self.now = round((FIRST + minute) * 60_000)

    def answers_in_part(self) -> None:
        self.fake.whole = False

    def late(self, signal: str) -> None:
        self.fake.late[signal] = 2

    def late_stratum(self, variant: str, route: str) -> None:
        self.fake.late_strata[variant, f"complaints[Route={route}]"] = 2


class TwinWorld:
    def __init__(self, bench: cloudwatch_bench.Bench) -> None:
        self.bench = bench
        self.minutes: Source = CloudWatchMinutes(bench.client)

    def record(self, minute: int, variant: str, said: Mapping[str, Half]) -> None:
        at = cloudwatch_bench.START + 60 * minute
        where = {"EndpointName": "churn", "VariantName": variant, "EndpointConfigName": "c-7"}
        for name, values in published(said).items():
            unit = "Microseconds" if name == "ModelLatency" else "None"
            metrics.record("AWS/SageMaker", name, where, values, at, unit)
        for name, half in said.items():
            where = {"Of": f"{variant}@churn/c-7"}
            if "[" in name:
                where["Route"] = name.removesuffix("]").partition("=")[2]
            if name.startswith("complaints"):
                metrics.record("Shop", "Complained", where, split(half), at, "None")

    def at(self, minute: float) -> None:
        self.bench.clock.run_to(cloudwatch_bench.START + 60 * minute)

    def answers_in_part(self) -> None:
        self.bench.installed.degrade("PartialData")

    def late(self, signal: str) -> None:
        self.bench.installed.store.late |= dict.fromkeys(COUNTED_BY[signal], 120)

    def late_stratum(self, variant: str, route: str) -> None:
        where = frozenset({("Of", f"{variant}@churn/c-7"), ("Route", route)})
        self.bench.installed.store.late[Series("Shop", "Complained", where)] = 120


COUNTED_BY = {
    "errors": ("InvocationModelErrors", "Invocation4XXErrors", "Invocation5XXErrors"),
    "client_errors": ("Invocation4XXErrors",),
    "latency": ("ModelLatency",),
    "complaints": ("Complained",),
}


def published(said: Mapping[str, Half]) -> dict[str, dict[float, int]]:
    """What SageMaker counts of these requests: its model errors contain the clients' own."""
    served, failed = said.get("errors", (0, 0))
    asked, refused = said.get("client_errors", (0, 0))
    answers, slow = said.get("latency", (0, 0))
    requests = max(served, asked, answers)
    return {
        "Invocations": {1.0: int(requests)},
        "InvocationModelErrors": split((requests, failed + refused)),
        "Invocation4XXErrors": split((requests, refused)),
        "Invocation5XXErrors": split((requests, failed)),
        "ModelLatency": {300_001.0: int(slow), 300_000.0: int(answers - slow)},
    }


def split(half: Half) -> dict[float, int]:
    """1 for each bad request, 0 for each good one."""
    requests, bad = half
    return {1.0: int(bad), 0.0: int(requests - bad)}


@pytest.fixture(params=["fake", "twin"])
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    if request.param == "fake":
        yield FakeWorld()
        return
    with cloudwatch_bench.bench() as bench:
        yield TwinWorld(bench)


@pytest.fixture
def twin() -> Iterator[TwinWorld]:
    with cloudwatch_bench.bench() as bench:
        yield TwinWorld(bench)


def test_both_variants_of_every_signal_come_minute_by_minute(world: World) -> None:
    every = {"errors": (570.0, 1.0), "latency": (570.0, 20.0), "client_errors": (570.0, 0.0)}
    world.record(1, "live", {**every, "complaints": (5.0, 2.0)})
    world.record(1, "candidate", dict.fromkeys(every, (30.0, 3.0)) | {"complaints": (2.0, 0.0)})
    world.at(60)
    found = world.minutes.read(question())
    assert found is not None
    assert [reading.number - FIRST for reading in found] == [0, 1, 2]
    assert found[1].datapoints == {
        "errors": Datapoints(570, 1, 30, 3),
        "latency": Datapoints(570, 20, 30, 3),
        "client_errors": Datapoints(570, 0, 30, 3),
        "complaints": Datapoints(5, 2, 2, 0),
    }


ROUTES = JudgeSection.model_validate({"signals": [OWN | {"by": "Route", "values": ["/pay", "/"]}]})


def test_strata_come_apart_and_together(world: World) -> None:
    pay, other = "complaints[Route=/pay]", "complaints[Route=/]"
    world.record(0, "live", {pay: (50.0, 2.0), other: (40.0, 1.0)})
    world.record(0, "candidate", {pay: (5.0, 1.0)})
    world.at(60)
    read = world.minutes.read(question(end=2, judge=ROUTES))
    assert read is not None
    assert read[0].datapoints == {
        "complaints": Datapoints(90, 3, 5, 1),
        pay: Datapoints(50, 2, 5, 1),
        other: Datapoints(40, 1),
    }
    assert set(read[1].datapoints.values()) == {Datapoints()}


def test_a_stratum_that_is_late_shows_nothing_and_is_missing_in_the_whole(world: World) -> None:
    pay, other = "complaints[Route=/pay]", "complaints[Route=/]"
    world.late_stratum("candidate", "/pay")
    for variant, scale in (("live", 10.0), ("candidate", 1.0)):
        world.record(0, variant, {pay: (5 * scale, scale), other: (4 * scale, scale)})
    seen = []
    for minute in (2, 4):
        world.at(minute)
        (read,) = world.minutes.read(question(end=1, judge=ROUTES)) or ()
        seen.append((read.datapoints["complaints"], read.datapoints[pay]))
    assert seen == [
        (Datapoints(90, 20, 4, 1), Datapoints(50, 10)),
        (Datapoints(90, 20, 9, 2), Datapoints(50, 10, 5, 1)),
    ]


def test_silence_is_no_datapoint(world: World) -> None:
    world.record(0, "live", {"errors": (10.0, 0.0)})
    world.at(60)
    errors = JudgeSection(signals=("errors",))
    assert world.minutes.read(question(end=2, judge=errors)) == [
        Reading(FIRST, {"errors": Datapoints(10, 0, None, None)}),
        Reading(FIRST + 1, {"errors": Datapoints()}),
    ]


def test_another_configuration_is_another_fleet(world: World) -> None:
    world.record(0, "live", {"errors": (10.0, 0.0)})
    world.at(60)
    found = world.minutes.read(question(config="c-8"))
    assert found is not None
    assert all(reading.datapoints["errors"] == Datapoints() for reading in found)


def test_a_minute_that_is_not_published_yet_shows_nothing(world: World) -> None:
    world.record(0, "live", {"errors": (10.0, 0.0)})
    world.at(1.5)
    early = world.minutes.read(question(end=1))
    world.at(2.5)
    late = world.minutes.read(question(end=1))
    assert early is not None
    assert late is not None
    assert [early[0].datapoints["errors"].live, late[0].datapoints["errors"].live] == [None, 10]


def test_an_answer_in_part_is_none_and_never_zero(world: World) -> None:
    world.record(0, "live", {"errors": (10.0, 0.0)})
    world.at(60)
    world.answers_in_part()
    assert world.minutes.read(question()) is None


ERRORS_AND_LATENCY = JudgeSection(signals=("errors", "latency"), latency_objective_ms=300)


@pytest.mark.parametrize(
    ("signal", "early"),
    [
        ("errors", Datapoints(570, 0, 30, 0, whole=False)),
        ("client_errors", Datapoints(570, 0, 30, 0, whole=False)),
        ("latency", Datapoints(whole=False)),
        ("complaints", Datapoints()),
    ],
)
def test_what_comes_late_is_waited_for(world: World, signal: str, early: Datapoints) -> None:
    """Requests without their failures are not yet requests without failures."""
    world.late(signal)
    answered = {"errors": (570.0, 0.0)}
    world.record(0, "live", answered | {signal: (570.0, 1.0)})
    world.record(0, "candidate", {"errors": (30.0, 0.0)} | {signal: (30.0, 30.0)})
    seen: list[Datapoints] = []
    for minute in (2, 4):
        world.at(minute)
        read = world.minutes.read(question(end=1))
        seen += [reading.datapoints[signal] for reading in read or ()]
    assert seen == [early, Datapoints(570, 1, 30, 30)]


def test_a_variant_without_requests_has_nothing_that_could_be_late(world: World) -> None:
    world.late("errors")
    world.record(0, "live", {"errors": (570.0, 1.0)})
    world.at(2)
    read = world.minutes.read(question(end=1, judge=JudgeSection(signals=("errors",))))
    assert read == [Reading(FIRST, {"errors": Datapoints(570, 0, None, None, whole=False)})]


@pytest.mark.parametrize("empty_ranges_have_points", [True, False])
def test_what_is_all_fast_or_all_slow_is_counted_under_both_readings(
    twin: TwinWorld, empty_ranges_have_points: bool
) -> None:
    twin.bench.installed.store.empty_ranges_have_points = empty_ranges_have_points
    twin.record(0, "live", {"errors": (570.0, 0.0), "latency": (570.0, 0.0)})
    twin.record(0, "candidate", {"errors": (30.0, 0.0), "latency": (30.0, 30.0)})
    twin.at(60)
    found = twin.minutes.read(question(end=1, judge=ERRORS_AND_LATENCY))
    assert found is not None
    assert found[0].datapoints["latency"] == Datapoints(570, 0, 30, 30)


def test_one_question_is_one_call() -> None:
    with cloudwatch_bench.bench() as bench:
        bench.clock.run_to(cloudwatch_bench.START + 600)
        calls: list[str] = []
        bench.client.meta.events.register(
            "before-call.cloudwatch", lambda model, **_: calls.append(model.name)
        )
        CloudWatchMinutes(bench.client).read(question())
    assert calls == ["GetMetricData"]


@pytest.mark.parametrize("status", ["PartialData", "InternalError", "Forbidden"])
def test_an_answer_that_is_not_complete_is_none(status: str) -> None:
    """PartialData and InternalError must not be read as zero (facts 4.3)."""
    assert _stubbed({"errors": ["Complete", status]}) is None


def test_pages_are_one_answer() -> None:
    """PartialData on a page that goes on is only that there is more."""
    client: Any = boto3.client("cloudwatch", "eu-west-1", **KEYS)
    points = {"Values": [7.0], "Timestamps": [datetime.fromtimestamp(60 * FIRST, UTC)]}
    pages: list[dict[str, Any]] = [
        {"StatusCode": "PartialData", "Values": [], "Timestamps": []},
        {"StatusCode": "Complete", **points},
    ]
    with Stubber(client) as stubber:
        for page, more in zip(pages, ({"NextToken": "more"}, {}), strict=True):
            results = [{"Id": f"m{n}", **page} for n in range(8)]
            stubber.add_response("get_metric_data", {"MetricDataResults": results, **more})
        found = CloudWatchMinutes(client).read(question(judge=JudgeSection(signals=("errors",))))
    assert found is not None
    assert found[0].datapoints == {
        "errors": Datapoints(7, 7, 7, 7)
    }  # 7 model errors less 7 4xx; 7 5xx


def test_a_series_without_an_answer_is_none() -> None:
    assert _stubbed({"errors": ["Complete"]}) is None


def _stubbed(statuses: Mapping[str, list[str]]) -> object:
    client: Any = boto3.client("cloudwatch", "eu-west-1", **KEYS)
    results = [
        {"Id": f"m{n}", "StatusCode": status, "Values": [], "Timestamps": []}
        for n, status in enumerate([*statuses["errors"], *["Complete"] * 6][:8])
    ]
    with Stubber(client) as stubber:
        stubber.add_response("get_metric_data", {"MetricDataResults": results})
        return CloudWatchMinutes(client).read(question(judge=JudgeSection(signals=("errors",))))
