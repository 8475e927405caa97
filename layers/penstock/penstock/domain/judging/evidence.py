"""Evidence that the candidate is worse than live, valid however often it is looked at.

A test martingale per metric: the wealth of a bettor who bets, minute by minute, that bad requests
fall on the candidate more often than its share of the traffic explains. While the candidate is
harmless nobody gets rich: by Ville's inequality the wealth ever reaches 1/alpha with probability
at most alpha. All amounts are natural logarithms of shares of the first money.
"""

import math
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from penstock.domain.judging.counts import Counts
from penstock.domain.judging.judge_settings import JudgeSettings

NOTHING = -1e9  # log 0; JSON has no -Infinity


class Wealth(NamedTuple):
    """The wealth of the bettor on one metric: cash, and the stake on each ratio."""

    minutes: int
    cash: float
    bets: tuple[float, ...]

    def log_e(self) -> float:
        """The log e-value: all of it."""
        return _log_sum((self.cash, *self.bets))


def first_money(settings: JudgeSettings, money: float = 1.0) -> Wealth:
    """All the money in cash, nothing bet."""
    return Wealth(0, math.log(money), (NOTHING,) * len(settings.bets))


def bet(wealth: Wealth, counts: Counts, weight: float | None, settings: JudgeSettings) -> Wealth:
    """One minute later: part of the cash is staked, and every bet pays by what happened.

    Stakes come from the past alone, so a mixture over the minute in which a regression starts
    stays a nonnegative supermartingale.
    """
    stake = settings.stake(wealth.minutes)
    staked = _staked(stake, settings.shares)
    paid = gains(split_counts(counts, weight, settings), settings)
    cash, bets = wealth.cash, []
    for standing, share, gain in zip(wealth.bets, staked, paid, strict=True):
        placed = cash + share
        most, least = (standing, placed) if standing > placed else (placed, standing)
        both = most + math.log1p(math.exp(least - most))
        bets.append(max(NOTHING, both + gain))
    return Wealth(wealth.minutes + 1, max(NOTHING, cash + _log(1 - stake)), tuple(bets))


@lru_cache(maxsize=1024)
def _staked(stake: float, shares: tuple[float, ...]) -> tuple[float, ...]:
    """The log of each bet's part of a stake; the same minute after minute in every release."""
    money = math.fsum(shares)
    return tuple(_log(stake * share / money) for share in shares)


def split_counts(counts: Counts, weight: float | None, settings: JudgeSettings) -> Counts:
    """The counts as they are tested: those of a thin minute are split as the weight expects.

    The choice looks only at the total and the weight, so the test stays valid, and a candidate
    that answers nothing is seen sooner where minutes hold two or three requests. A thin minute
    in which the weight moved says nothing.
    """
    if weight is None:
        thin = min(counts.live, counts.candidate) < settings.thin
        return counts._replace(live=0, candidate=0) if thin else counts
    total = counts.live + counts.candidate
    if total * min(weight, 1 - weight) >= settings.thin:
        return counts
    return counts._replace(live=(1 - weight) * total, candidate=weight * total)


def gains(counts: Counts, settings: JudgeSettings) -> list[float]:
    """log e of one minute for each ratio s bet on; zeros where there is nothing to compare.

    With r = rho nc / nb and D = (1 + r) / (1 + s r), the likelihood ratio of the conditional
    binomial: log e = (xc ln s + (xc + xb) ln D - rho delta nc (s D - 1)) / phi. Because
    rho nc (s D - 1) = nb (1 - D) and 1 + x <= e^x, its mean is at most 1 for every base rate.
    """
    live, live_bad, candidate, candidate_bad = counts
    if live <= 0 or candidate <= 0:
        return [0.0] * len(settings.bets)
    tolerated = settings.rho * candidate
    both, bad = live + tolerated, live_bad + candidate_bad
    slack = settings.delta * tolerated * live
    most, phi = settings.cap(counts), settings.phi
    return [
        min(
            most,
            (
                candidate_bad * math.log(s)
                - bad * math.log1p((s - 1) * tolerated / both)
                - (slack * (s - 1) / (live + s * tolerated) if slack else 0.0)
            )
            / phi,
        )
        for s in settings.bets
    ]


def combined(logs: Iterable[float]) -> float:
    """The log of the mean of e-values: an e-value again, however they depend on each other."""
    values = list(logs)
    return _log_sum(values) - math.log(len(values)) if len(values) > 1 else values[0]


def _log(share: float) -> float:
    return math.log(share) if share > 0 else NOTHING


def _log_sum(values: Sequence[float]) -> float:
    most = max(values)
    return most + math.log(math.fsum([math.exp(value - most) for value in values]))
