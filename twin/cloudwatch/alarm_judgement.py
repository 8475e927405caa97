"""What state an alarm's datapoints mean: the rules of the CloudWatch guide (facts 4.4)."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

State = Literal["OK", "ALARM", "INSUFFICIENT_DATA"]
TreatMissing = Literal["missing", "ignore", "breaching", "notBreaching"]

Datapoints = Sequence[bool | None]
"""The evaluation range, the newest last: breaching, fine, or None where there is no data."""

_EXTRA_PERIODS = 2


class Rule(NamedTuple):
    """M breaching datapoints out of N, and what a missing one counts as."""

    needed: int
    of: int
    missing: TreatMissing


def evaluation_range(of: int) -> int:
    """How many periods CloudWatch looks at to find N datapoints.

    AWS documents 5 for N = 3 and says that the number depends on the period; the twin takes
    N + 2 for every N and period.
    """
    return of + _EXTRA_PERIODS


def judge(points: Datapoints, rule: Rule) -> State | None:
    """The state the evaluation range calls for; None keeps the present one."""
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
    """How many periods the oldest real datapoint is back, 1 for the newest.

    AWS: with `missing`, an alarm goes off early when its oldest breaching datapoint is at least M
    periods old and everything newer is breaching or missing.
    """
    return next(len(points) - index for index, each in enumerate(points) if each is not None)
