"""What the benchmark judges with is the judge: numpy and engine agree on random histories."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.judge.ours import IDEALISED, ON_SAGEMAKER, Adaptive
from benchmarks.judge.releases import History
from benchmarks.judge.scenarios import METRICS, Array
from penstock.domain.judging.counts import Counts, Minute
from penstock.domain.judging.decision import next_move
from penstock.domain.judging.evidence_state import EvidenceState, begun, judged
from penstock.domain.judging.judge_settings import REFERENCE, JudgeSettings
from penstock.domain.judging.ramp import first_weight

CLUSTERS = JudgeSettings(phi=3.0, delta=0.002, rho=1.25, least=4)
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
    course = Adaptive(RELEASES, 600.0, settings, waits=True)
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
            if move.action in ("stay", "raise", "hold"):
                assert course.weight[release] == pytest.approx(move.weight, abs=1e-9)


def agree(course: Adaptive, trials: list[EvidenceState], settings: JudgeSettings) -> None:
    log_e = [state.log_e() for state in trials]
    harm = [t.metrics[name].harm_at_most(settings) for t in trials for name in METRICS]
    assert course.trials.log_e() == pytest.approx(log_e, rel=1e-9, abs=1e-9)
    assert course.trials.harm_at_most().ravel() == pytest.approx(harm, rel=1e-9, abs=1e-9)
