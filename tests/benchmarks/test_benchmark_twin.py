"""What the benchmark judges with is the judge: numpy and engine agree on random histories."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.judge.ours import AS_RELEASED, IDEALISED, ON_SAGEMAKER, Adaptive, Practice
from benchmarks.judge.releases import ONE_MINUTE, Course, History, Mask, Whole, play
from benchmarks.judge.scenarios import METRICS, Array, Scenario
from penstock.domain.judging.assessment import HarmEvidence
from penstock.domain.judging.counts import Counts, Minute
from penstock.domain.judging.decision import next_move
from penstock.domain.judging.evidence_state import EvidenceState, begun, judged
from penstock.domain.judging.judge_settings import REFERENCE, JudgeSettings, Limit
from penstock.domain.judging.ramp import first_weight
from penstock.domain.judging.walk import Walk, ramp

CLUSTERS = JudgeSettings(phi=3.0, limits={"errors": Limit(1, 0.005, 0.002)}, rho=1.25, least=4)
RELEASES, MINUTES = 12, 40


def minute_of(history: History, release: int, number: int) -> Minute:
    at = (release, number - 1)
    counts = {
        name: Counts(
            history.live[at],
            history.live_bad[(*at, k)],
            history.candidate[at],
            history.candidate_bad[(*at, k)],
        )
        for k, name in enumerate(METRICS)
    }
    return Minute(number, float(history.weight[at]), counts)


def happen(history: History, number: int, weight: Array, rng: np.random.Generator) -> None:
    """Anything: busy and idle minutes, fractions, healthy and hopeless candidates."""
    at = number - 1
    total = rng.choice([0.0, 3.0, 60.0, 900.0, 7000.0], RELEASES) * rng.uniform(0.5, 1, RELEASES)
    history.weight[:, at] = weight
    history.candidate[:, at] = np.round(total * weight, 1)
    history.live[:, at] = total - history.candidate[:, at]
    worse = np.where(np.arange(RELEASES) % 3, 1.0, 3.0)[:, None]
    rate = rng.beta(0.3, 12.0, (RELEASES, 2))
    history.live_bad[:, at] = np.round(history.live[:, at, None] * rate, 2)
    bad = history.candidate[:, at, None] * np.minimum(1, rate * worse)
    history.candidate_bad[:, at] = np.minimum(np.round(bad, 2), history.candidate[:, at, None])


@pytest.mark.parametrize(
    "settings",
    [IDEALISED, ON_SAGEMAKER, REFERENCE, CLUSTERS],
    ids=["idealised", "sagemaker", "reference", "clusters"],
)
def test_evidence_harm_and_shares_agree_with_the_engine(settings: JudgeSettings) -> None:
    settings = replace(settings, warm_up=0)
    rng = np.random.default_rng(5)
    history = History.empty(RELEASES, MINUTES)
    course = Adaptive(RELEASES, 600.0, settings, Practice(waits=True))
    trials = [begun(METRICS, settings)] * RELEASES
    assert course.weight == pytest.approx([first_weight(600.0, METRICS, settings)] * RELEASES)
    for number in range(1, MINUTES + 1):
        weights = course.weight.copy()
        course.since_move[:] = 0  # the engine decides at every look
        happen(history, number, weights, rng)
        back, promoted = course.look(number, history, np.full(RELEASES, number))
        trials = [
            judged(state, minute_of(history, release, number), settings)
            for release, state in enumerate(trials)
        ]
        agree(course, trials, settings)
        for release, state in enumerate(trials):
            move = next_move(state, settings, float(weights[release]), number)
            assert back[release] == (move.action == "roll_back")
            if number < settings.deadline:
                assert promoted[release] == (move.action == "promote")
            if move.action in ("stay", "raise", "lower", "hold"):
                assert course.weight[release] == pytest.approx(move.weight, abs=1e-9)


def test_a_minute_that_a_move_touches_says_only_how_much_traffic_there_is() -> None:
    """The engine sees the same minutes, one look later; of a touched one it has no weight."""
    settings = replace(ON_SAGEMAKER, warm_up=0)
    rng = np.random.default_rng(6)
    history = History.empty(RELEASES, MINUTES)
    course = Adaptive(RELEASES, 600.0, settings, AS_RELEASED)
    trials = [begun(METRICS, settings)] * RELEASES
    moves, touched = 0, 0
    for number in range(1, MINUTES + 1):
        happen(history, number, course.weight, rng)
        before, moving = course.target, course.moving > 1
        course.look(number, history, np.full(RELEASES, number))
        moves += int(np.sum(course.target != before))
        assert not (moving & (course.target != before)).any()
        for release in range(RELEASES if number > 1 else 0):
            minute = minute_of(history, release, number - 1)
            if not course.steady[number - 1][release]:
                minute = minute._replace(weight=None)
            trials[release] = judged(trials[release], minute, settings)
        agree(course, trials, settings)
        touched += int(np.sum(~course.steady[-1]))
    traffic = [t.metrics[METRICS[0]].requests_per_minute() for t in trials]
    assert course.trials.traffic == pytest.approx(traffic, rel=1e-9)
    assert moves > RELEASES
    assert moves < touched <= 3 * moves


def test_a_move_takes_more_than_a_minute_and_the_old_share_serves_on_at_first() -> None:
    seen: list[tuple[float, bool]] = []

    class Watched(Adaptive):
        def look(self, now: int, history: History, last: Whole) -> tuple[Mask, Mask]:
            result = super().look(now, history, last)
            seen.append((float(self.weight[0]), bool(self.steady[-1][0])))
            return result

    def begin(releases: int, requests: float) -> Course:
        return Watched(releases, requests, ON_SAGEMAKER, AS_RELEASED)

    play(begin, Scenario("plain", 6000.0), releases=1, seed=8, lag=ONE_MINUTE)
    first = next(at for at, (_, steady) in enumerate(seen) if not steady)
    (old, _), (served, _), (new, steady), (after, again) = seen[first - 1 : first + 3]
    assert served == old
    assert (steady, again) == (False, True)
    assert after == new > old


@pytest.mark.parametrize("least", [200, 3000])
def test_a_promotion_waits_for_requests_at_the_present_share_as_in_the_engine(least: int) -> None:
    settings = replace(ON_SAGEMAKER, warm_up=0)
    walks = [_walk(settings, least) for _ in range(RELEASES)]
    running = [True] * RELEASES

    class Beside(Adaptive):
        def look(self, now: int, history: History, last: Whole) -> tuple[Mask, Mask]:
            self.since_move[:] = 0  # the engine decides at every look
            weights = self.weight.copy()
            back, promoted = super().look(now, history, last + 1)
            for release, walk in enumerate(walks):
                if not running[release]:
                    continue
                step = walk.look(float(weights[release]), now, minute_of(history, release, now))
                assert promoted[release] == (step.action == "promote")
                assert back[release] == (step.action == "roll_back")
                running[release] = not (promoted[release] or back[release])
                if running[release]:
                    assert self.weight[release] == pytest.approx(step.weight, abs=1e-9)
            return back, promoted

    def begin(releases: int, requests: float) -> Course:
        return Beside(releases, requests, settings, Practice(min_requests=least, waits=True))

    play(begin, Scenario("plain", 600.0), releases=RELEASES, seed=9, lag=ONE_MINUTE)
    assert sum(running) < RELEASES


def _walk(settings: JudgeSettings, least: int) -> Walk:
    (leg,) = ramp(settings, first_weight(600.0, METRICS, settings))
    rules = leg.rules.model_copy(update={"min_requests": least})
    return Walk([leg._replace(rules=rules)], HarmEvidence(begun(METRICS, settings), settings), 1)


def agree(course: Adaptive, trials: list[EvidenceState], settings: JudgeSettings) -> None:
    log_e = [state.log_e() for state in trials]
    harm = [t.metrics[name].harm_at_most(settings) for t in trials for name in METRICS]
    assert course.trials.log_e() == pytest.approx(log_e, rel=1e-9, abs=1e-9)
    assert course.trials.harm_at_most().ravel() == pytest.approx(harm, rel=1e-9, abs=1e-9)
