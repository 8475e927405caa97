"""Flagger: absolute limits on the canary, checked at every tick.

A passed check raises the weight by one step, and a failed check holds it. T failed checks in the
whole rollout end it, at the tick after the last of them. Without requests in the window, the check
fails.
"""

from dataclasses import dataclass, field

import numpy as np

from benchmarks.judge.peers.alarm import share
from benchmarks.judge.releases import Course, History, Mask, Rule, Whole
from benchmarks.judge.scenarios import Array, Rates

LIMITS: Rates = (0.01, 0.1)
"""At least 99 % of requests succeed. Its check of a quantile is modelled as at most 10 % slow."""


@dataclass
class Checks:
    """Counts the failed checks. It is used alone on a fixed ramp."""

    releases: int
    limits: Rates = LIMITS
    threshold: int = 5
    failed: Array = field(init=False)

    def __post_init__(self) -> None:
        self.failed = np.zeros(self.releases)

    def alarmed(self, now: int, history: History, last: Whole) -> Mask:
        enough: Mask = self.failed >= self.threshold  # evaluated before this tick's own check
        self.failed += ~self.passes(history, last) & (last >= 1)
        return enough

    def passes(self, history: History, last: Whole) -> Mask:
        minute = history.minute(last)
        requests = minute.candidate[:, None]
        fails = (share(minute.candidate_bad, requests) > np.array(self.limits)) | (requests == 0)
        passes: Mask = ~fails.any(axis=1)
        return passes


class Stepwise:
    """Its own ramp: each passed check raises the weight, and one at the top promotes."""

    def __init__(self, checks: Checks, step: float, top: float) -> None:
        self.checks, self.step, self.top = checks, step, top
        self.weight: Array = np.full(checks.releases, step)

    def look(self, now: int, history: History, last: Whole) -> tuple[Mask, Mask]:
        before = self.checks.failed.copy()
        back = self.checks.alarmed(now, history, last)
        passed = (self.checks.failed == before) & (last >= 1) & ~back
        promoted: Mask = passed & (self.weight >= self.top - 1e-9)
        self.weight = np.where(passed, np.minimum(self.weight + self.step, self.top), self.weight)
        return back, promoted


def flagger(
    limits: Rates = LIMITS, threshold: int = 5, step: float = 0.1, top: float = 0.5
) -> Rule:
    def begin(releases: int, requests: float) -> Course:
        return Stepwise(Checks(releases, limits, threshold), step, top)

    return begin
