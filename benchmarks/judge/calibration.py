"""Fits a rule so that at most 1 % of harmless releases are rolled back in the worst case.

A rule that stays on its ramp until a limit is exceeded is fitted exactly: one simulation per case
says of each release how high a limit it exceeds. So do the variants of the rule that need more or
fewer failures. Of all pairs of limits that end 1 % in the worst case, the one is taken that serves
the fewest bad requests of the regressions.

A rule whose ramp depends on its limits is fitted in two steps. First, each limit is fitted to half
a percent, with the other metric's limit out of reach. Then both limits are raised together until
the whole rule keeps to 1 %. A rule with one level (a critical value, a threshold) is fitted
directly.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from benchmarks.judge.releases import Course, Lag, Rule, play
from benchmarks.judge.scenarios import ERRORS, LATENCY, Array, Rates, Scenario
from benchmarks.judge.schedules import Ranked, Scheduled, Steps

PER_METRIC, TOGETHER = 0.005, 0.01
NEVER = 2.0
"""A limit that no share of bad requests exceeds."""
LEAST = 0.01
"""Fewer bad requests than this count as so many in a geometric mean."""
STEPS = 10
RAISE, MOST_RAISES = 1.01, 160
RELEASES, SEED = 400, 7
RANKED_RELEASES = 3_000
PAIRS, OF_A_PAIR = 6, 200
"""Pairs of limits that are compared on the regressions, and releases of each."""


class Fixed(NamedTuple):
    """A detector with limits on a fixed ramp, which its limits do not change."""

    detector: Callable[[int, Rates], Ranked]
    steps: Steps

    def rule(self, limits: Rates) -> Rule:
        def begin(releases: int, _: float) -> Course:
            return Scheduled(releases, self.detector(releases, limits), self.steps)

        return begin

    def exceeded(self, case: Scenario, lag: Lag) -> Array:
        """Return the highest limit that each release exceeds, per metric."""
        detectors: list[Ranked] = []

        def begin(releases: int, _: float) -> Course:
            detectors.append(self.detector(releases, (NEVER, NEVER)))
            return Scheduled(releases, detectors[0], self.steps)

        play(begin, case, releases=RANKED_RELEASES, seed=SEED, lag=lag)
        return detectors[0].highest


def fitted(
    rules: Sequence[Fixed], cases: list[Scenario], regressions: list[Scenario], lag: Lag
) -> Rule:
    """Find the rule and its limits that keep false rollbacks rare and serve the fewest bad ones."""
    found = [
        fixed.rule(limits)
        for fixed in rules
        for limits in _some(pairs([fixed.exceeded(case, lag) for case in cases], TOGETHER))
    ]
    return min(found, key=lambda rule: _served(rule, regressions, lag))


def _some(found: list[Rates]) -> list[Rates]:
    """Return a few pairs from the first to the last."""
    places = np.unique(np.linspace(0, len(found) - 1, PAIRS).astype(int))
    return [found[place] for place in places]


def pairs(exceeded: Sequence[Array], share: float) -> list[Rates]:
    """Return all pairs of limits that no case exceeds in more than a `share` of the releases.

    None can be lowered. From each pair to the next, one more release may exceed the first limit.
    """
    releases = len(exceeded[0])
    most = int(share * releases)
    found = []
    for errors in range(most + 1):
        first = max(_next(case[:, ERRORS], errors) for case in exceeded)
        second = max(_beside(case, first, most) for case in exceeded)
        found.append((first, second))
    return list(dict.fromkeys(found))


def _beside(case: Array, first: float, most: int) -> float:
    """Return the second limit that, beside the first, `most` releases exceed."""
    left = case[:, ERRORS] <= first
    return _next(case[left, LATENCY], most - int(np.sum(~left)))


def _next(values: Array, above: int) -> float:
    """Return the value that so many are above."""
    return float(np.sort(values)[len(values) - 1 - above])


def _served(rule: Rule, regressions: list[Scenario], lag: Lag) -> float:
    """Return the bad requests of a release, in the geometric mean of the regressions."""
    bad = [
        play(rule, case, releases=OF_A_PAIR, seed=SEED, lag=lag).bad.mean() for case in regressions
    ]
    return float(np.exp(np.mean(np.log(np.maximum(bad, LEAST)))))


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
