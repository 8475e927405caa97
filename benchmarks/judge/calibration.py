"""Fits a rule so that at most 1 % of harmless releases are rolled back in the worst case.

A rule with a limit per metric is fitted in two steps. First, each limit is fitted to half a
percent, with the other metric's limit out of reach. Then both limits are raised together until the
whole rule keeps to 1 %. A rule with one level (a critical value, a threshold) is fitted directly.
"""

from collections.abc import Callable

import numpy as np

from benchmarks.judge.releases import Lag, Rule, play
from benchmarks.judge.scenarios import ERRORS, LATENCY, Rates, Scenario

PER_METRIC, TOGETHER = 0.005, 0.01
NEVER = 2.0
"""A limit that no share of bad requests exceeds."""
STEPS = 7
RAISE, MOST_RAISES = 1.04, 40
RELEASES, SEED = 400, 7


def too_often(rule: Rule, cases: list[Scenario], most: float, lag: Lag) -> bool:
    """Return whether more than `most` of the releases are rolled back in any case."""
    return any(
        play(rule, case, releases=RELEASES, seed=SEED, lag=lag).rollback_share > most
        for case in reversed(cases)
    )


def smallest(exceeded: Callable[[float], bool], low: float, high: float) -> float:
    """Find the smallest level that is not exceeded too often, by bisection on a log scale."""
    if exceeded(high):
        return NEVER * high
    for _ in range(STEPS):
        middle = float(np.sqrt(low * high))
        low, high = (middle, high) if exceeded(middle) else (low, middle)
    return high


def fitted_limits(make: Callable[[Rates], Rule], cases: list[Scenario], lag: Lag) -> Rates:
    """Find the smallest limit of each metric that keeps false rollbacks rare."""

    def fit(metric: int) -> float:
        def exceeded(limit: float) -> bool:
            limits = (limit, NEVER) if metric == ERRORS else (NEVER, limit)
            return too_often(make(limits), cases, PER_METRIC, lag)

        return smallest(exceeded, 0.001, 1.0)

    limits = fit(ERRORS), fit(LATENCY)
    for _ in range(MOST_RAISES):
        if min(limits) >= NEVER or not too_often(make(limits), cases, TOGETHER, lag):
            break
        limits = limits[0] * RAISE, limits[1] * RAISE
    return limits


def fitted_level(
    make: Callable[[float], Rule], cases: list[Scenario], lag: Lag, low: float, high: float
) -> float:
    """Find the smallest level at which all metrics together keep false rollbacks rare."""
    return smallest(lambda level: too_often(make(level), cases, TOGETHER, lag), low, high)
