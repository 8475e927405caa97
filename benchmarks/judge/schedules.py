"""Fixed ramps with a number of minutes at each weight, which only a detector can end early."""

from collections.abc import Callable
from typing import Protocol

import numpy as np

from benchmarks.judge.releases import Course, History, Mask, Rule, Whole
from benchmarks.judge.scenarios import Array

Steps = tuple[tuple[int, float], ...]
"""Pairs of (minutes, weight), in order."""

ONE_FOR_ALL: Steps = ((10, 0.05), (10, 0.25), (10, 0.5))
MISSED = 30
"""The minutes at 100 % that a missed regression counts as, on the common schedule."""


class Detector(Protocol):
    def alarmed(self, now: int, history: History, last: Whole) -> Mask:
        """Return the releases that would be rolled back at the end of minute `now`."""
        ...


class Ranked(Detector, Protocol):
    """A detector that is alarmed where a number of a metric exceeds the metric's limit."""

    @property
    def highest(self) -> Array:
        """The highest limit that each release has exceeded so far, per metric."""
        ...


class Scheduled:
    """A detector on a fixed ramp. A release is promoted at the end of the ramp."""

    def __init__(self, releases: int, detector: Detector, steps: Steps) -> None:
        self.weights = np.concatenate([np.full(minutes, weight) for minutes, weight in steps])
        self.detector = detector
        self.weight: Array = np.full(releases, self.weights[0])

    def look(self, now: int, history: History, last: Whole) -> tuple[Mask, Mask]:
        back = self.detector.alarmed(now, history, last)
        over = now >= len(self.weights)
        if not over:
            self.weight = np.full(len(back), self.weights[now])
        return back, np.full(len(back), over)


def scheduled(detector: Callable[[int], Detector], steps: Steps) -> Rule:
    def begin(releases: int, requests: float) -> Course:
        return Scheduled(releases, detector(releases), steps)

    return begin
