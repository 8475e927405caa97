"""A minute's datapoints, and when they are final."""

import math
from collections.abc import Mapping
from typing import NamedTuple

from penstock.domain.judging.counts import MOST_REQUESTS, NO_REQUESTS, Counts

READ_AFTER = 2
"""Age in minutes from which a minute is read. Publication takes 1 to 3 minutes (facts 4.3)."""


class Datapoints(NamedTuple):
    """The datapoints of one signal in one minute. None where there is none.

    It is not `whole` if bad requests were counted without a datapoint that may still be published.
    """

    live: float | None = None
    live_bad: float | None = None
    candidate: float | None = None
    candidate_bad: float | None = None
    whole: bool = True


class Reading(NamedTuple):
    """One minute, by the signals' names."""

    number: int
    datapoints: Mapping[str, Datapoints]


def is_sure(reading: Reading, before: Reading | None, now: int, sure_after: int) -> bool:
    """Whether a minute is final: two equal and complete looks, or old enough.

    Args:
        reading: The minute as it looks now.
        before: The minute as it looked the last time.
        now: The time in ms.
        sure_after: Age in minutes from which a minute's datapoints count as final. Anything that is
            still missing then is dropped.
    """
    if age(reading.number, now) >= sure_after:
        return True
    return reading == before and all(map(_is_whole, reading.datapoints.values()))


def age(number: int, now: int) -> int:
    """Whole minutes since the end of a minute; `now` in ms."""
    return now // 60_000 - number - 1


def counts(reading: Reading) -> dict[str, Counts]:
    """The counts of each signal. An incomplete minute is no evidence; it never counts as zero
    bad requests.

    Fractions (CloudWatch interpolates TC, facts 4.2) are rounded in the candidate's favour.
    """
    return {name: _counts(datapoints) for name, datapoints in reading.datapoints.items()}


def _counts(datapoints: Datapoints) -> Counts:
    """Counts of one signal.

    Bad requests beyond the requests arrived in the minute before and failed in this one.
    """
    found = Counts(*(value or 0 for value in datapoints[:4]))
    if not _is_consistent(datapoints) or not all(0 <= value <= MOST_REQUESTS for value in found):
        return NO_REQUESTS
    return found._replace(
        live_bad=min(math.ceil(found.live_bad), found.live),
        candidate_bad=math.floor(min(found.candidate_bad, found.candidate)),
    )


def _is_whole(datapoints: Datapoints) -> bool:
    """Whether a minute is complete.

    Live nearly always has requests, so a minute without them is probably not published yet.
    """
    return datapoints.whole and datapoints.live is not None and _is_consistent(datapoints)


def _is_consistent(datapoints: Datapoints) -> bool:
    """Whether requests and bad requests come together.

    One without the other is a gap in the data.
    """
    return (datapoints.live is None) == (datapoints.live_bad is None) and (
        datapoints.candidate is None
    ) == (datapoints.candidate_bad is None)
