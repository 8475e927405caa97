"""Argo Rollouts: the documented background `success-rate` analysis over timed steps.

A measurement below the limit is Failed. The rollout aborts when the number of Failed measurements
*exceeds* three, that is, at the fourth. A success does not reduce that number. Without requests
the measurement is 0/0 = NaN, which is Failed.
"""

from dataclasses import dataclass, field

import numpy as np

from benchmarks.judge.releases import History, Mask, Rule, Whole
from benchmarks.judge.scenarios import Array, Rates
from benchmarks.judge.schedules import Detector, Steps, scheduled

DOCUMENTED: Steps = ((10, 0.2), (10, 0.4), (10, 0.6), (10, 0.8))
LIMITS: Rates = (0.05, 0.1)
"""At least 95 % of requests succeed, and at most 10 % are slow."""
INTERVAL = 5
LAST = 35
"""The ramp ends at minute 40, after which nothing is measured."""
FAILURE_LIMIT = 3


@dataclass
class Analysis:
    """The background analysis.

    `first` is the minute of the first measurement (10 with the documented `startingStep: 2`).
    `whole_service` measures stable and canary together, as the documented query does. One more
    measurement than `failures` ends the release.
    """

    releases: int
    limits: Rates = LIMITS
    first: int = INTERVAL
    window: int = INTERVAL
    whole_service: bool = False
    failures: int = FAILURE_LIMIT
    measured: list[Array] = field(init=False, default_factory=list)

    def alarmed(self, now: int, history: History, last: Whole) -> Mask:
        if self.first <= now <= LAST and now % INTERVAL == 0:
            self.measured.append(self._bad_share(history, last))
        alarmed: Mask = np.any(self.highest > np.array(self.limits), axis=1)
        return alarmed

    @property
    def highest(self) -> Array:
        """The highest limit that more measurements exceed than may fail."""
        if len(self.measured) <= self.failures:
            return np.full((self.releases, 2), -np.inf)
        highest: Array = np.sort(self.measured, axis=0)[-1 - self.failures]
        return highest

    def _bad_share(self, history: History, last: Whole) -> Array:
        """Return the share of bad requests. Without requests it exceeds every limit."""
        seen = history.window(last, self.window)
        bad, requests = seen.candidate_bad, seen.candidate[:, None]
        if self.whole_service:
            bad, requests = bad + seen.live_bad, requests + seen.live[:, None]
        share: Array = np.where(requests > 0, bad / np.where(requests > 0, requests, 1.0), np.inf)
        return share


def argo(
    limits: Rates = LIMITS,
    *,
    first: int = INTERVAL,
    window: int = INTERVAL,
    whole_service: bool = False,
) -> Rule:
    def detector(releases: int) -> Detector:
        return Analysis(releases, limits, first, window, whole_service)

    return scheduled(detector, DOCUMENTED)
