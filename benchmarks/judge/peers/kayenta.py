"""Kayenta's NetflixACAJudge: a Mann-Whitney interval for the shift of each metric of the canary.

Each minute counts as one value, however much traffic it has. The interval and the estimate come
from the root finder in `zeroin`. The confidence of 98 % and the tolerance of a quarter of the
estimate are constants in its source.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from benchmarks.judge.peers.zeroin import zeroin
from benchmarks.judge.releases import History, Mask, Rule, Whole
from benchmarks.judge.scenarios import Array
from benchmarks.judge.schedules import Detector, Steps, scheduled

CRITICAL = 2.3263478740408408
TOLERANCE = 0.25
NOISE = 1e-5
NO_DATA_SHARE = 0.5
OWN_RAMP: Steps = ((60, 0.05),)
PASS, HIGH, LOW, NO_DATA, ERROR = range(5)
SURELY_BELOW = -1e-3
"""A lower end below this cannot become positive through the root finder's error."""


class Shift(NamedTuple):
    """The ends of the interval and the estimate."""

    low: Array
    high: Array
    estimate: Array


class Samples:
    """Control and experiment of many metrics. NaN means that a minute has no value.

    `failed` marks rows in which the statistic had no variance, where Kayenta throws an exception.
    """

    def __init__(self, control: Array, experiment: Array, rng: np.random.Generator) -> None:
        noisy = _constant(control) & _constant(experiment)
        self.y = _with_noise(control, noisy, rng)
        self.x = _with_noise(experiment, noisy, rng)
        self.m = np.sum(~np.isnan(self.x), axis=1)
        self.n = np.sum(~np.isnan(self.y), axis=1)
        self.failed = np.zeros(len(self.m), dtype=bool)

    def statistic(self, shift: Array, rows: Whole) -> Array:
        """Return the standardised rank sum of (experiment - shift), which falls as shift grows."""
        pooled = np.concatenate([self.x[rows] - shift[:, None], self.y[rows]], axis=1)
        ranks, ties = _ranks(pooled)
        m, n = self.m[rows].astype(float), self.n[rows].astype(float)
        inside = ~np.isnan(self.x[rows])
        w = np.sum(np.where(inside, ranks[:, : inside.shape[1]], 0.0), axis=1)
        w -= m * (m + 1) / 2 + m * n / 2
        with np.errstate(all="ignore"):
            variance: Array = m * n / 12 * ((m + n + 1) - ties / ((m + n) * (m + n - 1)))
            standard: Array = (w - 0.5 * np.sign(w)) / np.sqrt(variance)
        self.failed[rows] |= ~(variance > 0)
        filled: Array = np.where(variance > 0, standard, 0.0)
        return filled

    def shift(self, critical: float, rows: Whole) -> Shift:
        low = np.nanmin(self.x[rows], axis=1) - np.nanmax(self.y[rows], axis=1)
        high = np.nanmax(self.x[rows], axis=1) - np.nanmin(self.y[rows], axis=1)
        at_low, at_high = self.statistic(low, rows), self.statistic(high, rows)

        def root(level: float) -> Array:
            found: Array = np.where(at_low <= level, low, high)
            inner = np.flatnonzero((at_low > level) & (at_high < level))
            found[inner] = self._solve(level, low[inner], high[inner], rows[inner])
            return found

        return Shift(root(critical), root(-critical), self._solve(0.0, low, high, rows))

    def _solve(self, level: float, low: Array, high: Array, rows: Whole) -> Array:
        if not len(rows):
            return low
        return zeroin(lambda at, which: self.statistic(at, rows[which]) - level, low, high)


def _constant(values: Array) -> Mask:
    with np.errstate(all="ignore"):
        filled = np.where(np.isnan(values), -np.inf, values).max(axis=1, initial=-np.inf)
        least = np.where(np.isnan(values), np.inf, values).min(axis=1, initial=np.inf)
    constant: Mask = filled <= least
    return constant


def _with_noise(values: Array, rows: Mask, rng: np.random.Generator) -> Array:
    noise = rng.standard_normal(values.shape) * NOISE * np.nan_to_num(values)
    return np.where(rows[:, None], values + noise, values)


