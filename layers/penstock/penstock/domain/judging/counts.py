"""What one minute showed: requests of live and candidate, and how many of them were bad."""

from collections.abc import Mapping
from typing import NamedTuple

from penstock.domain.errors import Refused

MOST_REQUESTS = 1e12  # requests in a minute; beyond it is not a count


class Counts(NamedTuple):
    """One metric in one minute, or summed over minutes. CloudWatch may report fractions.

    A bad request is an error, an answer slower than the objective, or any other 0/1 label.
    """

    live: float
    live_bad: float
    candidate: float
    candidate_bad: float


NO_REQUESTS = Counts(0, 0, 0, 0)


class Minute(NamedTuple):
    """A complete minute. `weight`: the candidate's share in routing; None if it moved meanwhile."""

    number: int
    weight: float | None
    counts: Mapping[str, Counts]


def added(one: Counts, other: Counts) -> Counts:
    """Both together."""
    return Counts(
        one.live + other.live,
        one.live_bad + other.live_bad,
        one.candidate + other.candidate,
        one.candidate_bad + other.candidate_bad,
    )


def fault(counts: Counts) -> tuple[str, str] | None:
    """The field that cannot be a count, and why. None if all can."""
    live, live_bad, candidate, candidate_bad = counts
    if 0 <= live_bad <= live <= MOST_REQUESTS and 0 <= candidate_bad <= candidate <= MOST_REQUESTS:
        return None
    for field, value in zip(Counts._fields, counts, strict=True):
        if not 0 <= value <= MOST_REQUESTS:  # also where it is NaN
            return field, f"{value} is not a number of requests"
    if live_bad > live:
        return "live_bad", f"{live_bad} bad of {live} requests"
    return "candidate_bad", f"{candidate_bad} bad of {candidate} requests"


def refuse_nonsense(minute: Minute) -> None:
    """Check that a minute is possible.

    Raises:
        Refused: A count is negative, NaN or infinite, there are more bad requests than requests, or
            the weight is not within 0 and 1. The sentence names the field.
    """
    if minute.weight is not None and not 0 <= minute.weight <= 1:
        raise Refused(f"minute {minute.number}: weight: {minute.weight} is not within 0 and 1")
    for name, counts in minute.counts.items():
        if wrong := fault(counts):
            raise Refused(f"minute {minute.number}: {name}.{wrong[0]}: {wrong[1]}")
