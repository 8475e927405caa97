"""How long an experiment takes until the least effect is found."""

import math

from penstock.domain.judging.goal.aim import BETS, Aim, log_shares
from penstock.domain.judging.goal.trial import Trial

_MOST = 1e3  # units of information; no confidence needs so many
_HALVINGS = 60
USUAL, LIKELY = 0.5, 0.8
"""Parts of the experiments by whose end the least effect is found: the median, and most of them."""


def information_needed(aim: Aim, found: float = USUAL) -> float:
    """The information by which the least effect is found in a part `found` of the experiments.

    Its unit is variance / (least effect^2 h): a fixed-sample test with a power of 80 % and 5 % of
    error on two sides needs 7.85. It is the quantile of the first passage of a Brownian motion with
    drift 1/2 at the evidence that the bet on the least effect needs alone (Tweedie, 1957).
    """
    level = aim.enough - log_shares()[BETS.index(1.0)]
    least, most = 0.0, _MOST
    for _ in range(_HALVINGS):
        middle = (least + most) / 2
        least, most = (middle, most) if _passed(middle, level) < found else (least, middle)
    return most


def information(trial: Trial, aim: Aim) -> float:
    """What the minutes so far are worth, in the same unit."""
    return aim.least * trial.weight


def minutes_left(trial: Trial, aim: Aim, found: float = USUAL) -> float | None:
    """Minutes of the present traffic until the least effect would usually be found.

    0: it would have been. None: there was nothing to compare so far.
    """
    known = information(trial, aim)
    if trial.first is None or trial.last is None or known <= 0:
        return None
    minutes = trial.last - trial.first + 1
    return max(0.0, information_needed(aim, found) - known) * minutes / known


def _passed(time: float, level: float) -> float:
    """The chance that a Brownian motion with drift 1/2 has reached the level by that time."""
    root = math.sqrt(time)
    return _normal((time / 2 - level) / root) + math.exp(level) * _normal(
        -(time / 2 + level) / root
    )


def _normal(z: float) -> float:
    return math.erfc(-z / math.sqrt(2)) / 2
