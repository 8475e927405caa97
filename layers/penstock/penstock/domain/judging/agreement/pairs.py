"""How many answers differ: a bound of their share that holds however often it is looked at.

For a multiple s of the odds, s^differing / (1 + (s - 1) q)^seen is at most a test martingale if the
chances that the pairs differ, each given those before, are q on average. So the mean over several s
is at most 1/alpha at all times at once, with probability 1 - alpha.
"""

import math
from collections.abc import Sequence
from typing import Literal, NamedTuple

from penstock.domain.errors import Refused
from penstock.domain.judging.wealth import log_sum

MORE = ((1.1, 1.0), (1.25, 3.0), (1.5, 6.0), (2.0, 6.0), (4.0, 3.0), (10.0, 2.0), (50.0, 1.0))
"""Multiples of the odds that are bet on, each with its part of the money."""
FEWER = tuple((1 / multiple, part) for multiple, part in MORE)
_HALVINGS = 40

AgreementDecision = Literal["differs", "agrees", "open"]


class Pairs(NamedTuple):
    """Pairs of answers to the same request, and how many of them differ."""

    seen: int = 0
    differing: int = 0

    def after(self, seen: int, differing: int) -> "Pairs":
        """After more of them.

        Raises:
            Refused: More differ than were seen, or a number is negative.
        """
        if not 0 <= differing <= seen:
            raise Refused(f"{differing} of {seen} pairs of answers cannot differ")
        return Pairs(self.seen + seen, self.differing + differing)


class Required(NamedTuple):
    """What is asked of the answers.

    At least a share `at_least` of them agrees. `error` is the chance with which a candidate that
    agrees as often is refused. One difference counts once where it is reported up to `attempts`
    times.
    """

    at_least: float
    min_pairs: int
    error: float = 0.01
    attempts: float = 1.0

    @property
    def allowed(self) -> float:
        """The largest share of answers that may differ. Decimals are meant: 1 - 0.98 is 0.02."""
        return round(1 - self.at_least, 12)


class Agreement(NamedTuple):
    """One look: the share that differs, and its bounds.

    Each bound holds at all looks at once, with the probability 1 - error. `share` is None without
    pairs.
    """

    decision: AgreementDecision
    share: float | None
    least: float
    most: float
    log_e: float


def agreement(pairs: Pairs, required: Required) -> Agreement:
    """Whether more answers differ than may, or so many agree that the candidate passes.

    `differs`: more than the allowed share do for sure. `agrees`: enough pairs were seen, and that
    is not so. `open`: too few pairs were seen.
    """
    log_e = _log_e(pairs, required.allowed, MORE, required.attempts)
    enough = -math.log(required.error)
    never = required.allowed <= 0 and pairs.differing > 0
    return Agreement(
        "differs" if log_e >= enough or never else _otherwise(pairs, required),
        pairs.differing / pairs.seen if pairs.seen else None,
        _bound(pairs, MORE, required),
        _bound(pairs, FEWER, required),
        log_e,
    )


def _otherwise(pairs: Pairs, required: Required) -> AgreementDecision:
    return "agrees" if pairs.seen >= required.min_pairs else "open"


def _log_e(
    pairs: Pairs, share: float, bets: Sequence[tuple[float, float]], attempts: float
) -> float:
    """The log of the mean bet against the share `share`, or less, or more of differing answers."""
    money = math.fsum(part for _, part in bets)
    return log_sum(
        [
            math.log(part / money)
            + (pairs.differing * math.log(s) - pairs.seen * math.log1p((s - 1) * share)) / attempts
            for s, part in bets
        ]
    )


def _bound(pairs: Pairs, bets: Sequence[tuple[float, float]], required: Required) -> float:
    """Where the evidence against a share is just enough; the bets on more fall with the share, and
    those on fewer rise. Bisection keeps the side that is not refuted wrongly.
    """
    enough, more = -math.log(required.error), bets is MORE
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        refuted = _log_e(pairs, middle, bets, required.attempts) >= enough
        low, high = (middle, high) if refuted == more else (low, middle)
    return low if more else high
