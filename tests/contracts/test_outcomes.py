"""Outcomes by the minute: the fake and the adapter on the twin keep one contract."""

from collections.abc import Iterator
from typing import Protocol

import pytest
from botocore.stub import Stubber

from penstock.adapters.evidence.outcomes import CloudWatchOutcomes
from penstock.domain.errors import Unavailable
from penstock.domain.judging.goal.experiment import OutcomeMinute
from penstock.domain.judging.goal.outcomes import GoalOutcomes
from penstock.domain.kinds.outcome_question import OutcomeQuestion, OutcomeSeries, outcome_series
from penstock.ports.evidence import OutcomeSource
from tests.fakes.outcomes import NONE, FakeOutcomes
from tests.worlds import cloudwatch_bench

FIRST = round(cloudwatch_bench.START) // 60
DAY = 24 * 60


def series(variant: str, *, spread: bool = True) -> OutcomeSeries:
    where = (("Endpoint", "churn"), ("Variant", variant))
    return outcome_series("Shop", "Spent", where, spread=spread)


LIVE, CANDIDATE = series("live"), series("candidate")


class World(Protocol):
    source: OutcomeSource

    def publish(self, variant: str, minute: int, *outcomes: float) -> None:
        """Outcomes of requests in a minute from the start, which are published now."""

    def at(self, minute: float) -> None: ...

    def answers_in_part(self) -> None: ...

    def throttles(self) -> None: ...


class FakeWorld:
    def __init__(self) -> None:
        self.now = FIRST * 60_000
        self.fake = FakeOutcomes(lambda: self.now)
        self.source: OutcomeSource = self.fake

    def publish(self, variant: str, minute: int, *outcomes: float) -> None:
        shown = GoalOutcomes(len(outcomes), sum(outcomes), min(outcomes), max(outcomes))
        self.fake.record(series(variant), FIRST + minute, shown)

    def at(self, minute: float) -> None:
        self.now = round((FIRST + minute) * 60_000)

    def answers_in_part(self) -> None:
        self.fake.whole = False

    def throttles(self) -> None:
        self.fake.throttled = True


class TwinWorld:
    def __init__(self, bench: cloudwatch_bench.Bench) -> None:
        self.bench = bench
        self.source: OutcomeSource = CloudWatchOutcomes(bench.client)

    def publish(self, variant: str, minute: int, *outcomes: float) -> None:
        datum = {
            "MetricName": "Spent",
            "Dimensions": [
                {"Name": "Endpoint", "Value": "churn"},
                {"Name": "Variant", "Value": variant},
            ],
            "Timestamp": cloudwatch_bench.moment((FIRST + minute) * 60),
            "Values": list(outcomes),
        }
        self.bench.client.put_metric_data(Namespace="Shop", MetricData=[datum])

    def at(self, minute: float) -> None:
        self.bench.clock.run_to((FIRST + minute) * 60)

    def answers_in_part(self) -> None:
        self.bench.installed.degrade("PartialData")

    def throttles(self) -> None:
        stubber = Stubber(self.bench.client)
        stubber.add_client_error("get_metric_data", "Throttling", "Rate exceeded", 400)
        stubber.activate()


@pytest.fixture(params=["fake", "twin"])
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    if request.param == "fake":
        yield FakeWorld()
        return
    with cloudwatch_bench.bench() as bench:
        yield TwinWorld(bench)


def asked(first: int, end: int, *, spread: bool = True) -> OutcomeQuestion:
    here, there = (series(name, spread=spread) for name in ("live", "candidate"))
    return OutcomeQuestion(here, there, FIRST + first, FIRST + end)


def test_every_minute_shows_the_outcomes_of_both_variants(world: World) -> None:
    world.at(90)
    world.publish("live", 1, 0.5, 20, 3)
    world.publish("candidate", 1, 7)
    world.publish("candidate", 3, 0, 0)
    world.at(95)
    assert world.source.read(asked(1, 4)) == [
        OutcomeMinute(FIRST + 1, GoalOutcomes(3, 23.5, 0.5, 20), GoalOutcomes(1, 7, 7, 7)),
        OutcomeMinute(FIRST + 2, NONE, NONE),
        OutcomeMinute(FIRST + 3, NONE, GoalOutcomes(2, 0, 0, 0)),
    ]


def test_of_a_rate_only_numbers_and_sums_are_read(world: World) -> None:
    world.at(30)
    world.publish("live", 1, 1, 0, 1)
    world.at(40)
    assert world.source.read(asked(1, 2, spread=False)) == [
        OutcomeMinute(FIRST + 1, GoalOutcomes(3, 2), NONE)
    ]


def test_a_day_comes_in_one_answer(world: World) -> None:
    world.at(DAY)
    for minute in (0, 700, DAY - 1):
        world.publish("live", minute, 1)
    world.at(DAY + 60)
    found = world.source.read(asked(0, DAY))
    assert found is not None
    assert len(found) == DAY
    seen = [each.number - FIRST for each in found if each.live and each.live.requests]
    assert seen == [0, 700, DAY - 1]


def test_an_answer_in_part_is_none(world: World) -> None:
    world.at(10)
    world.answers_in_part()
    assert world.source.read(asked(1, 2)) is None


def test_a_throttled_question_is_unavailable(world: World) -> None:
    world.at(10)
    world.throttles()
    with pytest.raises(Unavailable):
        world.source.read(asked(1, 2))


def test_statistics_that_do_not_belong_together_are_no_outcomes() -> None:
    question = asked(0, 1)
    found = {each: {FIRST: 1.0} for each in question.statistics}
    found[LIVE.total] = {}
    (minute,) = question.minutes(found)
    assert minute.live is None
    assert minute.candidate == GoalOutcomes(1, 1, 1, 1)
    assert CANDIDATE.statistics == question.candidate.statistics
