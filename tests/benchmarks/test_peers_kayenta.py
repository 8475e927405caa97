"""Kayenta's judge as re-implemented: its published values, and what it is known to get wrong."""

import numpy as np
import pytest

from benchmarks.judge.peers.kayenta import (
    CRITICAL,
    ERROR,
    HIGH,
    LOW,
    NO_DATA,
    PASS,
    Samples,
    labels,
    score,
)

Series = list[float]
TENS: Series = [float(value) for value in range(10, 20)]


def row(values: Series) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    return np.array([values], dtype=float)


@pytest.mark.parametrize(
    ("control", "experiment", "low", "high", "estimate", "label"),
    [
        pytest.param(
            *([1.0] * 10, [100.0] * 7 + [1.0] * 3),
            *(6.825022991538788e-05, 99.0, 98.99992904170193, PASS),
            id="seven-bad-minutes-of-ten-pass",
        ),
        pytest.param(
            *([1.0] * 10, [100.0] * 8 + [1.0] * 2), *(98.99993164762162, 99.0, 99.0, HIGH), id="8"
        ),
        pytest.param(
            *([1.0] * 10, [100.0] * 6 + [1.0] * 4), *(0.0, 99.0, 98.99994052817077, PASS), id="6"
        ),
        pytest.param(
            *(TENS, [v + 2 for v in TENS]),
            *(-1.9999934382662183, 5.999993438266219, 2.0, PASS),
            id="shift-2",
        ),
        pytest.param(
            *(TENS, [v + 10 for v in TENS]),
            *(6.000006561733781, 13.99999343826622, 10.0, HIGH),
            id="shift-10",
        ),
        pytest.param(
            *([1.0, 1.1], [10.0, 10.1]), *(8.9, 9.1, 9.000048078172773, HIGH), id="two-points"
        ),
        pytest.param([10.0, 10.1], [1.0, 1.1], -9.1, -8.9, -9.0, LOW, id="two-points-low"),
        pytest.param(
            *([0.0] * 6, [0.0, 1, 2, 1, 0, 0]), *(0.0, 2.0, 0.8127337922220947, PASS), id="sparse"
        ),
        pytest.param(
            [0.0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 1, 0],
            [0.0, 0, 0, 0, 3, 0, 0, 0, 0, 2, 0, 0, 0, 0, 1],
            *(-7.556802899145731e-05, 6.200117874999482e-05, 4.440366327615637e-05, PASS),
            id="nothing-but-solver-noise",
        ),
        pytest.param(
            *([10.0] * 5 + [10.1] * 5, [0.0, 20.0] * 5),
            *(-10.099924273998752, 9.999924273998754, -0.05000000000000071, PASS),
            id="only-the-variance-changed",
        ),
    ],
)
def test_shift_and_label_to_the_last_digit(
    control: Series, experiment: Series, low: float, high: float, estimate: float, label: int
) -> None:
    samples = Samples(row(control), row(experiment), np.random.default_rng(0))
    shift = samples.shift(CRITICAL, np.arange(1))
    assert (shift.low[0], shift.high[0], shift.estimate[0]) == pytest.approx(
        (low, high, estimate), abs=1e-13
    )
    assert labels(row(control), row(experiment)) == [label]


def test_a_direction_that_is_not_watched_passes() -> None:
    assert labels(row([1.0, 1.1]), row([10.0, 10.1]), increase=False) == [PASS]
    assert labels(row([10.0, 10.1]), row([1.0, 1.1]), decrease=False) == [PASS]


def test_one_point_a_side_is_enough_to_condemn_or_fails_by_its_own_noise() -> None:
    found = [int(labels(row([1.0]), row([10.0]), seed=seed)[0]) for seed in range(200)]
    assert found.count(HIGH) + found.count(ERROR) == 200
    assert 0.05 * 200 < found.count(ERROR) < 0.25 * 200


def test_a_zero_against_ten_is_an_error_that_scores_full_marks() -> None:
    found = labels(row([0.0]), row([10.0]))
    assert found == [ERROR]
    assert score(np.array([[ERROR, PASS]])) == [100]


def test_missing_data_passes_unless_half_of_the_metrics_lack_it() -> None:
    assert labels(row([1.0, 2.0]), row([np.nan, np.nan])) == [NO_DATA]
    verdicts = np.array([[NO_DATA, PASS, PASS], [NO_DATA, HIGH, PASS]])
    assert score(verdicts) == pytest.approx([100, 200 / 3])
    assert score(np.array([[NO_DATA, PASS]])) == [0]


def test_minutes_count_alike_whatever_their_traffic() -> None:
    """One request of one failed, or 10,000 of 10,000: the judge is given the same 100 %."""
    thin = [0.0] * 7 + [100.0] * 3
    assert labels(row([0.0] * 10), row(thin)) == [PASS]
    assert labels(row([0.0] * 10), row([0.0] * 2 + [100.0] * 8)) == [HIGH]


def test_many_rows_are_judged_as_each_alone() -> None:
    rng = np.random.default_rng(4)
    control = rng.poisson(1.0, (40, 12)).astype(np.float64)
    experiment = rng.poisson(2.5, (40, 15)).astype(np.float64)
    control[5:9, :7] = np.nan
    together = labels(control, experiment)
    alone = [int(labels(control[k : k + 1], experiment[k : k + 1])[0]) for k in range(40)]
    assert together.tolist() == alone
    assert HIGH in alone
    assert PASS in alone
