"""What an experiment is to find out, and how much error is allowed."""

import math
from typing import NamedTuple

BETS = (0.5, 1.0, 2.0)
"""Multiples of the least effect that are bet on, in either direction."""
BACKING = (1.0, 4.0, 1.0)
"""How the money is divided among them: most of it is on the effect that is planned for."""
MOST_MULTIPLE = BETS[-1]


class Aim(NamedTuple):
    """The goal: the mean of an outcome within `bounds`, such as 0 and 1 of a conversion.

    `least_effect` is the smallest difference that matters, in the outcome's unit. `confidence` is
    the chance with which every interval holds at all times at once. `higher`: more is better.
    """

    least_effect: float
    confidence: float = 0.95
    higher: bool = True
    bounds: tuple[float, float] = (0.0, 1.0)

    @property
    def width(self) -> float:
        """Of the bounds. Inside, outcomes are numbers from 0 to 1."""
        return self.bounds[1] - self.bounds[0]

    @property
    def least(self) -> float:
        """The least effect as a part of the bounds' width."""
        return self.least_effect / self.width

    @property
    def enough(self) -> float:
        """The log of the evidence that decides. Half of the error is spent on each direction."""
        return math.log(2 / (1 - self.confidence))

    def scaled(self, outcome: float) -> float:
        """An outcome as a number from 0 to 1."""
        return (outcome - self.bounds[0]) / self.width

    def unscaled(self, part: float) -> float:
        """The outcome of a number from 0 to 1."""
        return self.bounds[0] + part * self.width


def log_shares() -> tuple[float, ...]:
    """The log of each bet's part of the money."""
    money = math.fsum(BACKING)
    return tuple(math.log(share / money) for share in BACKING)
