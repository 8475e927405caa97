"""Many tests of a goal at once: a numpy twin of `penstock.domain.judging.goal`, for simulations.

A test holds it to the deployed code. Arrays have one number for each experiment.
"""

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from penstock.domain.judging.goal.aim import BETS, MOST_MULTIPLE, Aim, log_shares
from penstock.domain.judging.goal.expected import ENOUGH, MEMORY
from penstock.domain.judging.goal.trial import BOLDEST, THIN

Numbers = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]


class Seen(NamedTuple):
    """Outcomes of one variant in one minute; of a rate, `high` have the outcome 1."""

    requests: Numbers
    high: Numbers
    least: Numbers | float = 0.0
    most: Numbers | float = 1.0

    @property
    def total(self) -> Numbers:
        return self.high * self.most + (self.requests - self.high) * self.least

    @property
    def squares(self) -> Numbers:
        return self.high * self.most**2 + (self.requests - self.high) * self.least**2

    def pays(self, bet: Numbers, centre: Numbers) -> Numbers:
        paid: Numbers = self.high * np.log1p(bet * (self.most - centre)) + (
            self.requests - self.high
        ) * np.log1p(bet * (self.least - centre))
        return paid


class Many:
    """The states of many tests; each has seen the same minutes with outcomes of its own.

    `truth` is the effect that the intervals are about, times `weight`: what `minute` was told.
    """

    def __init__(self, aim: Aim, experiments: int) -> None:
        self.aim = aim
        self.weight, self.gained = np.zeros(experiments), np.zeros(experiments)
        self.truth = np.zeros(experiments)
        self.higher = np.zeros((len(BETS), experiments))
        self.lower = np.zeros((len(BETS), experiments))
        self._expected = np.zeros((3, experiments))

    def minute(self, share: float, live: Seen, candidate: Seen, effect: float = 0.0) -> None:
        """One more minute, whose true effect is `effect`."""
        both = live.requests + candidate.requests
        part = np.where(both < THIN, share, candidate.requests / np.maximum(both, 1))
        requests, total, squares = self._expected
        centre = (total + 0.5) / (requests + 1)
        variance = np.maximum((squares + 0.5) / (requests + 1) - centre**2, 1e-12)
        farthest = MOST_MULTIPLE * np.maximum(part, 1 - part) * np.maximum(centre, 1 - centre)
        unit = np.minimum(self.aim.least / variance, BOLDEST / farthest)
        information = unit * both * part * (1 - part)
        ours, theirs = unit * (1 - part), unit * part
        for k, multiple in enumerate(BETS):
            for bets, sign in ((self.higher, multiple), (self.lower, -multiple)):
                bets[k] += candidate.pays(sign * ours, centre) + live.pays(-sign * theirs, centre)
        self.gained += ours * (candidate.total - candidate.requests * centre)
        self.gained -= theirs * (live.total - live.requests * centre)
        self.weight += information
        self.truth += information * effect / self.aim.width
        compared = information > 0
        for k, each in enumerate(("requests", "total", "squares")):
            self._expected[k] += compared * (getattr(live, each) + getattr(candidate, each))
        self._forget(compared)

    def rate_minute(
        self, share: float, live: tuple[Whole, Whole], candidate: tuple[Whole, Whole]
    ) -> None:
        """One more minute of a rate: each variant's outcomes, and how many of them are 1."""
        here, there = (Seen(n.astype(float), x.astype(float)) for n, x in (live, candidate))
        self.minute(share, here, there)

    def above(self, effect: float = 0.0) -> Numbers:
        """The log evidence that the effect is above this one."""
        return _worth(self.higher, self.weight * effect / self.aim.width)

    def below(self, effect: float = 0.0) -> Numbers:
        """The log evidence that the effect is below this one."""
        return _worth(self.lower, -self.weight * effect / self.aim.width)

    @property
    def uncovered(self) -> npt.NDArray[np.bool_]:
        """Where the interval does not contain the true effect."""
        enough = self.aim.enough
        missed: npt.NDArray[np.bool_] = (_worth(self.higher, self.truth) > enough) | (
            _worth(self.lower, -self.truth) > enough
        )
        return missed

    @property
    def decisions(self) -> npt.NDArray[np.int64]:
        """1: higher, -1: lower, 2: no relevant difference, 0: open."""
        least, enough = self.aim.least_effect, self.aim.enough
        none = (self.above(-least) >= enough) & (self.below(least) >= enough)
        found: npt.NDArray[np.int64] = np.select(
            [self.below() >= enough, self.above() >= enough, none], [-1, 1, 2], 0
        )
        return found

    def _forget(self, compared: npt.NDArray[np.bool_]) -> None:
        requests, total, _ = self._expected
        known = total * (1 - total / np.maximum(requests, 1))
        kept = np.maximum(1 - 1 / MEMORY, ENOUGH / np.maximum(known, 1))
        self._expected *= np.where(compared & (known > ENOUGH), kept, 1.0)


def _worth(bets: Numbers, moved: Numbers) -> Numbers:
    logs = np.array(
        [share + held - k * moved for share, held, k in zip(log_shares(), bets, BETS, strict=True)]
    )
    most = logs.max(axis=0)
    worth: Numbers = most + np.log(np.exp(logs - most).sum(axis=0))
    return worth


def fixed_length(base: float, aim: Aim, *, power: float = 0.8416) -> float:
    """Outcomes of each variant that the two-sided z-test of 5 % with a power of 80 % needs.

    `power` is the quantile of the normal distribution. For a rate, planned with live's rate `base`.
    """
    other = base + aim.least_effect
    variance = base * (1 - base) + other * (1 - other)
    return (1.96 + power) ** 2 * variance / aim.least_effect**2


def day(minute: int, swing: float) -> float:
    """A factor that swings over the day, 1 on average."""
    return 1 + swing * math.sin(2 * math.pi * minute / 1440)
