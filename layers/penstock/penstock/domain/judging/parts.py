"""Metrics that are parts of one signal, by their names: `checkout[Route=/pay]`, `latency@p95`.

The evidence of a signal is a mean of the e-values of its parts, by weights that are fixed before
the first minute: an e-value again, however the parts depend on each other.
"""

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from penstock.domain.judging.quantiles import QUANTILES, SIGNAL


class Part(NamedTuple):
    """What a metric is a part of, and its weight there; a signal that has no parts is its own.

    Of a part without a bound only the evidence against the candidate is kept. `stratum` is what a
    stratum is called in a sentence.
    """

    signal: str
    weight: float = 1.0
    bounded: bool = True
    stratum: str | None = None


def stratum(signal: str, by: str, value: str) -> str:
    """The name of the requests of a signal whose dimension `by` has a value."""
    return f"{signal}[{by}={value}]"


def parts(metrics: Iterable[str]) -> dict[str, Part]:
    """What each of the metrics of a comparison is a part of.

    All strata together weigh as much as their signal as a whole, which is a part of it too.
    """
    names = list(metrics)
    strata = Counter(_stratum_of(name)[0] for name in names if _stratum_of(name)[1])
    return {name: _part(name, strata) for name in names}


def shared_money(metrics: Iterable[str]) -> dict[str, float]:
    """What the bettor on each metric begins with: 1 in the mean over all of them.

    Each signal has the same sum, and its parts share it by their weights.
    """
    known = parts(metrics)
    weights: dict[str, float] = {}
    for part in known.values():
        weights[part.signal] = weights.get(part.signal, 0.0) + part.weight
    return {
        name: part.weight / weights[part.signal] * (len(known) / len(weights))
        for name, part in known.items()
    }


def _part(name: str, strata: Counter[str]) -> Part:
    if quantile := QUANTILES.get(name):
        return Part(SIGNAL, quantile.weight, bounded=quantile.proven)
    signal, which = _stratum_of(name)
    if not which:
        return Part(name)
    by, _, value = which.partition("=")
    return Part(signal, 1 / strata[signal], bounded=False, stratum=f"{by} {value}")


def _stratum_of(name: str) -> tuple[str, str]:
    """Signal and stratum; without a stratum the name is the signal's own."""
    signal, _, rest = name.partition("[")
    return signal, rest.removesuffix("]")
