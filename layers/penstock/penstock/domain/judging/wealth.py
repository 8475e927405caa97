"""The wealth of a bettor: a test martingale, whatever is bet on.

While a claim holds nobody gets rich by betting against it: by Ville's inequality the wealth ever
reaches 1/alpha with probability at most alpha. All amounts are natural logarithms of shares of the
first money.
"""

import math
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import NamedTuple

NOTHING = -1e9  # log 0; JSON has no -Infinity


class Wealth(NamedTuple):
    """What a bettor has after so many minutes: cash, and the stake on each bet."""

    minutes: int
    cash: float
    bets: tuple[float, ...]

    def log_e(self) -> float:
        """The log e-value: all of it."""
        return log_sum((self.cash, *self.bets))


def first_money(bets: int, money: float = 1.0) -> Wealth:
    """All the money in cash, nothing bet."""
    return Wealth(0, math.log(money), (NOTHING,) * bets)


def paid(
    wealth: Wealth,
    gained: Sequence[float],
    stakes: Callable[[int], float],
    shares: tuple[float, ...],
) -> Wealth:
    """One minute later: part of the cash is staked, and every bet pays what it gained.

    Stakes come from the past alone, so a mixture over the minute in which a difference starts stays
    a nonnegative supermartingale.

    Args:
        wealth: What was there before.
        gained: The log of what each bet pays.
        stakes: The part of the cash that is staked after so many minutes.
        shares: How a stake is divided among the bets, in any unit.
    """
    stake = stakes(wealth.minutes)
    staked = _staked(stake, shares)
    cash, bets = wealth.cash, []
    for standing, share, gain in zip(wealth.bets, staked, gained, strict=True):
        placed = cash + share
        most, least = (standing, placed) if standing > placed else (placed, standing)
        both = most + math.log1p(math.exp(least - most))
        bets.append(max(NOTHING, both + gain))
    return Wealth(wealth.minutes + 1, max(NOTHING, cash + _log(1 - stake)), tuple(bets))


def log_sum(values: Sequence[float]) -> float:
    """The log of the sum of what the values are logs of."""
    most = max(values)
    return most + math.log(math.fsum([math.exp(value - most) for value in values]))


@lru_cache(maxsize=1024)
def _staked(stake: float, shares: tuple[float, ...]) -> tuple[float, ...]:
    """The log of each bet's part of a stake; the same minute after minute in every release."""
    money = math.fsum(shares)
    return tuple(_log(stake * share / money) for share in shares)


def _log(share: float) -> float:
    return math.log(share) if share > 0 else NOTHING
