"""Alarms: the fake and the adapter on the twin's CloudWatch keep one contract.

Not on moto's: there a new alarm is OK at once.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Protocol

import boto3
import pytest
from botocore.stub import Stubber

from penstock.adapters.alarms import CloudWatchAlarms
from penstock.domain.judging.judgement import AlarmValue
from penstock.domain.kinds.realtime_series import PUBLISHED
from penstock.domain.planning.check import Check
from penstock.domain.planning.checks import checks
from penstock.domain.policy.judge import JudgeSection, Margins
from penstock.ports.evidence import Alarms
from tests.fakes.alarms import FakeAlarms
from tests.fakes.clock import FakeClock
from tests.worlds import cloudwatch_bench

KEYS: Any = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
TAGS = {"penstock:release": "0123456789"}
MADE = checks(
    "churn", "candidate", "churn-7", JudgeSection(latency_objective_ms=100), "candidate", PUBLISHED
)
NAMES = tuple(check.name for check in MADE)


class World(Protocol):
    alarms: Alarms

    def set(self, name: str, value: AlarmValue) -> None: ...
    def exist(self) -> frozenset[str]: ...
    def pass_minute(self) -> None: ...


class FakeWorld:
    def __init__(self) -> None:
        self.clock = FakeClock()
        self.fake = FakeAlarms(self.clock)
        self.alarms: Alarms = self.fake

    def set(self, name: str, value: AlarmValue) -> None:
        self.fake.put(name, value)

    def exist(self) -> frozenset[str]:
        return frozenset(self.fake.names)

    def pass_minute(self) -> None:
        self.clock.advance(60)


class TwinWorld:
    def __init__(self, bench: cloudwatch_bench.Bench) -> None:
        self.client = bench.client
        self.pass_minute = lambda: bench.minutes(0.5)
        self.alarms: Alarms = CloudWatchAlarms(bench.client)

    def set(self, name: str, value: AlarmValue) -> None:
        if not self.client.describe_alarms(AlarmNames=[name])["MetricAlarms"]:
            self.client.put_metric_alarm(**cloudwatch_bench.alarm(name))
        self.client.set_alarm_state(AlarmName=name, StateValue=value, StateReason="test")

    def exist(self) -> frozenset[str]:
        found = self.client.describe_alarms()["MetricAlarms"]
        return frozenset(alarm["AlarmName"] for alarm in found)


@pytest.fixture(params=["fake", "twin"])
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    if request.param == "fake":
        yield FakeWorld()
        return
    with cloudwatch_bench.bench() as bench:
        yield TwinWorld(bench)


def value(world: World, name: str) -> str:
    return world.alarms.states((name,))[name].value


def test_no_names_are_no_states(world: World) -> None:
    assert world.alarms.states(()) == {}


def test_alarms_that_do_not_exist_have_no_state(world: World) -> None:
    world.set("there", "OK")
    assert set(world.alarms.states(("there", "gone"))) == {"there"}


def test_states_are_those_of_cloudwatch(world: World) -> None:
    states: tuple[AlarmValue, ...] = ("OK", "ALARM", "INSUFFICIENT_DATA")
    for state in states:
        world.set("business", state)
        assert value(world, "business") == state


def test_a_new_alarm_knows_nothing_yet(world: World) -> None:
    world.alarms.renew(MADE, TAGS)
    states = world.alarms.states(NAMES)
    assert {name: state.value for name, state in states.items()} == dict.fromkeys(
        NAMES, "INSUFFICIENT_DATA"
    )


def test_an_alarm_that_is_renewed_forgets(world: World) -> None:
    world.alarms.renew(MADE, TAGS)
    world.set(NAMES[0], "ALARM")
    world.pass_minute()
    world.alarms.renew(MADE, TAGS)
    assert value(world, NAMES[0]) == "INSUFFICIENT_DATA"


def test_an_alarm_of_this_phase_that_does_not_fire_stays(world: World) -> None:
    """A throttled try goes on where it was: each is put once."""
    world.alarms.renew(MADE[:1], TAGS)
    world.set(NAMES[0], "OK")
    world.alarms.renew(MADE, TAGS)
    assert (value(world, NAMES[0]), value(world, NAMES[1])) == ("OK", "INSUFFICIENT_DATA")


@pytest.mark.parametrize(
    "before",
    [
        pytest.param(
            ("candidate", "churn-6", JudgeSection(latency_objective_ms=100)), id="release"
        ),
        pytest.param(("live", "churn-7", JudgeSection(latency_objective_ms=100)), id="variant"),
        pytest.param(
            ("candidate", "churn-7", JudgeSection(latency_objective_ms=90)), id="objective"
        ),
        pytest.param(
            (
                "candidate",
                "churn-7",
                JudgeSection(latency_objective_ms=100, margins=Margins(latency=0.04)),
            ),
            id="margin",
        ),
    ],
)
def test_an_alarm_of_another_phase_is_made_again(
    world: World, before: tuple[str, str, JudgeSection]
) -> None:
    world.alarms.renew(checks("churn", *before, "candidate", PUBLISHED), TAGS)
    world.set(NAMES[1], "OK")
    world.alarms.renew(MADE, TAGS)
    assert value(world, NAMES[1]) == "INSUFFICIENT_DATA"


def test_what_an_earlier_release_left_goes(world: World) -> None:
    world.alarms.renew(MADE, TAGS)
    world.set("business", "OK")
    world.alarms.renew(MADE[:1], TAGS, (*NAMES, "never-there"))
    assert world.exist() == {NAMES[0], "business"}


def test_a_state_has_its_moment(world: World) -> None:
    """In ms, and it moves on with a transition."""
    world.set("business", "OK")
    before = world.alarms.states(("business",))["business"].since
    world.pass_minute()
    world.set("business", "ALARM")
    after = world.alarms.states(("business",))["business"].since
    assert 10**12 < before <= after
    assert after < 10**13


def test_removing_is_by_name_and_twice_is_once(world: World) -> None:
    world.alarms.renew(MADE, TAGS)
    world.set("business", "OK")
    for _ in range(2):
        world.alarms.remove((*NAMES, "never-there"))
    assert set(world.alarms.states((*NAMES, "business"))) == {"business"}


def test_removing_nothing_is_fine(world: World) -> None:
    world.alarms.remove(())


def test_as_many_alarms_as_a_policy_may_name_are_read(world: World) -> None:
    names = tuple(f"business-{number}" for number in range(54))
    for name in names:
        world.set(name, "OK")
    assert set(world.alarms.states(names)) == set(names)


def test_composites_are_asked_for() -> None:
    """They are left out unless their type is named (facts 4.4)."""
    client: Any = boto3.client("cloudwatch", "eu-west-1", **KEYS)
    composite = {
        "AlarmName": "whole",
        "StateValue": "ALARM",
        "StateUpdatedTimestamp": datetime(2026, 3, 1, tzinfo=UTC),
    }
    asked = {"AlarmNames": ["whole"], "AlarmTypes": ["MetricAlarm", "CompositeAlarm"]}
    with Stubber(client) as stubber:
        answer = {"MetricAlarms": [], "CompositeAlarms": [composite]}
        stubber.add_response("describe_alarms", answer, {**asked, "MaxRecords": 100})
        (state,) = CloudWatchAlarms(client).states(("whole",)).values()
    assert (state.value, state.since) == ("ALARM", 1_772_323_200_000)


def put(client: Any, check: Check) -> dict[str, Any]:
    CloudWatchAlarms(client).renew((check,), TAGS)
    (found,) = client.describe_alarms(AlarmNames=[check.name])["MetricAlarms"]
    alarm: dict[str, Any] = found
    return alarm


@pytest.mark.parametrize("check", MADE, ids=lambda check: check.name)
def test_an_alarm_says_what_its_check_says(aws: None, check: Check) -> None:
    alarm = put(boto3.client("cloudwatch"), check)
    assert (alarm["Threshold"], alarm["ComparisonOperator"]) == (
        check.threshold,
        "GreaterThanThreshold",
    )
    assert (alarm["EvaluationPeriods"], alarm["DatapointsToAlarm"]) == (3, 2)
    assert alarm["TreatMissingData"] == "ignore"
    assert alarm["ActionsEnabled"] is False
    assert [m["Id"] for m in alarm["Metrics"] if m["ReturnData"]] == ["share"]
    for metric in alarm["Metrics"]:
        assert "Unit" not in metric.get("MetricStat", {})


def test_the_twin_fires_the_alarm_on_a_bad_candidate() -> None:
    """Metric math, statistics and thresholds as they are sent: 30 % of 100 requests a minute."""
    dimensions = {
        "EndpointName": "churn",
        "VariantName": "candidate",
        "EndpointConfigName": "churn-7",
    }
    assert dict(MADE[0].series["all"].dimensions) == dimensions == cloudwatch_bench.DIMENSIONS
    with cloudwatch_bench.bench() as bench:
        alarms = CloudWatchAlarms(bench.client)
        alarms.renew(MADE, TAGS)
        for minute in range(5):
            bench.record("Invocations", {1.0: 100}, minute)
            bench.record("Invocation5XXErrors", {1.0: 30, 0.0: 70}, minute)
            bench.record("ModelLatency", {50_000.0: 100}, minute)
        bench.minutes(8)
        states = alarms.states(NAMES)
        assert [states[name].value for name in NAMES] == ["ALARM", "OK"]
