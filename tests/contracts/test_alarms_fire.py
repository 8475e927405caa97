"""When the release alarms fire, under every reading of what AWS does not say.

The alarms as the adapter sends them, on the twin's CloudWatch, and counts as SageMaker publishes
them. Each case is an endpoint of its own.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import pytest

from penstock.adapters.alarms import CloudWatchAlarms
from penstock.domain.kinds.realtime_series import PUBLISHED
from penstock.domain.planning.checks import checks
from penstock.domain.policy.judge import JudgeSection
from tests.worlds import cloudwatch_bench
from tests.worlds.cloudwatch_bench import NAMESPACE, START, Bench
from twin.cloudwatch import metrics
from twin.cloudwatch.metric_statistics import StatisticSet
from twin.cloudwatch.metric_store import Series

JUDGE = JudgeSection(latency_objective_ms=100)
FAST, SLOW = 50_000.0, 200_000.0
MINUTES = 5


class Minute(NamedTuple):
    """How the requests of each minute ended; `latencies` of the answers, in microseconds."""

    good: int = 0
    unanswered: int = 0
    failed: int = 0
    refused: int = 0
    latencies: Mapping[float, int] = {FAST: 100}

    @property
    def requests(self) -> int:
        return sum(self[:4])


class Reading(NamedTuple):
    """What AWS leaves open."""

    unanswered_is_5xx: bool = False
    publishes_zeros: bool = True
    has_model_errors: bool = True
    empty_ranges_have_points: bool = True


DOCUMENTED = Reading()
READINGS = [
    pytest.param(DOCUMENTED, id="as-documented"),
    pytest.param(Reading(unanswered_is_5xx=True), id="hanging-is-5xx"),
    pytest.param(Reading(publishes_zeros=False), id="no-zeros"),
    pytest.param(Reading(unanswered_is_5xx=True, has_model_errors=False), id="no-model-errors"),
    pytest.param(Reading(publishes_zeros=False, empty_ranges_have_points=False), id="no-nothing"),
]


@pytest.fixture
def twin() -> Iterator[Bench]:
    with cloudwatch_bench.bench() as made:
        yield made


def states(
    twin: Bench, check: str, cases: Mapping[str, Minute], reading: Reading = DOCUMENTED
) -> dict[str, str]:
    """The state of one kind of alarm after minutes of each case."""
    twin.installed.store.empty_ranges_have_points = reading.empty_ranges_have_points
    for case, each in cases.items():
        watch(twin, case)
        for minute in range(MINUTES):
            for name, values in published(each, reading).items():
                unit = "Microseconds" if name == "ModelLatency" else "None"
                metrics.record(NAMESPACE, name, where(case), values, START + 60 * minute, unit)
    twin.minutes(MINUTES + 2)
    return {case: twin.state(f"penstock-{case}-{check}") for case in cases}


def watch(twin: Bench, endpoint: str) -> None:
    made = checks(endpoint, "candidate", "config", JUDGE, "candidate", PUBLISHED)
    CloudWatchAlarms(twin.client).renew(made, {})


def where(endpoint: str) -> dict[str, str]:
    return {"EndpointName": endpoint, "VariantName": "candidate", "EndpointConfigName": "config"}


def published(each: Minute, reading: Reading) -> dict[str, Mapping[float, int]]:
    server = each.failed + each.unanswered * reading.unanswered_is_5xx
    errors = {"Invocation4XXErrors": each.refused, "Invocation5XXErrors": server}
    if reading.has_model_errors:
        errors["InvocationModelErrors"] = each.requests - each.good
    zeros = reading.publishes_zeros
    return {
        "Invocations": {1.0: each.requests},
        "ModelLatency": each.latencies,
        **{
            name: {1.0: bad, 0.0: (each.requests - bad) * (zeros or bad > 0)}
            for name, bad in errors.items()
        },
    }


FAILING = {
    "hangs": Minute(unanswered=100, latencies={}),
    "dies-now-and-then": Minute(good=90, unanswered=10),
    "answers-5xx": Minute(good=90, failed=10),
    "answers-5xx-and-4xx": Minute(good=40, failed=10, refused=50),
}
PASSING = {
    "healthy": Minute(good=100),
    "has-bad-clients": Minute(refused=100),
    "finer-than-the-net": Minute(good=97, unanswered=3),
    "one-is-no-rate": Minute(unanswered=1, latencies={FAST: 1}),
}


@pytest.mark.parametrize("reading", READINGS)
def test_errors_fire_on_what_the_caller_sees(twin: Bench, reading: Reading) -> None:
    found = states(twin, "errors", {**FAILING, **PASSING}, reading)
    assert found == {**dict.fromkeys(FAILING, "ALARM"), **dict.fromkeys(PASSING, "OK")}


SLOWED = {"all": {SLOW: 100}, "some": {FAST: 70, SLOW: 30}, "two": {SLOW: 2, FAST: 1}}
SWIFT = {
    "none": {FAST: 100},
    "finer-than-the-net": {FAST: 81, SLOW: 19},
    "one-is-no-rate": {SLOW: 1},
    "as-slow-as-allowed": {100_000.0: 100},
}


@pytest.mark.parametrize("reading", READINGS)
def test_latency_fires_whether_an_empty_range_has_a_datapoint_or_not(
    twin: Bench, reading: Reading
) -> None:
    cases = {
        case: Minute(good=sum(latencies.values()), latencies=latencies)
        for case, latencies in {**SLOWED, **SWIFT}.items()
    }
    found = states(twin, "latency", cases, reading)
    assert found == {**dict.fromkeys(SLOWED, "ALARM"), **dict.fromkeys(SWIFT, "OK")}


@pytest.mark.parametrize("check", ["errors", "latency"])
def test_without_requests_an_alarm_knows_nothing(twin: Bench, check: str) -> None:
    assert states(twin, check, {"silent": Minute(latencies={})}) == {"silent": "INSUFFICIENT_DATA"}


def test_where_cloudwatch_has_no_ranks_the_latency_alarm_is_blind_and_not_content(
    twin: Bench,
) -> None:
    """Statistic sets hide the values (facts 4.2)."""
    series = Series(NAMESPACE, "ModelLatency", frozenset(where("churn").items()))
    for minute in range(MINUTES):
        summary = StatisticSet(100, 9e6, FAST, SLOW)
        twin.installed.store.record_set(series, "Microseconds", START + 60 * minute, summary)
    found = states(twin, "latency", {"churn": Minute(good=100, latencies={})})
    assert found == {"churn": "INSUFFICIENT_DATA"}


@pytest.mark.parametrize("late", ["Invocations", "InvocationModelErrors", "Invocation4XXErrors"])
def test_late_data_neither_fire_an_alarm_nor_hide_harm(twin: Bench, late: str) -> None:
    twin.installed.store.late[late] = 60
    refused = Minute(good=50, refused=50)
    found = states(twin, "errors", {"churn": refused, "fraud": FAILING["hangs"]})
    assert found == {"churn": "OK", "fraud": "ALARM"}
    assert "ALARM" not in twin.changes("penstock-churn-errors")
