"""The rivals' limits are the lowest that keep false rollbacks rare."""

import numpy as np
import pytest

from benchmarks.judge.calibration import Fixed, fitted, pairs
from benchmarks.judge.peers.alarm import GUARDRAIL
from benchmarks.judge.peers.argo import DOCUMENTED
from benchmarks.judge.releases import ONE_MINUTE, play
from benchmarks.judge.rivals import alarm_on, argo_on
from benchmarks.judge.scenarios import Scenario, harmless, regressions

RELEASES, SHARE = 500, 0.01
FIXED = [
    pytest.param(argo_on(DOCUMENTED), id="argo"),
    pytest.param(argo_on(DOCUMENTED, failures=2), id="argo-at-the-third"),
    pytest.param(alarm_on(GUARDRAIL), id="alarm"),
    pytest.param(alarm_on(GUARDRAIL, 1, 1), id="alarm-at-the-first"),
]


def test_no_limit_of_a_pair_can_be_lowered() -> None:
    rng = np.random.default_rng(3)
    cases = [rng.integers(0, 60, (RELEASES, 2)) / 100 for _ in range(3)]

    def ended(first: float, second: float) -> float:
        return max(float(np.mean(np.any(case > (first, second), axis=1))) for case in cases)

    found = pairs(cases, 0.05)
    assert len(found) > 1
    for first, second in found:
        assert ended(first, second) <= 0.05
        assert ended(first, second - 0.01) > 0.05
    firsts, seconds = zip(*found, strict=True)
    assert list(firsts) == sorted(firsts, reverse=True)
    assert list(seconds) == sorted(seconds)


@pytest.mark.parametrize("fixed", FIXED)
def test_a_rule_ends_the_releases_that_exceed_its_limits(fixed: Fixed) -> None:
    case = Scenario("plain", 600.0, bad=(0.004, 0.07))
    exceeded = fixed.exceeded(case, ONE_MINUTE)
    limits = float(np.median(exceeded[:, 0])), float(np.quantile(exceeded[:, 1], 0.7))
    share = float(np.mean(np.any(exceeded > limits, axis=1)))
    ended = play(fixed.rule(limits), case, releases=2_000, seed=4).rollback_share
    assert ended == pytest.approx(share, abs=0.06)
    assert 0.4 < share < 0.8


def test_a_fitted_rule_is_as_good_as_each_of_its_variants() -> None:
    cases, bad = harmless(60.0)[:2], regressions(60.0)[2:6]
    variants = [argo_on(DOCUMENTED, failures) for failures in (1, 3)]
    rule = fitted(variants, cases, bad, ONE_MINUTE)
    for case in cases:
        assert play(rule, case, releases=1_000, seed=5).rollback_share <= 2 * SHARE
    found = [play(rule, case, releases=300, seed=6).bad.mean() for case in bad]
    for variant in variants:
        alone = fitted([variant], cases, bad, ONE_MINUTE)
        others = [play(alone, case, releases=300, seed=6).bad.mean() for case in bad]
        assert np.mean(np.log(found)) <= np.mean(np.log(others)) + 0.02
