"""Rules that decide an A/B test of a rate, and how experiments end by each of them."""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from benchmarks.goal.many import Many, Numbers, Whole, fixed_length
from penstock.domain.judging.goal.aim import Aim

STEP = 10
"""Minutes of one step, after which this test is looked at."""
HOUR = 60 // STEP
FIXED = 720
"""Steps of the fixed-sample test: five days."""
HORIZON = 3 * FIXED
Z, ALPHA, BETA = 1.96, 0.05, 0.2
NEVER = 10**9


class Counts(NamedTuple):
    """Outcomes of each variant so far, and how many of them are 1."""

    live: Numbers
    live_hits: Numbers
    candidate: Numbers
    candidate_hits: Numbers


class Case(NamedTuple):
    """Live's rate, the least effect, and the true effect as a multiple of it."""

    rate: float
    least: float
    multiple: float

    @property
    def requests(self) -> float:
        """Of a step, so that the fixed-sample test takes its time."""
        return 2 * fixed_length(self.rate, Aim(self.least)) / FIXED


class Ending(NamedTuple):
    """What a rule found, as shares of the experiments, and when: as parts of the fixed length.

    `median` and `likely` are of the better ones, over all experiments. None: later than three
    times the fixed length. `decided` is the median of any decision.
    """

    rule: str
    better: float
    worse: float
    none: float
    median: float | None
    likely: float | None
    decided: float | None


Look = Callable[[int, Counts, Many], Whole]
"""1: better, -1: worse, 2: no difference, 0: open. It is told the step, the counts and our test."""


def ours(_: int, __: Counts, many: Many) -> Whole:
    return many.decisions


def z_test(counts: Counts) -> Numbers:
    """The difference of the pooled rates over its standard error."""
    here, there = np.maximum(counts.live, 1), np.maximum(counts.candidate, 1)
    p, q = counts.live_hits / here, counts.candidate_hits / there
    variance = p * (1 - p) / here + q * (1 - q) / there
    z: Numbers = (q - p) / np.sqrt(np.maximum(variance, 1e-300))
    return z


def _by_z(counts: Counts) -> Whole:
    z = z_test(counts)
    found: Whole = np.select([z >= Z, z <= -Z], [1, -1], 0)
    return found


def fixed(step: int, counts: Counts, _: Many) -> Whole:
    """Looked at once; no significant difference is taken for none."""
    if step != FIXED:
        return np.zeros(len(counts.live), np.int64)
    found = _by_z(counts)
    return np.where(found == 0, 2, found)


def hourly(step: int, counts: Counts, _: Many) -> Whole:
    return _by_z(counts) if step % HOUR == 0 else np.zeros(len(counts.live), np.int64)


def wald(case: Case) -> Look:
    """Two sequential probability ratio tests that know the rate and the effect beforehand."""
    low, high = case.rate, case.rate + case.least
    middle = (low + high) / 2
    most, least = math.log((1 - BETA) * 2 / ALPHA), math.log(BETA / (1 - ALPHA / 2))

    def ratio(
        worse: Numbers, worse_hits: Numbers, better: Numbers, better_hits: Numbers
    ) -> Numbers:
        total: Numbers = (
            worse_hits * math.log(low / middle)
            + (worse - worse_hits) * math.log((1 - low) / (1 - middle))
            + better_hits * math.log(high / middle)
            + (better - better_hits) * math.log((1 - high) / (1 - middle))
        )
        return total

    rejected = [np.zeros(0, bool), np.zeros(0, bool)]

    def look(step: int, counts: Counts, _: Many) -> Whole:
        live, live_hits, candidate, candidate_hits = counts
        up = ratio(live, live_hits, candidate, candidate_hits)
        down = ratio(candidate, candidate_hits, live, live_hits)
        for k, each in enumerate((up, down)):
            before = rejected[k] if step > 1 else np.zeros(len(each), bool)
            rejected[k] = before | (each <= least)
        higher, lower = (up >= most) & ~rejected[0], (down >= most) & ~rejected[1]
        found: Whole = np.select([higher, lower, rejected[0] & rejected[1]], [1, -1, 2], 0)
        return found

    return look


def played(case: Case, experiments: int, seed: int) -> list[Ending]:
    """Play all rules on the same outcomes."""
    chance, many = np.random.default_rng(seed), Many(Aim(case.least), experiments)
    rules = {
        "this test": ours,
        "fixed z-test": fixed,
        "z-test every hour": hourly,
        "Wald's, which knows the rates": wald(case),
    }
    found = {name: np.zeros(experiments, np.int64) for name in rules}
    when = {name: np.full(experiments, NEVER) for name in rules}
    counts = Counts(*(np.zeros(experiments) for _ in Counts._fields))
    rate = case.rate + case.multiple * case.least
    for step in range(1, HORIZON + 1):
        requests = chance.poisson(case.requests)
        candidate = chance.binomial(requests, 0.5, experiments)
        live = requests - candidate
        hits = chance.binomial(live, case.rate), chance.binomial(candidate, rate)
        many.rate_minute(0.5, (live, hits[0]), (candidate, hits[1]))
        seen = (live, hits[0], candidate, hits[1])
        counts = Counts(*(each + more for each, more in zip(counts, seen, strict=True)))
        for name, rule in rules.items():
            open_still = found[name] == 0
            decided = np.where(open_still, rule(step, counts, many), 0)
            when[name] = np.where(open_still & (decided != 0), step, when[name])
            found[name] += decided
    return [_ending(name, found[name], when[name]) for name in rules]


def _ending(rule: str, found: Whole, when: Whole) -> Ending:
    better, worse, none = (float(np.mean(found == each)) for each in (1, -1, 2))
    found_at = np.where(found == 1, when, NEVER)
    return Ending(
        rule,
        better,
        worse,
        none,
        _part(found_at, 0.5),
        _part(found_at, 0.8),
        _part(when, 0.5),
    )


def _part(when: Whole, quantile: float) -> float | None:
    step = float(np.sort(when)[math.ceil(quantile * len(when)) - 1])
    return step / FIXED if step < NEVER else None
