"""The fewest requests that any test needs (Wald's bound), and how many our judge needs."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from benchmarks.judge.ours import IDEALISED, Trials
from benchmarks.judge.releases import Minutes
from penstock.domain.judging.judge_settings import Cap, JudgeSettings

EFFECTS = ((0.001, 0.002), (0.001, 0.01), (0.001, 0.1), (0.01, 0.02), (0.05, 0.1), (0.05, 0.072))
WEIGHTS = (0.05, 0.5)
LOOKS = 25
"""The number of looks before the limit is reached, which is nearly continuous."""
RELEASES, SEED = 400, 711_002
MOST_LOOKS = 40 * LOOKS


class Need(NamedTuple):
    """The numbers of candidate requests until the rollback."""

    base: float
    bad: float
    weight: float
    limit: float
    ours: float

    @property
    def ratio(self) -> float:
        return self.ours / self.limit


def limit(p0: float, p1: float, weight: float, alpha: float = IDEALISED.alpha) -> float:
    """Return Wald's bound ln(1/alpha) / I(w), for a live rate that is unknown and may drift."""
    mixed = weight * p1 + (1 - weight) * p0
    share = weight * p1 / mixed
    kl = share * np.log(share / weight) + (1 - share) * np.log((1 - share) / (1 - weight))
    return float(np.log(1 / alpha) / (mixed * kl / weight))


def need(p0: float, p1: float, weight: float) -> Need:
    """Compute the need of the default settings for one metric, without the cap."""
    rng = np.random.default_rng(SEED)
    least = limit(p0, p1, weight)
    candidates = least / LOOKS
    settings = IDEALISED
    trials = Trials(RELEASES, _uncapped())
    threshold = -np.log(settings.alpha)
    needed = np.full(RELEASES, np.nan)
    everybody = np.ones(RELEASES, dtype=bool)
    for look in range(1, MOST_LOOKS + 1):
        trials.judge(_minute(rng, candidates, weight, p0, p1), everybody)
        crossed = np.isnan(needed) & (trials.log_e_each()[:, 0] > threshold)
        needed[crossed] = look * candidates
        if not np.isnan(needed).any():
            break
    return Need(p0, p1, weight, least, float(np.nanmean(needed)))


def _uncapped() -> JudgeSettings:
    return replace(IDEALISED, cap=Cap(np.inf), thin=0.0)


def _minute(
    rng: np.random.Generator, candidates: float, weight: float, p0: float, p1: float
) -> Minutes:
    live = candidates * (1 - weight) / weight
    flat = np.ones(RELEASES)
    bad, live_bad = rng.poisson(candidates * p1, RELEASES), rng.poisson(live * p0, RELEASES)
    zero = np.zeros(RELEASES)
    return Minutes(
        flat * live,
        np.stack([live_bad.astype(float), zero], axis=1),
        flat * candidates,
        np.stack([bad.astype(float), zero], axis=1),
        flat * weight,
    )
