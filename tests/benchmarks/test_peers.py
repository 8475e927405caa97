"""Flagger, Argo, the alarm and Kayenta on their own schedules: a table known beforehand.

Shares of rollbacks and their median minute, from an independent simulation of 300 releases a cell
(60 to 100 for Kayenta): errors only, fixed request counts, no lag, the regression from minute 1.
"""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.judge.calibration import NEVER
from benchmarks.judge.peers.alarm import Alarm
from benchmarks.judge.peers.argo import argo
from benchmarks.judge.peers.flagger import flagger
from benchmarks.judge.peers.kayenta import Judge
from benchmarks.judge.releases import History, Lag, Rule, play
from benchmarks.judge.scenarios import Scenario
from benchmarks.judge.schedules import scheduled

RELEASES = 300
NO_LAG = Lag(0, 0)
PUBLISHED = ((5, 0.1), (2, 1.0))
FLAGGER = flagger((0.01, NEVER), threshold=10, step=0.05)
TUTORIAL = flagger((0.01, NEVER), threshold=5, step=0.1)
ARGO = argo((0.05, NEVER), first=10, window=1)
WHOLE_SERVICE = argo((0.05, NEVER), first=10, window=1, whole_service=True)
RATIO = scheduled(lambda _: Alarm((0.01, NEVER), needed=2, periods=2), PUBLISHED)
ANY_ERROR = scheduled(
    lambda _: Alarm((0, NEVER), needed=1, periods=1, sums=True),
    PUBLISHED,
)
KAYENTA = scheduled(lambda _: Judge(15, metrics=1), ((60, 0.5),))


def scenario(requests: float, base: float, candidate: float) -> Scenario:
    return Scenario("", requests, (base, 0.0), (candidate, 0.0))


@pytest.mark.parametrize(
    ("rule", "requests", "base", "candidate", "share", "minute"),
    [
        pytest.param(FLAGGER, 60, 0.06, 0.06, 0.93, 18, id="flagger-shared-incident"),
        pytest.param(FLAGGER, 60, 0.005, 0.05, 0.75, 19, id="flagger-weak"),
        pytest.param(FLAGGER, 600, 0.005, 0.01, 0.28, 19, id="flagger-at-its-bar"),
        pytest.param(TUTORIAL, 600, 0.005, 0.01, 0.41, 9, id="tutorial-at-its-bar"),
        pytest.param(TUTORIAL, 60, 0.005, 0.2, 1.0, 7, id="tutorial-strong"),
        pytest.param(ARGO, 60, 0.005, 0.05, 0.25, 30, id="argo-weak"),
        pytest.param(ARGO, 600, 0.06, 0.06, 0.84, 30, id="argo-shared-incident"),
        pytest.param(ARGO, 600, 0.005, 0.2, 1.0, 25, id="argo-strong"),
        pytest.param(WHOLE_SERVICE, 600, 0.005, 0.05, 0.0, None, id="argo-whole-service-misses"),
        pytest.param(WHOLE_SERVICE, 60, 0.005, 0.2, 0.93, 30, id="argo-whole-service"),
        pytest.param(ANY_ERROR, 60, 0.005, 0.005, 0.54, 6, id="any-error-alarm-on-nothing"),
        pytest.param(RATIO, 60, 0.005, 0.01, 0.19, 7, id="ratio-weak"),
        pytest.param(RATIO, 600, 0.005, 0.005, 0.17, 3, id="ratio-on-nothing"),
    ],
)
def test_a_rule_rolls_back_as_often_and_as_soon_as_is_known(
    rule: Rule, requests: float, base: float, candidate: float, share: float, minute: int | None
) -> None:
    case = scenario(requests, base, candidate)
    found = play(rule, case, releases=RELEASES, seed=1, lag=NO_LAG, minutes=60, exact=True)
    assert found.rollback_share == pytest.approx(share, abs=0.085)
    if minute is not None:
        assert np.nanmedian(found.rolled_back) == pytest.approx(minute, abs=1)


@pytest.mark.parametrize(
    ("requests", "base", "candidate", "share", "minute"),
    [
        pytest.param(60, 0.06, 0.06, 0.01, None, id="shared-incident"),
        pytest.param(60, 0.005, 0.05, 0.44, 60, id="few-requests"),
        pytest.param(600, 0.005, 0.02, 0.52, 45, id="weak"),
        pytest.param(600, 0.005, 0.2, 1.0, 15, id="strong"),
    ],
)
def test_kayenta_beside_a_baseline_of_its_size(
    requests: float, base: float, candidate: float, share: float, minute: int | None
) -> None:
    """10 % of the requests for each of the two."""
    case = replace(scenario(requests, base, candidate), requests=0.2 * requests)
    found = play(KAYENTA, case, releases=100, seed=2, lag=NO_LAG, minutes=60, exact=True)
    assert found.rollback_share == pytest.approx(share, abs=0.14)
    if minute is not None:
        assert np.nanmedian(found.rolled_back) == pytest.approx(minute, abs=15)


@pytest.mark.parametrize(("rule", "earliest"), [(FLAGGER, 11), (TUTORIAL, 6), (ARGO, 25)])
def test_nobody_is_quicker_than_the_rule_allows(rule: Rule, earliest: int) -> None:
    dead = scenario(6000, 0.0, 1.0)
    found = play(rule, dead, releases=5, seed=3, lag=NO_LAG, minutes=60)
    assert found.rolled_back.tolist() == [earliest] * 5


def test_a_rollout_without_traffic_fails_or_passes_as_each_rule_says() -> None:
    silent = Scenario("", 0.0)
    ends = {
        name: play(rule, silent, releases=2, seed=4, lag=NO_LAG, minutes=60).rollback_share
        for name, rule in {"flagger": FLAGGER, "argo": ARGO, "alarm": RATIO}.items()
    }
    assert ends == {"flagger": 1.0, "argo": 1.0, "alarm": 0.0}


def test_a_minute_before_the_first_holds_nothing() -> None:
    history = History.empty(2, 3)
    history.candidate[:, 0] = 7
    assert history.minute(np.array([0, 1])).candidate.tolist() == [0, 7]
    assert history.window(np.array([1, 2]), 5).candidate.tolist() == [7, 7]
