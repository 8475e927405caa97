"""Latency without an objective: how many answers take longer than live's own quantiles took.

The quantiles are those of live before the release, and their values stay fixed for its length.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple

from penstock.domain.judging.counts import Counts
from penstock.domain.judging.judge_settings import JudgeSettings, Limit

SIGNAL = "latency_quantiles"
LEAST_ABOVE = 10
"""Answers above a quantile from which on it is known well enough to be compared by."""
TOLERATED = 1.02
"""Times as long a candidate may take: its answers are counted above so many times live's values.

Where latency hardly varies, a hundredth more would otherwise be above every quantile.
"""
_COST = 0.25
"""Of an answer slower than such a quantile, in bad requests: some of live's always are."""
_LEAST = 1e-6
"""A share is counted as at least this, and at most all but this, where a value is interpolated."""


class Quantile(NamedTuple):
    """One quantile: its part of the signal's money, and the ratios that are bet on.

    `percent` of live's answers were at most as slow. The shares of the bets follow from how much
    more often than live a candidate can exceed it: at most twice for the median. `proven`: the
    signal's margin applies to it.
    """

    percent: float
    weight: float
    bets: tuple[float, ...]
    shares: tuple[float, ...]
    proven: bool = False

    @property
    def above(self) -> float:
        """Live's share of slower answers."""
        return 1 - self.percent / 100

    @property
    def called(self) -> str:
        """In a sentence."""
        return "median" if self.percent == 50 else f"{self.percent:g} % quantile"  # noqa: PLR2004


_USUAL = (1.25, 1.5, 2.0, 4.0)
QUANTILES = {
    f"latency@p{each.percent:g}": each
    for each in (
        Quantile(50, 2, (1.25, 1.5, 2.0), (4, 3, 1)),
        Quantile(75, 2, _USUAL, (6, 4, 2, 1)),
        Quantile(90, 1, _USUAL, (8, 8, 3, 1)),
        Quantile(95, 10, _USUAL, (8, 8, 3, 1), proven=True),
        Quantile(99, 3, _USUAL, (2, 5, 5, 2), proven=True),
        Quantile(99.9, 2, (1.5, 2.0, 4.0, 10.0), (2, 4, 4, 2)),
    )
}
"""By the names of their metrics. Half of the money is where an objective usually is."""


def known_quantiles(answers: float, found_ms: Mapping[str, float]) -> dict[str, float]:
    """The values in ms of the quantiles that so many answers of live tell, by their metrics."""
    return {
        name: found_ms[name]
        for name, quantile in QUANTILES.items()
        if found_ms.get(name, 0.0) > 0 and answers * quantile.above >= LEAST_ABOVE
    }


def quantile_limits(margin: float, slack: float) -> dict[str, Limit]:
    """What an answer above a quantile costs, and the margin that counts where it is proven.

    Of the highest quantiles the slack is at most a tenth of their share, or they would be blind.
    """
    return {
        name: Limit(_COST, margin, min(slack, quantile.above / 10), cold=None)
        for name, quantile in QUANTILES.items()
    }


def betting(metric: str, settings: JudgeSettings) -> JudgeSettings:
    """The settings with the bets that a metric is judged by."""
    quantile = QUANTILES.get(metric)
    if quantile is None:
        return settings
    return replace(settings, bets=quantile.bets, shares=quantile.shares)


class QuantileMove(NamedTuple):
    """A quantile as live and the candidate have it, in ms; None: above every known value."""

    called: str
    live: float | None
    candidate: float | None


def quantile_move(
    metric: str, seen: Mapping[str, Counts], values_ms: Mapping[str, float]
) -> QuantileMove:
    """One quantile of both variants, interpolated between the values that answers are counted by.

    These values are the least that can be told.
    """
    quantile = QUANTILES[metric]
    known = sorted((values_ms[name], seen[name]) for name in seen if name in values_ms)
    live = _interpolated(
        quantile.above, [(ms, _share(each.live_bad, each.live)) for ms, each in known]
    )
    candidate = _interpolated(
        quantile.above,
        [(TOLERATED * ms, _share(each.candidate_bad, each.candidate)) for ms, each in known],
    )
    return QuantileMove(quantile.called, live, candidate)


def _share(bad: float, requests: float) -> float:
    return bad / requests if requests else 0.0


def _interpolated(above: float, curve: Sequence[tuple[float, float]]) -> float | None:
    """The value that the share `above` exceeds: values between two that are known grow by
    factors, and shares fall by odds.
    """
    if curve[0][1] <= above:
        return curve[0][0]
    return next(_crossings(above, curve), None)


def _crossings(above: float, curve: Sequence[tuple[float, float]]) -> Iterator[float]:
    for (low, more), (high, less) in pairwise(curve):
        if less <= above < more:
            begin, end = _log_odds(more), _log_odds(less)
            yield low * (high / low) ** ((begin - _log_odds(above)) / (begin - end))


def _log_odds(share: float) -> float:
    inside = min(max(share, _LEAST), 1 - _LEAST)
    return math.log(inside / (1 - inside))
