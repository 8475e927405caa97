"""How many bad requests the candidate has caused so far, at most, at every minute at once.

The same bets as the test's on ratios a < 1, which pay while the candidate is *better* than
feared: exp(S_a + (1 - a) excess) is a nonnegative supermartingale, so by Ville's inequality and
a union bound over the ratios the expected excess exceeds the bound, in any minute, with
probability at most beta. Nothing is assumed constant in time.
"""

import math
from typing import NamedTuple

from penstock.domain.judging.counts import Counts
from penstock.domain.judging.method import Method

_HUGE = 1e300  # a ratio of counts beyond this is as good as this


class Harm(NamedTuple):
    """Candidate requests that could be compared, and log S_a for each ratio a."""

    candidate: float
    stakes: tuple[float, ...]


def no_harm(method: Method) -> Harm:
    """Before the first request."""
    return Harm(0.0, (0.0,) * len(method.stakes))


def observed(harm: Harm, counts: Counts, method: Method) -> Harm:
    """One minute later; always by the counts as they were, uncapped, without tolerance."""
    live, live_bad, candidate, candidate_bad = counts
    if live <= 0 or candidate <= 0:
        return harm
    ratio = min(candidate / live, _HUGE)
    phi = method.phi
    stakes = tuple(
        value + (candidate_bad * math.log(a) + live_bad * math.log1p((1 - a) * ratio)) / phi
        for value, a in zip(harm.stakes, method.stakes, strict=True)
    )
    return Harm(harm.candidate + candidate, stakes)


def at_most(harm: Harm, method: Method) -> float:
    """Expected extra bad requests so far, with confidence 1 - beta; below 0: fewer than live's."""
    price = math.log(len(method.stakes) / method.beta)
    bounds = (
        method.phi * (price - value) / (1 - a)
        for value, a in zip(harm.stakes, method.stakes, strict=True)
    )
    return min(harm.candidate, *bounds)
