"""A CloudWatch alarm under SageMaker deployment guardrails: one absolute number, no baseline.

ALARM needs M breaching points among the last N minutes of the new fleet; a minute without requests
breaches nothing.
"""

from dataclasses import dataclass

import numpy as np

from benchmarks.judge.releases import History, Mask, Minutes, Rule, Whole
from benchmarks.judge.scenarios import Array, Rates
from benchmarks.judge.schedules import Detector, Steps, scheduled

GUARDRAIL: Steps = ((10, 0.1), (10, 1.0))
"""Canary 10 %, then everybody, a bake after each."""
LIMITS: Rates = (0.01, 0.1)
"""5xx above 1 %, slow above 10 %. The examples AWS prints either fire on the first error or never
(an average above 1 of a metric that is 0 or 1); this is the sensible one nobody printed."""


@dataclass
class Alarm:
    """M of N one-minute points above the limit, of any metric.

    `whole_endpoint` blends both fleets, as most published examples do; `sums` compares the number
    of bad requests instead of their share.
    """

    limits: Rates = LIMITS
    needed: int = 2
    periods: int = 3
    whole_endpoint: bool = False
    sums: bool = False

    def alarmed(self, now: int, history: History, last: Whole) -> Mask:
        points = [history.minute(last - back) for back in range(self.periods)]
        breaching = np.sum([self._breaches(point) for point in points], axis=0)
        alarmed: Mask = np.any(breaching >= self.needed, axis=1)
        return alarmed

    def _breaches(self, minute: Minutes) -> Mask:
        bad, requests = minute.candidate_bad, minute.candidate[:, None]
        if self.whole_endpoint:
            bad, requests = bad + minute.live_bad, requests + minute.live[:, None]
        value = bad if self.sums else share(bad, requests)
        breaches: Mask = (requests > 0) & (value > np.array(self.limits))
        return breaches


def share(bad: Array, requests: Array) -> Array:
    """bad / requests, 0 without requests."""
    return bad / np.maximum(requests, 1e-12)


def alarm(limits: Rates = LIMITS, needed: int = 2, periods: int = 3) -> Rule:
    def detector(releases: int) -> Detector:
        return Alarm(limits, needed, periods)

    return scheduled(detector, GUARDRAIL)
