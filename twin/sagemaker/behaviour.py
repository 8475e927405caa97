"""How models behave under synthetic traffic, and what is counted of it."""

import math
import random
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from statistics import NormalDist

from twin.sagemaker.meter import Tally

_SPREAD = 0.2  # of the logarithm of a latency
_STEPS = 41
_OVERHEAD_MS = 3.0
_GIVES_UP = 60e6  # AWS: a model has 60 s to answer


@dataclass(frozen=True)
class Behaviour:
    """How a model answers. Latencies are medians, and `slow_rate` of the answers are slow.

    `silence_rate` of the requests get no answer, because the model hangs, dies or answers nonsense.
    """

    error_rate: float = 0.0
    latency_ms: float = 50.0
    slow_rate: float = 0.0
    slow_ms: float = 500.0
    client_error_rate: float = 0.0
    silence_rate: float = 0.0


def tally_of(source: random.Random, behaviour: Behaviour, requests: int) -> Tally:
    """Draw the answers to a number of requests."""
    bad = (behaviour.client_error_rate, behaviour.error_rate, behaviour.silence_rate)
    rates = (*bad, 1 - sum(bad))
    statuses = Counter(source.choices((400, 500, 0, 200), rates, k=requests))
    return Tally(
        requests,
        statuses[400],
        statuses[500],
        statuses[0],
        requests - statuses[200],
        _latencies(source, behaviour, requests - statuses[0]),
        _times(source, _OVERHEAD_MS, requests),
    )


def with_waits(source: random.Random, tally: Tally, shadow: Behaviour, held: int) -> Tally:
    """Let some callers wait for a shadow that answers after the variant that serves them.

    SageMaker adds this time to the model's, so that it is overhead.
    """
    overhead = Counter(tally.overhead_latency)
    begun = source.sample(list(overhead.elements()), held)
    own = source.choices(*_weighted(tally.model_latency), k=held) if tally.model_latency else []
    answers = _latencies(source, shadow, held).elements()
    for usual, mine, theirs in zip(begun, own, answers, strict=False):
        waited = _GIVES_UP if source.random() < shadow.silence_rate else theirs
        overhead[usual] -= 1
        overhead[usual + max(0.0, waited - mine)] += 1
    return replace(tally, overhead_latency=+overhead)


def _weighted(counts: Mapping[float, int]) -> tuple[list[float], list[int]]:
    return list(counts), list(counts.values())


def _latencies(source: random.Random, behaviour: Behaviour, requests: int) -> Counter[float]:
    slow = sum(source.random() < behaviour.slow_rate for _ in range(requests))
    fast = _times(source, behaviour.latency_ms, requests - slow)
    return fast + _times(source, behaviour.slow_ms, slow)


def _times(source: random.Random, median_ms: float, requests: int) -> Counter[float]:
    factors = Counter(source.choices(_FACTORS, k=requests))
    microseconds: Counter[float] = Counter()
    for factor, count in factors.items():
        microseconds[round(median_ms * factor * 1000)] += count
    return microseconds


def _log_normal(steps: int) -> Iterable[float]:
    normal = NormalDist(0, _SPREAD)
    return (math.exp(normal.inv_cdf((step + 0.5) / steps)) for step in range(steps))


_FACTORS = tuple(_log_normal(_STEPS))
