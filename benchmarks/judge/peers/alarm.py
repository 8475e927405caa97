"""A CloudWatch alarm in SageMaker deployment guardrails: an absolute limit without a baseline.

The alarm fires at M breaching datapoints in the last N minutes of the new fleet. A minute without
requests does not breach.
"""

from dataclasses import dataclass, field

import numpy as np

from benchmarks.judge.releases import History, Mask, Minutes, Rule, Whole
from benchmarks.judge.scenarios import Array, Rates
from benchmarks.judge.schedules import Detector, Steps, scheduled

GUARDRAIL: Steps = ((10, 0.1), (10, 1.0))
"""A canary of 10 %, then all traffic, each with a bake time."""
LIMITS: Rates = (0.01, 0.1)
"""The limits are 1 % of 5xx errors and 10 % of slow requests. AWS's examples either fire on the
first error or never (an average above 1 of a metric that is 0 or 1). These limits are a sensible
choice of our own."""


@dataclass
class Alarm:
    """Fires when M of N one-minute datapoints of any metric are above its limit.

    `whole_endpoint` measures both fleets together, as most published examples do. `sums` compares
    the number of bad requests instead of their share.
    """

    limits: Rates = LIMITS
    needed: int = 2
    periods: int = 3
    whole_endpoint: bool = False
    sums: bool = False
    highest: Array = field(init=False, default_factory=lambda: np.full((1, 1), -np.inf))

    def alarmed(self, now: int, history: History, last: Whole) -> Mask:
        points = [self._point(history.minute(last - back)) for back in range(self.periods)]
        self.highest = np.maximum(self.highest, np.sort(points, axis=0)[-self.needed])
        alarmed: Mask = np.any(self.highest > np.array(self.limits), axis=1)
        return alarmed

    def _point(self, minute: Minutes) -> Array:
        """Return the datapoint of one minute. One without requests exceeds no limit."""
        bad, requests = minute.candidate_bad, minute.candidate[:, None]
        if self.whole_endpoint:
            bad, requests = bad + minute.live_bad, requests + minute.live[:, None]
        value = bad if self.sums else share(bad, requests)
        point: Array = np.where(requests > 0, value, -np.inf)
        return point


def share(bad: Array, requests: Array) -> Array:
    """Return bad / requests, or 0 without requests."""
    return bad / np.maximum(requests, 1e-12)


def alarm(limits: Rates = LIMITS, needed: int = 2, periods: int = 3) -> Rule:
    def detector(releases: int) -> Detector:
        return Alarm(limits, needed, periods)

    return scheduled(detector, GUARDRAIL)
