"""The test of a goal: bets that the candidate's mean outcome is higher, and that it is lower.

A bettor multiplies their money by 1 + c (y - m) for each outcome y, where m is what outcomes were
usually like, c = k u a for the candidate's requests and c = -k u b for live's. With a the part of
live's requests in the minute and b the candidate's, both stakes of a minute are the same, n b a. So
exp(sum log(1 + c (y - m)) - k sum(u h effect)), with h = n a b, is a nonnegative supermartingale
whatever the mean is and however it moves: only the difference of the variants counts.
"""

from typing import NamedTuple

from penstock.domain.judging.goal.aim import BETS, MOST_MULTIPLE, Aim
from penstock.domain.judging.goal.expected import NOTHING_EXPECTED, Expected
from penstock.domain.judging.goal.outcomes import (
    GoalMinute,
    GoalOutcomes,
    Spread,
    refuse_impossible,
    widest_spread,
)

THIN = 30
"""Outcomes of a minute. Below it the split that routing expects is tested, not the one by chance:
that costs one outcome a minute."""
BOLDEST = 0.9
"""No outcome takes more than this part of a bet."""


class Mean(NamedTuple):
    """A mean over minutes, each by what it weighs."""

    total: float
    weight: float

    def after(self, weight: float, seen: Spread) -> "Mean":
        """After one more minute."""
        return Mean(self.total + weight * seen.total, self.weight + weight * seen.requests)

    @property
    def value(self) -> float | None:
        """None before the first outcome."""
        return self.total / self.weight if self.weight else None


class Trial(NamedTuple):
    """The state after all minutes so far; outcomes are numbers from 0 to 1.

    `first` and `last` are the numbers of minutes. `seen` are outcomes that could be compared, of
    live and of the candidate. `weight` is the sum of u h over the minutes; `gained`, over it, is
    the effect. `higher` and `lower` are the logs of what each bet holds.
    """

    first: int | None
    last: int | None
    seen: tuple[float, float]
    weight: float
    gained: float
    live: Mean
    candidate: Mean
    higher: tuple[float, ...]
    lower: tuple[float, ...]
    expected: Expected


_NO_MEAN, _FIRST = Mean(0.0, 0.0), (0.0,) * len(BETS)
BEGUN = Trial(
    None, None, (0.0, 0.0), 0.0, 0.0, _NO_MEAN, _NO_MEAN, _FIRST, _FIRST, NOTHING_EXPECTED
)
"""Before the first minute."""


class _Stakes(NamedTuple):
    """What a bet on the multiple 1 stakes on each outcome of live and of the candidate.

    `information` is u h.
    """

    live: float
    candidate: float
    information: float


def trial_after(trial: Trial, minute: GoalMinute, aim: Aim) -> Trial:
    """The state after one more complete minute. One that is not later than the last is ignored.

    A minute in which the share moved, or one variant has no outcome that could be compared, is no
    evidence.

    Raises:
        Refused: The minute is impossible, see `refuse_impossible`.
    """
    refuse_impossible(minute, aim)
    if trial.last is not None and minute.number <= trial.last:
        return trial
    first = minute.number if trial.first is None else trial.first
    trial = trial._replace(first=first, last=minute.number)
    live, candidate = widest_spread(minute.live, aim), widest_spread(minute.candidate, aim)
    if minute.share is None or live.requests + candidate.requests <= 0:
        return trial
    stakes = _stakes(trial.expected, minute.live, minute.candidate, minute.share, aim)
    if stakes.information <= 0:
        return trial
    return _paid(trial, live, candidate, stakes)


def _stakes(
    expected: Expected, live: GoalOutcomes, candidate: GoalOutcomes, share: float, aim: Aim
) -> _Stakes:
    """By the past and by how many outcomes there are, not by what they are.

    The unit u is least effect / variance: then the bet on the multiple 1 grows fastest if the
    effect is the least one.
    """
    both = live.requests + candidate.requests
    part = share if both < THIN else candidate.requests / both
    centre = expected.mean
    farthest = MOST_MULTIPLE * max(part, 1 - part) * max(centre, 1 - centre)
    unit = min(aim.least / expected.variance, BOLDEST / farthest)
    return _Stakes(unit * part, unit * (1 - part), unit * both * part * (1 - part))


def _paid(trial: Trial, live: Spread, candidate: Spread, stakes: _Stakes) -> Trial:
    centre = trial.expected.mean
    higher, lower = (
        tuple(
            held
            + candidate.pays(sign * k * stakes.candidate, centre)
            + live.pays(-sign * k * stakes.live, centre)
            for k, held in zip(BETS, bets, strict=True)
        )
        for sign, bets in ((1, trial.higher), (-1, trial.lower))
    )
    gained = stakes.candidate * (candidate.total - candidate.requests * centre)
    lost = stakes.live * (live.total - live.requests * centre)
    return trial._replace(
        seen=(trial.seen[0] + live.requests, trial.seen[1] + candidate.requests),
        weight=trial.weight + stakes.information,
        gained=trial.gained + gained - lost,
        live=trial.live.after(stakes.live, live),
        candidate=trial.candidate.after(stakes.candidate, candidate),
        higher=higher,
        lower=lower,
        expected=trial.expected.after(live, candidate),
    )
