"""How long an experiment will take, by what live's outcomes were before it."""

from typing import NamedTuple

from penstock.domain.judging.goal.aim import Aim
from penstock.domain.judging.goal.time_needed import LIKELY, USUAL, information_needed
from penstock.domain.moments import DAY_MINUTES


class LiveOutcomes(NamedTuple):
    """Live's outcomes before the release: how many a minute, their mean, and their variance.

    The variance of a value is the largest that its sum, minimum and maximum allow.
    """

    per_minute: float
    mean: float
    variance: float


class DaysNeeded(NamedTuple):
    """Days until the least effect is found in half, and in most, of the experiments."""

    usual: float
    likely: float


def days_needed(live: LiveOutcomes, aim: Aim, share: float) -> DaysNeeded:
    """By the information that a minute brings (see `information_needed`), at this share, 0 to 1."""
    spread = max(live.variance, 1e-12)
    a_minute = aim.least_effect**2 * live.per_minute * share * (1 - share) / spread
    usual, likely = (
        information_needed(aim, found) / a_minute / DAY_MINUTES for found in (USUAL, LIKELY)
    )
    return DaysNeeded(usual, likely)
