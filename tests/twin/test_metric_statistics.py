"""CloudWatch's statistics, as the guide's "Statistics definitions" and facts 4.2 state them."""

from collections import Counter

import pytest

from twin.cloudwatch.metric_statistics import (
    Distribution,
    InvalidStatisticError,
    StatisticSet,
    statistic,
)

ONE_TO_TEN = Distribution(Counter(range(1, 11)))
LATENCIES = Distribution(Counter({100_000.0: 90, 300_000.0: 5, 300_001.0: 3, 900_000.0: 2}))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("SampleCount", 10),
        ("Sum", 55),
        ("Average", 5.5),
        ("Minimum", 1),
        ("Maximum", 10),
        ("p0", 1),
        ("p50", 5),
        ("p99", 10),
        ("p99.9", 10),
        ("p100", 10),
        ("tm90", 5),
        ("tc90", 9),
        ("ts90", 45),
        ("wm90", 5.4),
        ("TM(20%:80%)", 5.5),
        ("TC(20%:80%)", 6),
        ("TS(80%:)", 19),
        ("WM(10%:90%)", 5.5),
        ("IQM", 5.5),
        ("TM(2:4)", 3.5),
        ("TC(2:4)", 2),
        ("TS(:3)", 6),
        ("WM(4:6)", 5.1),
        ("PR(:3)", 30),
        ("PR(3:)", 70),
    ],
)
def test_statistics_of_one_to_ten(name: str, expected: float) -> None:
    assert statistic(name)(ONE_TO_TEN) == pytest.approx(expected)


def test_a_fixed_lower_bound_is_exclusive_and_an_upper_one_inclusive() -> None:
    assert statistic("TC(300000:)")(LATENCIES) == 5
    assert statistic("TC(:300000)")(LATENCIES) == 95
    assert statistic("PR(300000:)")(LATENCIES) == 5


def test_percentiles_are_exact_over_counts() -> None:
    assert statistic("p95")(LATENCIES) == 300_000
    assert statistic("p98")(LATENCIES) == 300_001
    assert statistic("p98.01")(LATENCIES) == 900_000


def test_nothing_in_the_bounds_is_a_count_of_zero_and_no_mean() -> None:
    assert statistic("TC(1000000:)")(LATENCIES) == 0
    assert statistic("PR(1000000:)")(LATENCIES) == 0
    assert statistic("TM(1000000:)")(LATENCIES) is None


@pytest.mark.parametrize("name", ["p50", "tc90", "TC(1:)", "PR(:1)", "IQM"])
def test_ranks_do_not_exist_with_negative_values(name: str) -> None:
    assert statistic(name)(Distribution(Counter([-1.0, 1.0]))) is None


def test_ranks_do_not_exist_for_statistic_sets_that_hide_values() -> None:
    found = Distribution()
    found.add_set(StatisticSet(2, 3.0, 1.0, 2.0))
    assert statistic("p50")(found) is None
    assert statistic("Average")(found) == 1.5
    assert (statistic("Minimum")(found), statistic("Maximum")(found)) == (1, 2)


def test_a_statistic_set_of_equal_values_is_as_good_as_the_values() -> None:
    found = Distribution()
    found.add_set(StatisticSet(3, 6.0, 2.0, 2.0))
    assert statistic("p50")(found) == 2
    assert statistic("SampleCount")(found) == 3


@pytest.mark.parametrize(
    "name",
    ["", "sum", "P99", "p", "p101", "pr(:1)", "PR(1%:2%)", "TC(:)", "TC(1:2%)", "TC(2:1)", "TC90"],
)
def test_other_names_are_refused(name: str) -> None:
    with pytest.raises(InvalidStatisticError):
        statistic(name)