def _ranks(pooled: Array) -> tuple[Array, Array]:
    """Return average ranks (NaN last), and the sum of t^3 - t over groups of equal values."""
    rows, length = pooled.shape
    order = np.argsort(pooled, axis=1)
    ordered = np.take_along_axis(pooled, order, axis=1)
    new = np.ones((rows, length), dtype=bool)
    new[:, 1:] = ordered[:, 1:] != ordered[:, :-1]
    group = np.cumsum(new) - 1
    size = np.bincount(group)
    start = np.flatnonzero(new) % length
    ranks = np.empty_like(pooled)
    np.put_along_axis(ranks, order, (start + (size + 1) / 2)[group].reshape(rows, length), axis=1)
    t = size.astype(float)
    ties = np.bincount(np.flatnonzero(new) // length, weights=t**3 - t, minlength=rows)
    return ranks, ties.astype(float)


def labels(
    control: Array,
    experiment: Array,
    *,
    increase: bool = True,
    decrease: bool = True,
    critical: float = CRITICAL,
    seed: int = 0,
) -> Whole:
    """Return PASS, HIGH, LOW, NO_DATA or ERROR for each row."""
    out = np.full(len(control), PASS)
    out[np.isnan(control).all(axis=1) | np.isnan(experiment).all(axis=1)] = NO_DATA
    open_rows = np.flatnonzero((out == PASS) & ~_plainly_equal(control, experiment))
    samples = Samples(control[open_rows], experiment[open_rows], np.random.default_rng(seed))
    rows = np.arange(len(open_rows))
    ratio = _mean_ratio(samples)
    if not decrease:  # most rows cannot become High and need no root finder
        zero = samples.statistic(np.full(len(rows), SURELY_BELOW), rows)
        rows = rows[~(zero <= critical) & ~(ratio < 1)]
    shift = samples.shift(critical, rows)
    bar = TOLERANCE * np.abs(shift.estimate)
    no_ratio = np.isnan(ratio[rows])
    high = increase & (shift.low > bar) & (no_ratio | (ratio[rows] >= 1))
    low = decrease & (shift.high < -bar) & (no_ratio | (ratio[rows] <= 1))
    out[open_rows[rows]] = np.select([samples.failed[rows], high, low], [ERROR, HIGH, LOW], PASS)
    return out


def _plainly_equal(control: Array, experiment: Array) -> Mask:
    """Return whether both sides have the same values in any order, or all values are equal."""
    length = max(control.shape[1], experiment.shape[1])
    pads = [
        np.sort(np.pad(v, ((0, 0), (0, length - v.shape[1])), constant_values=np.nan), axis=1)
        for v in (control, experiment)
    ]
    same = ((pads[0] == pads[1]) | (np.isnan(pads[0]) & np.isnan(pads[1]))).all(axis=1)
    everywhere: Mask = same | _constant(np.concatenate([control, experiment], axis=1))
    return everywhere


def _mean_ratio(samples: Samples) -> Array:
    if not len(samples.m):
        return np.zeros(0)
    mean_x, mean_y = np.nanmean(samples.x, axis=1), np.nanmean(samples.y, axis=1)
    with np.errstate(all="ignore"):
        return np.where((mean_x == 0) | (mean_y == 0), np.nan, mean_x / mean_y)


def score(verdicts: Whole) -> Array:
    """Return a score of 0..100 from (rows, metrics) labels.

    Every metric is its own group, and all groups have equal weights. An Error falls into no
    bucket, so that its group scores 100. A group without data also scores 100, unless half of the
    metrics have no data.
    """
    groups = np.where(np.isin(verdicts, (HIGH, LOW)), 0.0, 100.0).mean(axis=1)
    return np.where((verdicts == NO_DATA).mean(axis=1) >= NO_DATA_SHARE, 0.0, groups)


@dataclass
class Judge:
    """Judges all minutes so far every `interval` minutes. A score of at most 75 is a failure."""

    interval: int = 10
    critical: float = CRITICAL
    metrics: int = 2
    marginal: float = 75.0

    def alarmed(self, now: int, history: History, last: Whole) -> Mask:
        if now % self.interval:
            return np.zeros(len(last), dtype=bool)
        late = np.arange(1, now + 1)[None, :] > last[:, None]
        verdicts = [self._verdicts(history, now, late, metric) for metric in range(self.metrics)]
        alarmed: Mask = score(np.stack(verdicts, axis=1)) <= self.marginal
        return alarmed

    def _verdicts(self, history: History, now: int, late: Mask, metric: int) -> Whole:
        control = _percent(history.live_bad[:, :now, metric], history.live[:, :now], late)
        experiment = _percent(
            history.candidate_bad[:, :now, metric], history.candidate[:, :now], late
        )
        return labels(control, experiment, decrease=False, critical=self.critical, seed=now)


def _percent(bad: Array, requests: Array, late: Mask) -> Array:
    with np.errstate(all="ignore"):
        return np.where(late | (requests == 0), np.nan, 100 * bad / requests)


def kayenta(interval: int = 10, critical: float = CRITICAL, steps: Steps = OWN_RAMP) -> Rule:
    def detector(releases: int) -> Detector:
        return Judge(interval, critical)

    return scheduled(detector, steps)
