"""Recent demand: an endpoint's requests, and how many of them were bad."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from penstock.domain.judging.counts import Counts
from penstock.domain.judging.readings import Reading, counts

LOOKED_BACK = 60
"""Minutes of live's requests that a plan counts on."""


class Demand(NamedTuple):
    """Requests a minute, mean over the minutes that had any, and live's rate of each signal."""

    requests_per_minute: float
    base_rates: Mapping[str, float]


def demand(readings: Sequence[Reading], signals: Iterable[str]) -> Demand | None:
    """The demand of some minutes.

    None if no request was seen: then it is unknown, which is not zero.
    """
    minutes = [counts(reading) for reading in readings]
    busy = [live for each in minutes if (live := max(c.live for c in each.values())) > 0]
    if not busy:
        return None
    rates = {name: _rate([minute[name] for minute in minutes]) for name in signals}
    return Demand(sum(busy) / len(busy), rates)


def _rate(minutes: Sequence[Counts]) -> float:
    served = sum(counted.live for counted in minutes)
    return sum(counted.live_bad for counted in minutes) / served if served else 0.0
