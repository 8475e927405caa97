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

NOISE_MINUTES = 180
"""Minutes of live that are compared with each other."""
BLOCK = 10
"""Minutes that are added up: a release averages over as many, and noise that lasts is seen."""
LEAST_BAD = 10
"""Bad requests of a block, below which its rate is not known well enough."""
LEAST_PAIRS = 8
CLEAR = 4.0
"""Times what independent requests vary: their median exceeds it in one of a hundred releases."""
FEW = 5.0
"""Bad requests of an instance in a minute up to which groups of failures are told from noise."""
LEAST_MINUTES = 30
SAFE = 1.6
"""Standard deviations of the ratio of two rates that the tolerance leaves room for."""
_MEDIAN = 0.4549
"""Of the square of a standard normal variable."""

Minutes = Sequence[Mapping[str, Counts]]
"""Live's counts of each minute by metric, as live's half."""


class Bounds(NamedTuple):
    """Within which a tolerance and a number of attempts are learned."""

    least: float
    most: float
    attempts: int = 1


BY_MINUTES = Bounds(1.1, 1.25)
BY_INSTANCES = Bounds(1.1, 1.5, attempts=5)


class NoiseFloor(NamedTuple):
    """What was learned, and from what.

    `spread`: standard deviation of the ratio of two rates beyond chance; None: too few bad requests
    to tell. `metric` varies most. `instances`: 0 where minutes were compared. `groups`: how many
    failures come together on one instance; None: this is not known.
    """

    spread: float | None = None
    metric: str = ""
    instances: int = 0
    groups: float | None = None

    @property
    def bounds(self) -> Bounds:
        """Within which settings are learned from it."""
        return BY_INSTANCES if self.instances else BY_MINUTES

    @property
    def needed(self) -> float:
        """The tolerance that leaves room for all of it."""
        return round(1 + SAFE * (self.spread or 0.0), 2)

    @property
    def tolerance(self) -> float:
        """The multiple of live's rate that still counts as harmless."""
        return min(self.bounds.most, max(self.bounds.least, self.needed))

    @property
    def attempts(self) -> int:
        """Requests per independent failure."""
        return min(self.bounds.attempts, max(1, round(self.groups or 1.0)))


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
    present = [each for each in instances if any(map(_served, each))]
    among = math.sqrt(1 + 1 / len(present)) / math.sqrt(2) if present else 1.0

    def spread(metric: str) -> float | None:
        blocks = [_blocks(each, metric) for each in present]
        within = (pairwise(block) for block in zip(*blocks, strict=True))
        found = spread_of(pair for pairs in within for pair in pairs)
        return None if found is None else among * found

    if len(present) < 2:  # noqa: PLR2004 - there is nothing to compare it with
        return NoiseFloor()
    learned = _most(present[0], spread)
    known = filter(None, [_groups(present, metric) for metric in present[0][0]])
    return learned._replace(instances=len(present), groups=max(known, default=None))


def spread_of(pairs: Iterable[tuple[Counts, Counts]]) -> float | None:
    """Standard deviation of the ratio of two rates of the same model, beyond chance.

    From the median of log(ratio)^2, because incidents are no noise, less what independent requests
    show (1/x + 1/y for x and y bad ones). None beyond chance if it is not CLEAR times as much.
    """
    known = [(a, b) for a, b in pairs if min(a.live_bad, b.live_bad) >= LEAST_BAD]
    if len(known) < LEAST_PAIRS:
        return None
    squares = sorted(math.log(_rate(a) / _rate(b)) ** 2 for a, b in known)
    chance = math.fsum(1 / a.live_bad + 1 / b.live_bad for a, b in known) / len(known)
    variance = squares[len(known) // 2] / _MEDIAN
    return math.sqrt(variance - chance) if variance > CLEAR * chance else 0.0


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
        if len(here) < 2 or min(expected) <= 0 or bad > FEW * len(here):  # noqa: PLR2004 - a pair
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


def _served(minute: Mapping[str, Counts]) -> bool:
    return any(each.live > 0 for each in minute.values())
