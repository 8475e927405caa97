"""Refit a rule until at most 1 % of harmless releases are rolled back in the worst case.

Half a percent for each metric, the other metric's limit out of reach: both together stay below 1 %.
"""

from collections.abc import Callable, Iterable

import numpy as np

from benchmarks.judge.releases import Lag, Rule, play
from benchmarks.judge.scenarios import ERRORS, LATENCY, Rates, Scenario

PER_METRIC = 0.005
NEVER = 2.0
"""A limit on a share that nothing exceeds."""
STEPS = 9


def worst(
    rule: Rule, cases: Iterable[Scenario], most: float, *, releases: int, seed: int, lag: Lag
) -> bool:
    """Whether some case is rolled back more often than `most`."""
    return any(
        play(rule, case, releases=releases, seed=seed, lag=lag).rollback_share > most
        for case in cases
    )


def smallest(too_often: Callable[[float], bool], low: float, high: float) -> float:
    """The smallest level that is not exceeded too often, by bisection on a log scale."""
    if too_often(high):
        return NEVER * high
    for _ in range(STEPS):
        middle = float(np.sqrt(low * high))
        low, high = (middle, high) if too_often(middle) else (low, middle)
    return high


def fitted_limits(
    make: Callable[[Rates], Rule], cases: list[Scenario], *, releases: int, seed: int, lag: Lag
) -> Rates:
    """The smallest limit of each metric that keeps false rollbacks rare."""

    def fit(metric: int) -> float:
        def too_often(limit: float) -> bool:
            limits = (limit, NEVER) if metric == ERRORS else (NEVER, limit)
            rule = make(limits)
            return worst(rule, cases, PER_METRIC, releases=releases, seed=seed, lag=lag)

        return smallest(too_often, 0.001, 1.0)

    return fit(ERRORS), fit(LATENCY)
