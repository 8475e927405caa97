"""Whether the candidate gets the requests that its share of the routing promises, and no others.

Smoke tests and load tests name a variant (TargetVariant), so their requests go to the candidate
whatever its share is. They say nothing against the model. Two questions are asked here: does the
share explain this minute's requests, and has anybody sent requests directly so far?
"""

import math
from typing import NamedTuple

from penstock.domain.judging.counts import Counts
from penstock.domain.judging.judge_settings import SpreadStake
from penstock.domain.judging.wealth import NOTHING, Wealth, first_money, log_sum, paid

SIGMAS = 2.33
"""Standard deviations above its expected requests up to which a share explains a minute."""
ODDS = (1.25, 2.0, 8.0, 64.0)
"""Multiples of the odds of being routed to the candidate that are bet on, in equal parts."""
SHARES = (1.0,) * len(ODDS)
STAKE = SpreadStake()
DOUBT = math.log(20)
"""From this log evidence of the last minutes on, a share does not explain its minutes."""
MOST_DOUBT = DOUBT + 2
"""More is forgotten, so that an hour later the share is believed again."""
ALPHA = 0.01
"""The chance that people are told of direct requests where there are none."""


class Routing(NamedTuple):
    """What the requests so far say about the share.

    `wealth` is a test martingale against "each request is routed at random by the share", `recent`
    its logarithm since it was last at nothing, and `beyond` the requests beyond the share. It is
    `sure` from the minute on in which the wealth exceeded 1 / ALPHA.
    """

    wealth: Wealth = first_money(len(ODDS))
    recent: float = 0.0
    beyond: float = 0.0
    sure: bool = False

    @property
    def doubted(self) -> bool:
        """Whether the last minutes speak against the share."""
        return self.recent > DOUBT

    @property
    def direct(self) -> float:
        """The requests beyond the share, once it is sure that there are any; otherwise 0."""
        return max(0.0, self.beyond) if self.sure else 0.0


NOTHING_SEEN = Routing()


def routed(routing: Routing, counts: Counts, weight: float) -> Routing:
    """One minute later, in which the candidate's share was `weight` (0 to 1).

    With s times the odds each request multiplies a bet by s or 1, over 1 - w + s w. Its mean is 1.
    """
    total = counts.live + counts.candidate
    if total <= 0 or not 0 < weight < 1:
        return routing
    gained = [counts.candidate * math.log(s) - total * math.log1p((s - 1) * weight) for s in ODDS]
    gained = [max(NOTHING, gain) for gain in gained]
    mixed = log_sum(gained) - math.log(len(gained))
    wealth = paid(routing.wealth, gained, STAKE, SHARES)
    return Routing(
        wealth,
        min(MOST_DOUBT, max(0.0, routing.recent + mixed)),
        routing.beyond + counts.candidate - weight * total,
        routing.sure or wealth.log_e() > -math.log(ALPHA),
    )


def explained(counts: Counts, weight: float) -> bool:
    """Whether the share lets one expect that many requests on the candidate in one minute."""
    total = counts.live + counts.candidate
    usual = weight * total
    return counts.candidate <= usual + SIGMAS * math.sqrt(usual * (1 - weight)) + 1
