"""What the outcomes so far say of the goal: the effect, its interval, and the decision."""

import math
from collections.abc import Sequence
from typing import Literal, NamedTuple

from penstock.domain.judging.goal.aim import BETS, Aim, log_shares
from penstock.domain.judging.goal.trial import Trial
from penstock.domain.judging.wealth import log_sum

NEWTON_STEPS = 12
"""Of Newton's method; each of them is a valid bound already."""

Decision = Literal["better", "worse", "no_relevant_difference", "open"]


class GoalFinding(NamedTuple):
    """One look at a goal, in the outcome's unit.

    `effect` is the candidate's mean minus live's, and lies between `low` and `high`: with the aim's
    confidence the interval holds at all looks at once. Each of them is None while no minute could
    be compared. `log_better` and `log_worse` are the evidence for either direction, as natural
    logarithms; at `Aim.enough` they decide.
    """

    decision: Decision
    live: float | None
    candidate: float | None
    effect: float | None
    low: float | None
    high: float | None
    log_better: float
    log_worse: float


def goal_finding(trial: Trial, aim: Aim) -> GoalFinding:
    """What is known after all minutes so far."""
    up, down = evidence(trial.higher), evidence(trial.lower)
    better, worse = (up, down) if aim.higher else (down, up)
    low, high = interval(trial, aim)
    effect = aim.width * trial.gained / trial.weight if trial.weight else None
    return GoalFinding(
        _decision(better, worse, low, high, aim),
        _outcome(trial.live.value, aim),
        _outcome(trial.candidate.value, aim),
        effect,
        low if trial.weight else None,
        high if trial.weight else None,
        better,
        worse,
    )


def evidence(bets: Sequence[float]) -> float:
    """The log of what all bets hold together."""
    return log_sum([share + held for share, held in zip(log_shares(), bets, strict=True)])


def interval(trial: Trial, aim: Aim) -> tuple[float, float]:
    """The effects that are not refuted, in the outcome's unit; at most the bounds' width."""
    low = _at_least(trial.higher, trial.weight, aim.enough)
    high = -_at_least(trial.lower, trial.weight, aim.enough)
    return aim.width * low, aim.width * high


def _at_least(bets: Sequence[float], weight: float, enough: float) -> float:
    """The effect v at which sum of shares e^(held - k weight v) is as much as is enough.

    The log of that sum is convex and falls with v, so Newton's steps from the left stay left.
    """
    if not weight:
        return -1.0
    held = [share + bet for share, bet in zip(log_shares(), bets, strict=True)]
    slopes = [k * weight for k in BETS]
    effect = max((log - enough) / slope for log, slope in zip(held, slopes, strict=True))
    for _ in range(NEWTON_STEPS):
        logs = [log - slope * effect for log, slope in zip(held, slopes, strict=True)]
        total = log_sum(logs)
        if total <= enough:
            break
        falls = math.fsum(
            math.exp(log - total) * slope for log, slope in zip(logs, slopes, strict=True)
        )
        effect += (total - enough) / falls
    return min(1.0, max(-1.0, effect))


def _decision(better: float, worse: float, low: float, high: float, aim: Aim) -> Decision:
    if worse >= aim.enough:
        return "worse"
    if better >= aim.enough:
        return "better"
    if -aim.least_effect <= low and high <= aim.least_effect:
        return "no_relevant_difference"
    return "open"


def _outcome(part: float | None, aim: Aim) -> float | None:
    return None if part is None else aim.unscaled(part)
