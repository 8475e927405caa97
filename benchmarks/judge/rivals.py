"""The four rivals and our judge, on the same schedule and on their own ramps, fitted or not."""

from collections.abc import Callable
from functools import cache
from typing import NamedTuple

from benchmarks.judge.calibration import Fixed, fitted, fitted_level, fitted_limits
from benchmarks.judge.ours import (
    AS_RELEASED,
    AT_WILL,
    IDEALISED,
    ON_SAGEMAKER,
    Practice,
    evidence,
    ours,
)
from benchmarks.judge.peers.alarm import GUARDRAIL, Alarm
from benchmarks.judge.peers.alarm import LIMITS as ALARM_LIMITS
from benchmarks.judge.peers.argo import DOCUMENTED, FAILURE_LIMIT, Analysis
from benchmarks.judge.peers.argo import LIMITS as ARGO_LIMITS
from benchmarks.judge.peers.flagger import LIMITS as FLAGGER_LIMITS
from benchmarks.judge.peers.flagger import Checks, flagger
from benchmarks.judge.peers.kayenta import CRITICAL, Judge, kayenta
from benchmarks.judge.releases import ONE_MINUTE, Lag, Rule
from benchmarks.judge.scenarios import Rates, harmless, regressions
from benchmarks.judge.schedules import ONE_FOR_ALL, Detector, Steps, scheduled
from penstock.domain.judging.judge_settings import JudgeSettings

OURS = "ours"
OURS_FITTED = "ours fitted"
PEERS = ("alarm", "flagger", "argo", "kayenta")
KAYENTA_INTERVAL = 5
"""The minutes between its looks on the common schedule. On its own ramp it looks every ten."""

Rules = dict[str, Rule]


class Mode(NamedTuple):
    """When minutes are complete, for all rules, and how our judge releases."""

    name: str
    lag: Lag
    settings: JudgeSettings
    practice: Practice

    def ours(self) -> Rule:
        return ours(self.settings, self.practice)

    def ours_alone(self, threshold: float | None = None) -> Rule:
        settings, looks = self.settings, self.practice.looks
        return _alone(lambda releases: evidence(releases, settings, threshold, looks=looks))


MODES = {
    mode.name: mode
    for mode in (
        Mode("idealised", ONE_MINUTE, IDEALISED, AT_WILL),
        Mode("as on SageMaker", Lag(2, 3), ON_SAGEMAKER, AS_RELEASED),
    )
}


def alarm_on(steps: Steps, needed: int = 2, periods: int = 3) -> Fixed:
    return Fixed(lambda _, limits: Alarm(limits, needed, periods), steps)


def argo_on(steps: Steps, failures: int = FAILURE_LIMIT) -> Fixed:
    return Fixed(lambda releases, limits: Analysis(releases, limits, failures=failures), steps)


def alarms(steps: Steps) -> list[Fixed]:
    """Return alarms at one of one, two of three and three of five datapoints."""
    return [alarm_on(steps, *counts) for counts in ((1, 1), (2, 3), (3, 5))]


def analyses(steps: Steps) -> list[Fixed]:
    """Return analyses that end at the third, the fourth and the fifth failed measurement."""
    return [argo_on(steps, failures) for failures in (2, FAILURE_LIMIT, 4)]


def _alone(make: Callable[[int], Detector]) -> Rule:
    return scheduled(make, ONE_FOR_ALL)


def flagger_alone(limits: Rates = FLAGGER_LIMITS) -> Rule:
    return _alone(lambda releases: Checks(releases, limits))


def kayenta_alone(critical: float = CRITICAL) -> Rule:
    return _alone(lambda _: Judge(KAYENTA_INTERVAL, critical))


def by_default(mode: Mode) -> Rules:
    """Return all rules as shipped, on the same schedule."""
    return {
        "alarm 1/1": alarm_on(ONE_FOR_ALL, needed=1, periods=1).rule(ALARM_LIMITS),
        "alarm": alarm_on(ONE_FOR_ALL).rule(ALARM_LIMITS),
        "flagger": flagger_alone(),
        "argo": argo_on(ONE_FOR_ALL).rule(ARGO_LIMITS),
        "kayenta": kayenta_alone(),
        OURS: mode.ours_alone(),
    }


@cache
def fitted_alone(mode_name: str, requests: float, base: Rates) -> Rules:
    """Return all rules fitted on the same schedule, and our judge as shipped, too."""
    mode, cases = MODES[mode_name], harmless(requests, base)
    bad, lag = regressions(requests, base), mode.lag
    critical = fitted_level(kayenta_alone, cases, lag, 1.8, 6.0)
    threshold = fitted_level(mode.ours_alone, cases, lag, 0.5, 5.0)
    return {
        "alarm": fitted(alarms(ONE_FOR_ALL), cases, bad, lag),
        "flagger": flagger_alone(fitted_limits(flagger_alone, cases, lag)),
        "argo": fitted(analyses(ONE_FOR_ALL), cases, bad, lag),
        "kayenta": kayenta_alone(critical),
        OURS_FITTED: mode.ours_alone(threshold),
        OURS: mode.ours_alone(),
    }


@cache
def fitted_own_ramps(mode_name: str, requests: float, base: Rates) -> Rules:
    """Return all rules on their own ramps. Kayenta and our judge are as shipped."""
    mode, cases = MODES[mode_name], harmless(requests, base)
    bad, lag = regressions(requests, base), mode.lag
    return {
        "alarm": fitted(alarms(GUARDRAIL), cases, bad, lag),
        "flagger": flagger(fitted_limits(flagger, cases, lag)),
        "argo": fitted(analyses(DOCUMENTED), cases, bad, lag),
        "kayenta": kayenta(),
        OURS: mode.ours(),
    }
