"""Users of the fake SageMaker: so many requests a minute, by the shares of that minute."""

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from penstock.domain.judging.parts import Part, parts
from penstock.domain.judging.quantiles import QUANTILES
from penstock.domain.kinds.question import Question
from tests.fakes.cloud import FakeCloud
from tests.fakes.minutes import Half

MINUTE_MS = 60_000


@dataclass
class FakeTraffic:
    """Counts without chance. `rates`: the bad part of the requests of a variant or a configuration,
    by signal.

    The strata of a signal have equally many requests, a part of one if need be. Live's quantiles
    are exceeded as often as they say. Nobody calls the endpoints that are `quiet`. Of a shadow's
    copies the part `copies_answered` is counted.
    """

    cloud: FakeCloud
    per_minute: float = 200.0
    quiet: frozenset[str] = frozenset()
    rates: dict[str, dict[str, float]] = field(default_factory=dict)
    copies_answered: float = 1.0

    def __call__(self, question: Question, number: int, variant: str) -> Mapping[str, Half]:
        requests = self.per_minute * self._share(question, number, variant)
        if not requests:
            return {}
        rates = {**self.rates.get(variant, {}), **self.rates.get(question.config, {})}
        each, strata = _parts(tuple(question.signals))
        shown: dict[str, Half] = {}
        for name, part in each.items():
            usual = QUANTILES[name].above if name in QUANTILES else 0.0
            bad = requests * rates.get(name, usual)
            among = strata[part.signal]
            shown[name] = (
                (requests / among, bad / among) if part.stratum else (requests, _bad(bad, number))
            )
        return shown

    def _share(self, question: Question, number: int, variant: str) -> float:
        if question.endpoint in self.quiet:
            return 0.0
        at = number * MINUTE_MS
        fleet = self.cloud.ran(question.endpoint, at)
        if fleet is None:
            return 0.0
        deployed = self.cloud.deploying(question.endpoint, at)
        if fleet.config != question.config:
            return deployed.get(question.config, 0.0)
        if variant in fleet.shadows:
            return self.copies_answered * fleet.copied(variant)
        share = fleet.weights.get(variant, 0.0) / sum(fleet.weights.values())
        return share * (1 - sum(deployed.values()))


@lru_cache(maxsize=256)
def _parts(signals: tuple[str, ...]) -> tuple[Mapping[str, Part], Mapping[str, int]]:
    """What each is a part of, and the strata of each signal; the same for every minute."""
    each = parts(signals)
    return each, Counter(part.signal for part in each.values() if part.stratum)


def _bad(each_minute: float, number: int) -> int:
    """Whole requests that add up to the rate over the minutes."""
    return math.floor(each_minute * (number + 1)) - math.floor(each_minute * number)
