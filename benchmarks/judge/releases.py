"""Simulates many releases at once: draw a minute, show it to a rule, let it set the weight."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from benchmarks.judge.scenarios import ERRORS, LATENCY, Array, Scenario, World

Whole = NDArray[np.int64]
Mask = NDArray[np.bool_]

WINDOW = 120
"""The number of minutes over which the bad requests of a release are counted."""


class Minutes(NamedTuple):
    """Counts of one minute, or the sum of several, as (releases,) and (releases, metrics)."""

    live: Array
    live_bad: Array
    candidate: Array
    candidate_bad: Array
    weight: Array


@dataclass
class History:
    """Every count of every release so far. Minute 1 is column 0."""

    live: Array
    live_bad: Array
    candidate: Array
    candidate_bad: Array
    weight: Array

    @classmethod
    def empty(cls, releases: int, minutes: int) -> "History":
        def flat() -> Array:
            return np.zeros((releases, minutes))

        def deep() -> Array:
            return np.zeros((releases, minutes, 2))

        return cls(flat(), deep(), flat(), deep(), flat())

    def minute(self, number: Whole) -> Minutes:
        """Return one minute of each release. The first is 1, and earlier minutes are zero."""
        row, column = np.arange(len(number)), np.maximum(number - 1, 0)
        there = (number >= 1).astype(float)
        return Minutes(
            self.live[row, column] * there,
            self.live_bad[row, column] * there[:, None],
            self.candidate[row, column] * there,
            self.candidate_bad[row, column] * there[:, None],
            self.weight[row, column] * there,
        )

    def window(self, last: Whole, length: int) -> Minutes:
        parts = [self.minute(last - back) for back in range(length)]
        live, live_bad, candidate, candidate_bad = (
            np.sum([part[k] for part in parts], axis=0) for k in range(4)
        )
        return Minutes(live, live_bad, candidate, candidate_bad, parts[0].weight)


class Course(Protocol):
    """A rule that runs on many releases."""

    weight: Array
    """The candidate's share in the next minute."""

    def look(self, now: int, history: History, last: Whole) -> tuple[Mask, Mask]:
        """Decide at the end of minute `now`, and set `weight` for the next minutes.

        `last` is the newest complete minute of each release. Return the releases to roll back
        and those to promote.
        """
        ...


Rule = Callable[[int, float], Course]
"""(number of releases, requests per minute of their endpoint) -> a new course"""


class Lag(NamedTuple):
    """The minutes from the end of a minute until its counts are complete, drawn per release."""

    least: int
    most: int

    def draw(self, releases: int, rng: np.random.Generator) -> Whole:
        return rng.integers(self.least, self.most, releases, endpoint=True)


ONE_MINUTE = Lag(1, 1)


@dataclass
class Outcome:
    """One row per release. Minutes count from the first with traffic on the candidate."""

    rolled_back: Array  # minute, nan: never
    promoted: Array
    bad: Array  # expected excess of bad requests within the window
    most_at_risk: Array

    @property
    def rollback_share(self) -> float:
        return float(np.mean(np.isfinite(self.rolled_back)))


def play(
    rule: Rule,
    scenario: Scenario,
    *,
    releases: int,
    seed: int,
    lag: Lag = ONE_MINUTE,
    minutes: int = WINDOW,
    window: int = WINDOW,
    exact: bool = False,
) -> Outcome:
    """Simulate releases of a scenario under a rule.

    With `exact`, request counts are the rounded total times the weight, instead of Poisson draws.
    """
    rng = np.random.default_rng(seed)
    world = scenario.draw(releases, minutes, rng)
    excess = world.excess[..., ERRORS] + world.excess[..., LATENCY]
    promoted_now = _from_then_on(world.traffic * excess, window)
    lags = lag.draw(releases, rng)
    history = History.empty(releases, minutes)
    course = rule(releases, scenario.requests)
    out = Outcome(*(np.full(releases, np.nan) for _ in range(2)), *np.zeros((2, releases)))
    running = np.ones(releases, dtype=bool)
    for now in range(1, minutes + 1):
        _happen(world, history, now, np.where(running, course.weight, 0.0), rng, exact)
        if now <= window:
            out.bad += history.candidate[:, now - 1] * excess[:, now - 1]
        np.maximum(out.most_at_risk, history.candidate[:, now - 1], out=out.most_at_risk)
        back, promoted = course.look(now, history, now - lags)
        out.rolled_back[running & back] = now
        done = running & promoted & ~back
        out.promoted[done] = now
        out.bad[done] += promoted_now[done, now]
        running &= ~(back | promoted)
        if not running.any():
            break
    return out


def _happen(
    world: World, history: History, now: int, weight: Array, rng: np.random.Generator, exact: bool
) -> None:
    at = now - 1
    total = world.traffic[:, at]
    if exact:
        candidate = np.round(total * weight)
        live = np.round(total) - candidate
    else:
        candidate = rng.poisson(total * weight).astype(float)
        live = rng.poisson(total * (1 - weight)).astype(float)
    history.weight[:, at] = weight
    history.live[:, at], history.candidate[:, at] = live, candidate
    history.live_bad[:, at] = _bad(live, world.live[:, at], world.cluster, rng)
    history.candidate_bad[:, at] = _bad(candidate, world.candidate[:, at], world.cluster, rng)


def _bad(requests: Array, rate: Array, cluster: int, rng: np.random.Generator) -> Array:
    groups = np.ceil(requests[:, None] / cluster).astype(np.int64)
    return np.minimum(rng.binomial(groups, rate) * cluster, requests[:, None])


def _from_then_on(bad: Array, window: int) -> Array:
    """Return in column n the bad requests of a candidate that is promoted at the end of minute n.

    It serves all requests until the window ends.
    """
    within = np.where(np.arange(bad.shape[1]) < window, bad, 0.0)
    left = np.cumsum(within[:, ::-1], axis=1)[:, ::-1]
    return np.concatenate([left, np.zeros((len(bad), 1))], axis=1)
