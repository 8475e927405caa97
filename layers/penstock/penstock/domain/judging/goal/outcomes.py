"""What one minute showed of the goal: the outcomes of the requests of each variant."""

import math
from typing import NamedTuple

from penstock.domain.errors import Refused
from penstock.domain.judging.counts import MOST_REQUESTS
from penstock.domain.judging.goal.aim import Aim

ROUNDING = 1e-9  # of sums of floating-point numbers, as a part of them


class GoalOutcomes(NamedTuple):
    """The outcomes of one variant's requests: SampleCount, Sum, Minimum and Maximum of CloudWatch.

    Without `least` and `most` an outcome may be anything within the goal's bounds. Of a rate,
    `total` is the number of requests with outcome 1.
    """

    requests: float
    total: float
    least: float | None = None
    most: float | None = None


class GoalMinute(NamedTuple):
    """The outcomes of the requests of one minute, once it is complete.

    `share` is the candidate's share in routing, within 0 and 1. None: it moved within the minute.
    """

    number: int
    share: float | None
    live: GoalOutcomes
    candidate: GoalOutcomes


class Spread(NamedTuple):
    """Outcomes as numbers from 0 to 1: `high` of them count as `most`, the others as `least`.

    It is the widest spread with this sum, minimum and maximum. The log of a bet's payoff is concave
    in the outcome, so a bet pays at least what it pays on this spread.
    """

    requests: float
    high: float
    least: float
    most: float

    @property
    def total(self) -> float:
        """The sum of the outcomes."""
        return self.high * self.most + (self.requests - self.high) * self.least

    @property
    def squares(self) -> float:
        """The sum of the squares of the widest spread."""
        return self.high * self.most**2 + (self.requests - self.high) * self.least**2

    def pays(self, bet: float, centre: float) -> float:
        """At least the sum of log(1 + bet (y - centre)) over the outcomes y."""
        rest = self.requests - self.high
        return self.high * math.log1p(bet * (self.most - centre)) + (
            rest * math.log1p(bet * (self.least - centre)) if rest else 0.0
        )


def widest_spread(outcomes: GoalOutcomes, aim: Aim) -> Spread:
    """The outcomes as they are bet on; checked by `refuse_impossible` before."""
    requests, total, least, most = outcomes
    low, high = aim.bounds
    least, most = (
        aim.scaled(low if least is None else least),
        aim.scaled(high if most is None else most),
    )
    if requests <= 0 or most <= least:
        return Spread(requests, requests, most, most)
    beyond = (total - requests * low) / aim.width - requests * least
    return Spread(requests, min(requests, max(0.0, beyond / (most - least))), least, most)


def refuse_impossible(minute: GoalMinute, aim: Aim) -> None:
    """Check that the outcomes of a minute are within the goal's bounds.

    Raises:
        Refused: A number of requests or a sum is none, outcomes are beyond the bounds, or the share
            is not within 0 and 1. The sentence names the variant and the figure.
    """
    if minute.share is not None and not 0 <= minute.share <= 1:
        raise Refused(f"minute {minute.number}: share: {minute.share} is not within 0 and 1")
    for variant, outcomes in (("live", minute.live), ("candidate", minute.candidate)):
        if wrong := _fault(outcomes, aim):
            raise Refused(f"minute {minute.number}: {variant}: {wrong}")


def _fault(outcomes: GoalOutcomes, aim: Aim) -> str | None:
    requests, total, least, most = outcomes
    if not 0 <= requests <= MOST_REQUESTS:  # also where it is NaN
        return f"{requests} is not a number of outcomes"
    low, high = aim.bounds
    least, most = low if least is None else least, high if most is None else most
    if not low <= least <= most <= high:
        return f"outcomes from {least:g} to {most:g} are not within {low:g} and {high:g}"
    slop = ROUNDING * requests * max(abs(low), abs(high))
    if not requests * least - slop <= total <= requests * most + slop:
        return f"{requests:g} outcomes from {least:g} to {most:g} cannot have the sum {total:g}"
    return None
