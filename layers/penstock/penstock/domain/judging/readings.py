"""A minute's datapoints, and when they are final."""

from collections.abc import Mapping
from typing import NamedTuple

from penstock.domain.judging.counts import MOST_REQUESTS, NO_REQUESTS, Counts

READ_AFTER = 2
"""Age in minutes from which a minute is read. Publication takes 1 to 3 minutes (facts 4.3)."""
PROMISED = 0.1
"""Requests to be expected of a metric in a minute without which the minute is not whole.

Nine of ten minutes that miss them at this level had none. But one series may be published later
than the others.
"""

Usual = Mapping[str, float]
"""Requests that a minute usually has, by the metrics' names. Of another metric it has some."""
NOTHING_USUAL: Usual = {}


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


def is_sure(
    reading: Reading,
    before: Reading | None,
    now: int,
    sure_after: int,
    weight: float | None = None,
    usual: Usual = NOTHING_USUAL,
) -> bool:
    """Whether a minute is final: two equal and complete looks, or old enough.

    Args:
        reading: The minute as it looks now.
        before: The minute as it looked the last time.
        now: The time in ms.
        sure_after: Age in minutes from which a minute's datapoints count as final. Anything that is
            still missing then is dropped.
        weight: The candidate's share of the requests, 0 to 1; None if it moved meanwhile.
        usual: The requests to be expected of each metric.
    """
    if age(reading.number, now) >= sure_after:
        return True
    return reading == before and is_whole(reading, weight, usual)


def is_whole(reading: Reading, weight: float | None, usual: Usual = NOTHING_USUAL) -> bool:
    """Whether nothing seems to be missing of a minute in which the candidate had this share."""
    return all(
        _is_whole(datapoints, weight, usual.get(name, 1.0))
        for name, datapoints in reading.datapoints.items()
    )


def age(number: int, now: int) -> int:
    """Whole minutes since the end of a minute; `now` in ms."""
    return now // 60_000 - number - 1


def counts(reading: Reading) -> dict[str, Counts]:
    """The counts of each signal. An incomplete minute is no evidence; it never counts as zero
    bad requests.

    Fractions (CloudWatch interpolates TC, facts 4.2) stay as they are: rounding would favour one
    variant, and the bound on harm would no longer hold.
    """
    return {name: _counts(datapoints) for name, datapoints in reading.datapoints.items()}


def observed_share(reading: Reading) -> float | None:
    """The candidate's part of the requests, of the signal with the most. None if a side has none.

    Taken as the share it makes the test one of each minute's counts as they are: nothing is split
    otherwise, and no request counts as sent directly.
    """
    shown = [(each.live or 0, each.candidate or 0) for each in reading.datapoints.values()]
    live, candidate = max(shown, key=sum, default=(0, 0))
    if not (0 < live <= MOST_REQUESTS and 0 < candidate <= MOST_REQUESTS):
        return None
    return candidate / (live + candidate)


def _counts(datapoints: Datapoints) -> Counts:
    """Counts of one signal.

    Bad requests beyond the requests arrived in the minute before and failed in this one.
    """
    found = Counts(*(value or 0 for value in datapoints[:4]))
    if not _is_consistent(datapoints) or not all(0 <= value <= MOST_REQUESTS for value in found):
        return NO_REQUESTS
    return found._replace(
        live_bad=min(found.live_bad, found.live),
        candidate_bad=min(found.candidate_bad, found.candidate),
    )


def _is_whole(datapoints: Datapoints, weight: float | None, usual: float) -> bool:
    """Whether a minute is complete.

    A variant that shows nothing may be published later than the other, whose requests promise it
    some. If neither shows anything, the minutes before promise them.
    """
    if not datapoints.whole or not _is_consistent(datapoints):
        return False
    live, candidate = datapoints.live, datapoints.candidate
    if live is None and candidate is None:
        return usual < PROMISED
    if candidate is None:
        return weight is None or not _promised(live, weight)
    if live is None:
        return weight is not None and not _promised(candidate, 1 - weight)
    return True


def _promised(shown: float | None, share: float) -> bool:
    """Whether what one variant shows lets the other expect requests of its share."""
    return share * (shown or 0) >= PROMISED * (1 - share)


def _is_consistent(datapoints: Datapoints) -> bool:
    """Whether requests and bad requests come together.

    One without the other is a gap in the data.
    """
    return (datapoints.live is None) == (datapoints.live_bad is None) and (
        datapoints.candidate is None
    ) == (datapoints.candidate_bad is None)
