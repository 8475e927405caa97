"""Decides an alarm's state from its datapoints, by the rules of CloudWatch's guide (facts 4.4)."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

State = Literal["OK", "ALARM", "INSUFFICIENT_DATA"]
TreatMissing = Literal["missing", "ignore", "breaching", "notBreaching"]

Datapoints = Sequence[bool | None]
"""Whether each datapoint of the evaluation range breaches, the newest last. None means no data."""

_EXTRA_PERIODS = 2


class Rule(NamedTuple):
    """The numbers M and N of M out of N datapoints, and how missing data is treated."""

    needed: int
    of: int
    missing: TreatMissing


def evaluation_range(of: int) -> int:
    """Return how many periods CloudWatch looks at to find N datapoints.

    AWS documents 5 for N = 3, and says that the number depends on the period. The twin uses N + 2
    for every N and period.
    """
    return of + _EXTRA_PERIODS


def judge(points: Datapoints, rule: Rule) -> State | None:
    """Return the state that follows from the datapoints. None keeps the present state."""
    real = [point for point in points if point is not None]
    if len(real) >= rule.of:
        return _threshold(sum(real[-rule.of :]), rule)
    if not real:
        return _silent(rule.missing)
    return _partial(points, real, rule)


def _threshold(breaching: int, rule: Rule) -> State:
    return "ALARM" if breaching >= rule.needed else "OK"


def _silent(missing: TreatMissing) -> State | None:
    answers: dict[TreatMissing, State | None] = {
        "missing": "INSUFFICIENT_DATA",
        "ignore": None,
        "breaching": "ALARM",
        "notBreaching": "OK",
    }
    return answers[missing]


def _partial(points: Datapoints, real: Sequence[bool], rule: Rule) -> State | None:
    """AWS: every real datapoint counts, and as few missing ones as possible are filled in."""
    breaching = sum(real)
    if rule.missing == "breaching":
        return _threshold(breaching + rule.of - len(real), rule)
    if rule.missing == "notBreaching" or breaching >= rule.needed or not all(real):
        return _threshold(breaching, rule)
    if rule.missing == "ignore":
        return None
    return "ALARM" if _age_of_oldest(points) >= rule.needed else "OK"


def _age_of_oldest(points: Datapoints) -> int:
    """Return the age in periods of the oldest real datapoint. The newest has age 1.

    AWS: with `missing`, an alarm fires early when its oldest breaching datapoint is at least M
    periods old and everything newer is breaching or missing.
    """
    return next(len(points) - index for index, each in enumerate(points) if each is not None)
