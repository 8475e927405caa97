"""An upper bound of the bad requests that the candidate has caused so far, valid for all minutes.

The same bets as the test's on ratios a < 1, which pay while the candidate is *better* than feared:
exp(S_a + (1 - a) excess) is a nonnegative supermartingale, and so is the mean of several. By
Ville's inequality the expected excess exceeds the bound, in any minute, with probability at most
beta. Nothing is assumed constant in time.
"""

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from penstock.domain.judging.counts import Counts
from penstock.domain.judging.judge_settings import JudgeSettings

_HUGE = 1e300  # a ratio of counts beyond this is as good as this
STEPS = 8  # of Newton's method; the bound is then exact to the last digits


class Harm(NamedTuple):
    """Candidate requests that could be compared, and log S_a for each ratio a."""

    candidate: float
    stakes: tuple[float, ...]


NO_BOUND = Harm(0.0, ())
"""Of a metric whose harm is not bounded."""


def no_harm(settings: JudgeSettings) -> Harm:
    """Before the first request."""
    return Harm(0.0, (0.0,) * len(settings.stakes))


def observed(harm: Harm, counts: Counts, settings: JudgeSettings) -> Harm:
    """One minute later; always by the counts as they were, uncapped, without tolerance."""
    live, live_bad, candidate, candidate_bad = counts
    if live <= 0 or candidate <= 0:
        return harm
    ratio = min(candidate / live, _HUGE)
    phi = settings.phi
    stakes = [
        value + (candidate_bad * math.log(a) + live_bad * math.log1p((1 - a) * ratio)) / phi
        for value, a in zip(harm.stakes, settings.stakes, strict=True)
    ]
    return Harm(harm.candidate + candidate, tuple(stakes))


def at_most(harm: Harm, settings: JudgeSettings) -> float:
    """Expected extra bad requests so far, with confidence 1 - beta; below 0: fewer than live's."""
    bets = _bets(harm, settings)
    alone = min([(-math.log(settings.beta) - value) / slope for value, slope in bets])
    return min(harm.candidate, _together(bets, alone, settings) if settings.mixed else alone)


def _bets(harm: Harm, settings: JudgeSettings) -> list[tuple[float, float]]:
    """log(share of the money) + S_a, and how fast that grows with the excess."""
    shares, phi = _money(settings.backing), settings.phi
    return [
        (value + share, (1 - a) / phi)
        for a, share, value in zip(settings.stakes, shares, harm.stakes, strict=True)
    ]


@lru_cache
def _money(backing: tuple[float, ...]) -> tuple[float, ...]:
    """The log of each bet's share of the money."""
    money = math.fsum(backing)
    return tuple(math.log(share / money) for share in backing)


def _together(bets: Sequence[tuple[float, float]], alone: float, settings: JudgeSettings) -> float:
    """The excess at which all bets together are worth 1/beta; never above the best one `alone`.

    Their worth is convex in it, so Newton's steps from above stay above: each is a bound.
    """
    excess = alone
    for _ in range(STEPS):
        logs = [value + slope * excess for value, slope in bets]
        most = max(logs)
        worths = [math.exp(value - most) for value in logs]
        worth = math.fsum(worths)
        above = most + math.log(worth) + math.log(settings.beta)
        if above <= 0:
            break
        rise = math.fsum([part * slope for part, (_, slope) in zip(worths, bets, strict=True)])
        excess -= above * worth / rise
    return excess
