"""Publishing and reading metrics."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.worlds.cloudwatch_bench import (
    DIMENSIONS,
    NAMESPACE,
    START,
    Bench,
    bench,
    moment,
    stat,
)
from twin.cloudwatch import metrics
from twin.core.hooks import NotSupportedByTwin


@pytest.fixture
def twin() -> Iterator[Bench]:
    with bench() as installed:
        yield installed


def values(answer: Any, query: str = "m") -> list[float]:
    (found,) = [each for each in answer["MetricDataResults"] if each["Id"] == query]
    return list(found["Values"])


def with_unit(unit: str) -> dict[str, Any]:
    query = stat("Invocations", "Sum")
    query["MetricStat"]["Unit"] = unit
    return query


def test_a_minute_can_be_read_once_the_lag_after_its_end_has_passed(twin: Bench) -> None:
    twin.record("Invocations", {1.0: 7})
    twin.minutes(1.99)
    assert values(twin.data([stat("Invocations", "Sum")], (0, 5))) == []
    twin.minutes(0.01)
    assert values(twin.data([stat("Invocations", "Sum")], (0, 5))) == [7]


def test_a_metric_can_come_later_than_the_others(twin: Bench) -> None:
    twin.installed.store.late["Invocations"] = 60
    for name in ("Invocations", "Invocation5XXErrors"):
        twin.record(name, {1.0: 3})
    asked = [stat("Invocations", "Sum", "late"), stat("Invocation5XXErrors", "Sum", "early")]
    seen = []
    for minutes in (2, 1):
        twin.minutes(minutes)
        results = twin.data(asked, (0, 1))["MetricDataResults"]
        seen.append({result["Id"]: result["Values"] for result in results})
    assert seen == [{"late": [], "early": [3]}, {"late": [3], "early": [3]}]


@pytest.mark.parametrize("stat_of", ["TC(200:)", "PR(200:)", "TC(0:10)", "PR(0:10)"])
@pytest.mark.parametrize(("has_points", "shown"), [(True, [0.0]), (False, [])])
def test_an_empty_range_can_be_no_datapoint(
    twin: Bench, stat_of: str, has_points: bool, shown: list[float]
) -> None:
    """AWS does not say which."""
    twin.installed.store.empty_ranges_have_points = has_points
    twin.record("ModelLatency", {100.0: 3})
    twin.minutes(3)
    asked = [stat("ModelLatency", stat_of), stat("ModelLatency", "TC(0:200)", "full")]
    empty, full = twin.data(asked, (0, 1))["MetricDataResults"]
    assert (empty["Values"], full["Values"]) == (shown, [3.0])


def test_no_traffic_is_no_datapoint(twin: Bench) -> None:
    twin.record("Invocations", {1.0: 7}, minute=0)
    twin.record("Invocations", {1.0: 0}, minute=1)
    twin.record("Invocations", {1.0: 9}, minute=2)
    twin.minutes(10)
    (found,) = twin.data([stat("Invocations", "Sum")], (0, 5))["MetricDataResults"]
    assert found["Values"] == [7, 9]
    assert [each.timestamp() - START for each in found["Timestamps"]] == [0, 120]


def test_both_ends_of_the_window_are_rounded_down_and_the_end_is_exclusive(twin: Bench) -> None:
    for minute in range(5):
        twin.record("Invocations", {1.0: minute + 1}, minute)
    twin.minutes(10)
    assert values(twin.data([stat("Invocations", "Sum")], (1.5, 3.9))) == [2, 3]


def test_the_newest_datapoint_comes_first_by_default(twin: Bench) -> None:
    for minute in range(3):
        twin.record("Invocations", {1.0: minute + 1}, minute)
    twin.minutes(10)
    answer = twin.client.get_metric_data(
        MetricDataQueries=[stat("Invocations", "Sum")],
        StartTime=moment(START),
        EndTime=moment(START + 300),
    )
    assert values(answer) == [3, 2, 1]


def test_a_longer_period_gathers_minutes_and_percentiles_over_all_of_them(twin: Bench) -> None:
    twin.record("ModelLatency", {1.0: 99}, minute=0)
    twin.record("ModelLatency", {50.0: 101}, minute=4)
    twin.minutes(10)
    query = stat("ModelLatency", "p50")
    query["MetricStat"]["Period"] = 300
    assert values(twin.data([query], (0, 5))) == [50]


def test_windows_that_do_not_fit_a_longer_period_are_refused(twin: Bench) -> None:
    query = stat("Invocations", "Sum")
    query["MetricStat"]["Period"] = 300
    with pytest.raises(NotSupportedByTwin, match="multiples of Period 300"):
        twin.data([query], (1, 6))


def test_the_slow_share_is_metric_math_over_a_trimmed_count(twin: Bench) -> None:
    twin.record("ModelLatency", {200_000.0: 80, 300_000.0: 10, 300_000.5: 10})
    twin.minutes(3)
    queries = [
        {"Id": "share", "Expression": "slow / requests"},
        stat("ModelLatency", "TC(300000:)", "slow", returned=False),
        stat("ModelLatency", "SampleCount", "requests", returned=False),
    ]
    answer = twin.data(queries, (0, 5))
    assert [each["Id"] for each in answer["MetricDataResults"]] == ["share"]
    assert values(answer, "share") == [0.1]


def test_another_unit_finds_nothing(twin: Bench) -> None:
    twin.record("Invocations", {1.0: 7})
    twin.minutes(3)
    assert values(twin.data([with_unit("Count")], (0, 5))) == []
    assert values(twin.data([with_unit("None")], (0, 5))) == [7]


def test_without_a_unit_a_series_of_two_units_is_refused(twin: Bench) -> None:
    twin.record("Invocations", {1.0: 7})
    metrics.record(NAMESPACE, "Invocations", DIMENSIONS, {1.0: 1}, START, "Count")
    twin.minutes(3)
    with pytest.raises(NotSupportedByTwin, match="units"):
        twin.data([stat("Invocations", "Sum")], (0, 5))


def test_dimensions_must_be_exactly_those_published(twin: Bench) -> None:
    twin.record("Invocations", {1.0: 7})
    twin.minutes(3)
    query = stat("Invocations", "Sum")
    query["MetricStat"]["Metric"]["Dimensions"].pop()
    assert values(twin.data([query], (0, 5))) == []


def test_long_answers_come_in_pages_that_are_partial_until_the_last(twin: Bench) -> None:
    for minute in range(5):
        twin.record("Invocations", {1.0: minute + 1}, minute)
    twin.minutes(10)
    queries = [stat("Invocations", "Sum"), stat("Invocations", "SampleCount", "n")]
    first = twin.data(queries, (0, 5), MaxDatapoints=3)
    second = twin.data(queries, (0, 5), MaxDatapoints=7, NextToken=first["NextToken"])
    assert [each["StatusCode"] for each in first["MetricDataResults"]] == ["PartialData"]
    assert values(first) + values(second) == [1, 2, 3, 4, 5]
    assert [each["StatusCode"] for each in second["MetricDataResults"]] == ["Complete"] * 2
    assert "NextToken" not in second


def test_a_token_works_once(twin: Bench) -> None:
    with pytest.raises(ClientError, match="InvalidNextToken"):
        twin.data([stat("Invocations", "Sum")], (0, 5), NextToken="invented")


@pytest.mark.parametrize(("status", "expected"), [("PartialData", [1, 2]), ("InternalError", [])])
def test_a_degraded_call_says_so_and_the_next_one_is_whole(
    twin: Bench, status: Any, expected: list[float]
) -> None:
    for minute in range(4):
        twin.record("Invocations", {1.0: minute + 1}, minute)
    twin.minutes(10)
    twin.installed.degrade(status)
    degraded = twin.data([stat("Invocations", "Sum")], (0, 5))
    assert degraded["MetricDataResults"][0]["StatusCode"] == status
    assert values(degraded) == expected
    assert values(twin.data([stat("Invocations", "Sum")], (0, 5))) == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("queries", "message"),
    [
        pytest.param([{"Id": "M", "Expression": "1"}], "lower-case", id="id"),
        pytest.param([{"Id": "m"}], "either MetricStat or Expression", id="neither"),
        pytest.param([{"Id": "m", "Expression": "a + 1"}], "unknown Ids", id="unknown"),
        pytest.param([{"Id": "m", "Expression": "m + 1"}], "refers to itself", id="loop"),
        pytest.param([stat("Invocations", "Sum")] * 2, "must be unique", id="twice"),
        pytest.param([stat("Invocations", "p101")], "Invalid stat", id="stat"),
        pytest.param([with_unit("Counts")], "standard unit", id="unit"),
    ],
)
def test_queries_that_aws_refuses(twin: Bench, queries: Any, message: str) -> None:
    with pytest.raises(ClientError, match=message):
        twin.data(queries, (0, 5))


@pytest.mark.parametrize("window", [(5, 5), (5, 4), (4.1, 4.9)])
def test_a_window_must_have_a_minute(twin: Bench, window: tuple[float, float]) -> None:
    with pytest.raises(ClientError, match="ValidationError"):
        twin.data([stat("Invocations", "Sum")], window)


def test_published_values_and_counts_can_be_read(twin: Bench) -> None:
    datum = {"MetricName": "size", "Values": [1.0, 5.0], "Counts": [3.0, 1.0], "Unit": "Bytes"}
    twin.client.put_metric_data(Namespace="own", MetricData=[datum])
    twin.minutes(3)
    answer = twin.client.get_metric_statistics(
        Namespace="own",
        MetricName="size",
        StartTime=moment(START),
        EndTime=moment(START + 300),
        Period=60,
        Statistics=["Sum", "SampleCount"],
        ExtendedStatistics=["p75", "PR(1:)"],
    )
    (point,) = answer["Datapoints"]
    assert (point["Sum"], point["SampleCount"], point["Unit"]) == (8, 4, "Bytes")
    assert point["ExtendedStatistics"] == {"p75": 1, "PR(1:)": 25}


@pytest.mark.parametrize(
    "datum",
    [
        {"Value": float("nan")},
        {"Value": 1.0, "Values": [1.0]},
        {},
        {"Values": [1.0], "Counts": [1.0, 2.0]},
        {"Value": 1.0, "Timestamp": moment(START + 8000)},
        {"StatisticValues": {"SampleCount": 1, "Sum": float("inf"), "Minimum": 1, "Maximum": 1}},
    ],
)
def test_data_that_aws_refuses(twin: Bench, datum: dict[str, Any]) -> None:
    with pytest.raises(ClientError, match="InvalidParameter"):
        twin.client.put_metric_data(Namespace="own", MetricData=[{"MetricName": "m"} | datum])


def test_metric_statistics_are_not_in_order(twin: Bench) -> None:
    for minute in range(4):
        twin.record("Invocations", {1.0: minute + 1}, minute)
    twin.minutes(10)
    answer = twin.client.get_metric_statistics(
        Namespace=NAMESPACE,
        MetricName="Invocations",
        Dimensions=stat("Invocations", "Sum")["MetricStat"]["Metric"]["Dimensions"],
        StartTime=moment(START),
        EndTime=moment(START + 300),
        Period=60,
        Statistics=["Sum"],
    )
    assert [point["Sum"] for point in answer["Datapoints"]] == [2, 4, 1, 3]


def test_series_are_listed_by_namespace_name_and_dimensions(twin: Bench) -> None:
    twin.record("Invocations", {1.0: 7})
    twin.record("ModelLatency", {1.0: 7})
    twin.minutes(17)

    def names(**wanted: Any) -> list[str]:
        return [each["MetricName"] for each in twin.client.list_metrics(**wanted)["Metrics"]]

    assert names(Namespace=NAMESPACE) == ["Invocations", "ModelLatency"]
    assert names(MetricName="ModelLatency") == ["ModelLatency"]
    assert names(Dimensions=[{"Name": "VariantName"}], RecentlyActive="PT3H") != []
    assert names(Dimensions=[{"Name": "VariantName", "Value": "live"}]) == []
    assert names(Namespace="other") == []


def listed(twin: Bench, **wanted: Any) -> int:
    return len(twin.client.list_metrics(Namespace=NAMESPACE, **wanted)["Metrics"])


def test_a_new_series_is_listed_after_fifteen_minutes_and_for_two_weeks(twin: Bench) -> None:
    """Recently active ones had data in the past three hours."""
    twin.record("Invocations", {1.0: 7})
    seen = []
    for minute in (16, 17, 180, 181, 14 * 24 * 60, 14 * 24 * 60 + 1):
        twin.clock.run_to(START + 60 * minute)
        seen.append((listed(twin), listed(twin, RecentlyActive="PT3H")))
    assert seen == [(0, 0), (1, 1), (1, 1), (1, 0), (1, 0), (0, 0)]


def test_series_are_listed_five_hundred_a_page(twin: Bench) -> None:
    for number in range(501):
        where = {"Route": f"/{number}"}
        metrics.record("Shop", "Failed", where, {1.0: 1}, START, "None")
    twin.minutes(17)
    first = twin.client.list_metrics(Namespace="Shop")
    rest = twin.client.list_metrics(Namespace="Shop", NextToken=first["NextToken"])
    assert (len(first["Metrics"]), len(rest["Metrics"]), rest.get("NextToken")) == (500, 1, None)


@pytest.mark.parametrize(
    "wanted",
    [
        {"Dimensions": [{"Name": f"d{number}"} for number in range(11)]},
        {"RecentlyActive": "PT1H"},
    ],
)
def test_what_list_metrics_does_not_take_is_refused(twin: Bench, wanted: dict[str, Any]) -> None:
    with pytest.raises(ClientError, match="ValidationError"):
        listed(twin, **wanted)
