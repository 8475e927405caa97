"""How much live's rates vary by themselves: what a difference between two models has to exceed.

Live is compared with itself before the release. Where its instances publish series of their own,
they are compared within the same minutes, so that what all of them share is no noise. Otherwise ten
minutes are compared with the next ten. That takes a common change for noise, so less is believed.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from penstock.domain.judging.counts import NO_REQUESTS, Counts, added
from penstock.domain.judging.judge_settings import JudgeSettings

NOISE_MINUTES = 180
"""Minutes of live that are compared with each other."""
BLOCK = 10
"""Minutes that are added up: a release averages over as many, and noise that lasts is seen."""
LEAST_BAD = 10
"""Bad requests of a block, below which its rate is not known well enough."""
LEAST_PAIRS = 8
TIMES_CHANCE = 4.0
"""Times what independent requests vary: their median exceeds it in one of a hundred releases."""
MOST_FAILURES = 5.0
"""Bad requests of an instance in a minute up to which groups of failures are told from noise."""
LEAST_MINUTES = 30
DEVIATIONS = 1.6
"""Standard deviations of the ratio of two rates that the tolerance leaves room for."""
_MEDIAN = 0.4549
"""Of the square of a standard normal variable."""

Minutes = Sequence[Mapping[str, Counts]]
"""Live's counts of each minute by metric, as live's half."""


LEAST_TOLERANCE = JudgeSettings.rho
MOST_BY_MINUTES, MOST_BY_INSTANCES = 1.25, 1.5
"""The largest tolerance that is learned."""
MOST_ATTEMPTS = 5


class NoiseFloor(NamedTuple):
    """What was learned, and from what.

    `spread`: standard deviation of the ratio of two rates beyond chance; None: too few bad requests
    to tell. `metric` varies most. `instances` that served at a time: 0 where minutes were compared.
    `groups`: how many failures come together on one instance; None: this is not known. Not `heard`:
    CloudWatch did not answer.
    """

    spread: float | None = None
    metric: str = ""
    instances: int = 0
    groups: float | None = None
    heard: bool = True

    @property
    def most(self) -> float:
        """The largest tolerance that is learned from it."""
        return MOST_BY_INSTANCES if self.instances else MOST_BY_MINUTES

    @property
    def needed(self) -> float:
        """The tolerance that leaves room for all of it."""
        return round(1 + DEVIATIONS * (self.spread or 0.0), 2)

    @property
    def tolerance(self) -> float:
        """The multiple of live's rate that still counts as harmless."""
        return min(self.most, max(LEAST_TOLERANCE, self.needed))

    @property
    def attempts(self) -> int:
        """Requests per independent failure."""
        return min(MOST_ATTEMPTS, max(1, round(self.groups or 1.0)))


def noise_by_minutes(live: Minutes) -> NoiseFloor:
    """Each ten minutes of live against the next ten."""

    def spread(metric: str) -> float | None:
        return spread_of(pairwise(_blocks(live, metric)))

    return _most(live, spread)


def noise_by_instances(instances: Sequence[Minutes]) -> NoiseFloor:
    """Each instance of live against the next one, within the same ten minutes.

    A candidate may be one instance alone, and live is the mean of all: the ratio of their rates
    varies by sqrt(1 + 1/n) times what one instance does.
    """
    at_a_time = max(map(len, map(_serving, zip(*instances, strict=True))), default=0)
    if at_a_time < 2:  # noqa: PLR2004 - there is nothing to compare one with
        return NoiseFloor()

    def spread(metric: str) -> float | None:
        blocks = zip(*(_blocks(each, metric) for each in instances), strict=True)
        within = (pairwise(each for each in block if each.live > 0) for block in blocks)
        found = spread_of(pair for pairs in within for pair in pairs)
        return None if found is None else found * math.sqrt((1 + 1 / at_a_time) / 2)

    learned = _most(instances[0], spread)
    known = filter(None, [_groups(instances, metric) for metric in instances[0][0]])
    return learned._replace(instances=at_a_time, groups=max(known, default=None))


def spread_of(pairs: Iterable[tuple[Counts, Counts]]) -> float | None:
    """Standard deviation of the ratio of two rates of the same model, beyond chance.

    From the median of log(ratio)^2, because incidents are no noise, less what independent requests
    show (1/x + 1/y for x and y bad ones). Less than TIMES_CHANCE times as much is chance.
    """
    known = [(a, b) for a, b in pairs if min(a.live_bad, b.live_bad) >= LEAST_BAD]
    if len(known) < LEAST_PAIRS:
        return None
    squares = sorted(math.log(_rate(a) / _rate(b)) ** 2 for a, b in known)
    chance = math.fsum(1 / a.live_bad + 1 / b.live_bad for a, b in known) / len(known)
    variance = squares[len(known) // 2] / _MEDIAN
    return math.sqrt(variance - chance) if variance > TIMES_CHANCE * chance else 0.0


def _most(live: Minutes, spread: Callable[[str], float | None]) -> NoiseFloor:
    """By the metric that varies most: the judge has one tolerance."""
    found = {name: spread(name) for name in (live[0] if live else ())}
    known = {name: value for name, value in found.items() if value is not None}
    if not known:
        return NoiseFloor()
    metric = max(known, key=known.__getitem__)
    return NoiseFloor(known[metric], metric)


def _groups(instances: Sequence[Minutes], metric: str) -> float | None:
    """Pearson's chi-square over its degrees of freedom: failures that come together on one
    instance, less twice its standard error.
    """
    square, freedom, minutes = 0.0, 0, 0
    for minute in zip(*instances, strict=True):
        here = [counts[metric] for counts in minute if counts[metric].live > 0]
        bad, served = _bad(here), math.fsum(each.live for each in here)
        expected = [bad * (each.live / served) for each in here]
        if len(here) < 2 or min(expected) <= 0 or bad > MOST_FAILURES * len(here):  # noqa: PLR2004 - a pair
            continue
        square += sum((each.live_bad - e) ** 2 / e for each, e in zip(here, expected, strict=True))
        freedom += len(here) - 1
        minutes += 1
    if minutes < LEAST_MINUTES:
        return None
    return square / freedom - 2 * math.sqrt(2 / freedom)


def _blocks(live: Minutes, metric: str) -> list[Counts]:
    return [_sum(live[n : n + BLOCK], metric) for n in range(0, len(live) - BLOCK + 1, BLOCK)]


def _sum(minutes: Minutes, metric: str) -> Counts:
    total = NO_REQUESTS
    for minute in minutes:
        total = added(total, minute[metric])
    return total


def _rate(counts: Counts) -> float:
    return counts.live_bad / counts.live


def _bad(counts: Iterable[Counts]) -> float:
    return math.fsum(each.live_bad for each in counts)


def _serving(minutes: Iterable[Mapping[str, Counts]]) -> list[Mapping[str, Counts]]:
    """Of one minute of several instances those in which requests came."""
    return [each for each in minutes if any(counts.live > 0 for counts in each.values())]
