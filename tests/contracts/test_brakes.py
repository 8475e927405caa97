"""The brake of a deployment: the fake, and the adapter on the twin's CloudWatch, one contract."""

from collections.abc import Iterator
from typing import Protocol

import pytest

from penstock.adapters.alarms import CloudWatchAlarms
from penstock.adapters.brakes import CloudWatchBrakes
from penstock.domain.planning.brake import brake, brake_name
from penstock.ports.evidence import Alarms
from penstock.ports.serving import Brakes
from tests.fakes.alarms import FakeAlarms
from tests.fakes.brakes import FakeBrakes
from tests.fakes.clock import FakeClock
from tests.worlds import cloudwatch_bench

OURS, ANOTHER = "churn-1111111111", "churn-2222222222"


class World(Protocol):
    """A brake, and the alarms that SageMaker asks."""

    brakes: Brakes
    alarms: Alarms

    def minutes(self, count: int) -> None: ...


class FakeWorld:
    def __init__(self) -> None:
        self.clock = FakeClock()
        alarms = FakeAlarms(self.clock, calm=True)
        self.brakes: Brakes = FakeBrakes(alarms)
        self.alarms: Alarms = alarms

    def minutes(self, count: int) -> None:
        self.clock.advance(60 * count)


class TwinWorld:
    def __init__(self, bench: cloudwatch_bench.Bench) -> None:
        self._bench = bench
        self.brakes: Brakes = CloudWatchBrakes(bench.client)
        self.alarms: Alarms = CloudWatchAlarms(bench.client)

    def minutes(self, count: int) -> None:
        self._bench.minutes(count)


@pytest.fixture(params=["fake", "twin"])
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    if request.param == "fake":
        yield FakeWorld()
        return
    with cloudwatch_bench.bench() as bench:
        yield TwinWorld(bench)


def fires(world: World) -> bool:
    return world.alarms.states((brake_name("churn"),))[brake_name("churn")].value == "ALARM"


def made(world: World) -> None:
    world.alarms.renew((brake("churn", OURS),), {"penstock:release": "1111111111"})


def test_a_brake_that_nobody_pulls_does_not_fire(world: World) -> None:
    made(world)
    world.minutes(10)
    assert not fires(world)


def test_one_pull_fires_it_within_three_minutes(world: World) -> None:
    made(world)
    world.minutes(5)
    world.brakes.pull("churn", OURS)
    world.minutes(3)
    assert fires(world)


def test_a_pull_for_another_deployment_does_not(world: World) -> None:
    made(world)
    world.brakes.pull("churn", ANOTHER)
    world.brakes.pull("other", OURS)
    world.minutes(2)
    assert not fires(world)


def test_a_pull_before_there_is_an_alarm_is_taken(world: World) -> None:
    world.brakes.pull("churn", OURS)
    made(world)


def test_what_is_pulled_each_half_minute_stays_on() -> None:
    """The way back looks that often, and SageMaker may take a while to see it."""
    with cloudwatch_bench.bench() as bench:
        world = TwinWorld(bench)
        made(world)
        world.minutes(3)
        seen = []
        for _ in range(20):
            world.brakes.pull("churn", OURS)
            bench.minutes(0.5)
            seen.append(fires(world))
        first = seen.index(True)
        assert first <= 5
        assert all(seen[first:])


def test_it_is_over_when_nobody_pulls_any_more() -> None:
    with cloudwatch_bench.bench() as bench:
        world = TwinWorld(bench)
        made(world)
        world.brakes.pull("churn", OURS)
        world.minutes(3)
        assert fires(world)
        world.minutes(10)
        assert not fires(world)
