"""Evidence that the candidate is worse than live, valid however often it is looked at.

A test martingale per metric: the wealth of a bettor who bets, minute by minute, that bad requests
fall on the candidate more often than its share of the traffic explains.
"""

import math
from collections.abc import Iterable

from penstock.domain.judging.counts import Counts
from penstock.domain.judging.judge_settings import JudgeSettings
from penstock.domain.judging.routing import explained
from penstock.domain.judging.wealth import Wealth, log_sum, paid


def bet(wealth: Wealth, counts: Counts, settings: JudgeSettings, slack: float = 0.0) -> Wealth:
    """One minute later, by its counts as they are to be tested."""
    return paid(wealth, gains(counts, settings, slack), settings.stake, settings.shares)


def split_counts(counts: Counts, weight: float, settings: JudgeSettings) -> Counts:
    """The counts as they are tested: those of a thin minute are split as the weight expects.

    A candidate that answers nothing is seen sooner so, where minutes hold two or three requests.
    What the weight does not explain, because somebody sends requests to the candidate directly, is
    split as it was. The choice looks at the total, at the weight, and at whether the candidate had
    few enough requests: the mean of e at the expected split grows with their number, so its mean
    over the smaller numbers is at most that over all, which is 1. Without a share there is no split
    to expect: what a candidate answers then are copies.
    """
    if not weight:
        return counts
    total = counts.live + counts.candidate
    thin = total * min(weight, 1 - weight) < settings.thin
    if not thin or not explained(counts, weight):
        return counts
    return counts._replace(live=(1 - weight) * total, candidate=weight * total)


def gains(counts: Counts, settings: JudgeSettings, slack: float = 0.0) -> list[float]:
    """log e of one minute for each ratio s bet on; zeros where there is nothing to compare.

    With r = rho nc / nb and D = (1 + r) / (1 + s r), the likelihood ratio of the conditional
    binomial: log e = (xc ln s + (xc + xb) ln D - rho delta nc (s D - 1)) / phi, where delta is the
    slack. Because rho nc (s D - 1) = nb (1 - D) and 1 + x <= e^x, its mean is at most 1 for every
    base rate. Counts may be fractions: (1 + u)^x <= 1 + u x for x within 0 and 1 (Bernoulli).
    """
    live, live_bad, candidate, candidate_bad = counts
    if live <= 0 or candidate <= 0:
        return [0.0] * len(settings.bets)
    tolerated = settings.rho * candidate
    both, bad = live + tolerated, live_bad + candidate_bad
    free = slack * tolerated * live
    most, phi = settings.cap(counts), settings.phi
    return [
        min(
            most,
            (
                candidate_bad * math.log(s)
                - bad * math.log1p((s - 1) * tolerated / both)
                - (free * (s - 1) / (live + s * tolerated) if free else 0.0)
            )
            / phi,
        )
        for s in settings.bets
    ]


def combined(logs: Iterable[float]) -> float:
    """The log of the mean of e-values: an e-value again, however they depend on each other."""
    values = list(logs)
    return log_sum(values) - math.log(len(values)) if len(values) > 1 else values[0]
