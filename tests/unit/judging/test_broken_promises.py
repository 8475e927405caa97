"""What once broke a promise of the judge, each as the smallest input that shows it."""

from collections.abc import Iterable

import numpy as np
import pytest

from penstock.domain.judging.assessment import HarmEvidence
from penstock.domain.judging.comparison import Comparison, opened
from penstock.domain.judging.counts import Counts, Minute
from penstock.domain.judging.decision import next_move
from penstock.domain.judging.evidence_state import EvidenceState, begun, judged
from penstock.domain.judging.judge_settings import JudgeSettings
from penstock.domain.judging.ramp import first_weight, next_weight
from penstock.domain.judging.readings import READ_AFTER, Datapoints, Reading
from penstock.domain.judging.simulated_release import simulate
from penstock.domain.judging.walk import ramp
from penstock.domain.planning.comparison_settings import settings_of
from penstock.domain.policy.judge import JudgeSection, Slacks

SHIPPED = settings_of(JudgeSection(signals=("errors", "latency"), latency_objective_ms=200))
MINUTE = 60_000


def after(
    minutes: Iterable[Counts], weight: float, settings: JudgeSettings = SHIPPED
) -> EvidenceState:
    state = begun(["latency"], settings)
    for number, counts in enumerate(minutes):
        state = judged(state, Minute(number, weight, {"latency": counts}), settings)
    return state


def test_fractions_of_slow_answers_are_not_rounded_away() -> None:
    """1.1 of 30 against 2.9 of 30: rounded to 2 and 2, nothing was ever seen."""
    fractions = Counts(30, 1.1, 30, 2.9)
    state = after([fractions] * 60, 0.5)
    assert state.log_e() > -np.log(SHIPPED.alpha)
    assert state.metrics["latency"].seen.candidate_bad == pytest.approx(60 * 2.9)


def test_the_bound_on_harm_holds_for_fractions() -> None:
    """What a bucket that is cut by the objective shows: a part of each of its requests."""
    rng = np.random.default_rng(810_002)
    wrong, part = 0, 0.4
    for _ in range(150):
        minutes = []
        for _ in range(120):
            slow = rng.binomial(30, [0.02, 0.02]) + part * rng.binomial(30, [0.03, 0.03])
            minutes.append(Counts(30, min(30, slow[0]), 30, min(30, slow[1])))
        wrong += after(minutes, 0.5).metrics["latency"].harm_at_most(SHIPPED) < 0
    assert wrong / 150 <= 0.05 + 2.33 * (0.05 * 0.95 / 150) ** 0.5


LATE_BY = 4


def heard(late_by: int) -> Comparison:
    """An hour at 5 % of 600 requests a minute; the candidate is dead, and its data are late."""
    found = opened(["errors"], SHIPPED, 0, 0).at_share(0, 5)
    for now in range(3, 60):
        end = max(found.next_minute, now - READ_AFTER)
        read = [
            Reading(
                number,
                {
                    "errors": Datapoints(570, 1, 30, 30)
                    if number + late_by < now
                    else Datapoints(570, 1)
                },
            )
            for number in range(found.next_minute, end)
        ]
        evidence = HarmEvidence(found.state, SHIPPED)
        found = found.with_readings(read, evidence, now * MINUTE, sure_after=5)
    return found


@pytest.mark.parametrize("late_by", range(LATE_BY + 1))
def test_a_candidate_whose_data_come_later_than_those_of_live_is_heard(late_by: int) -> None:
    """Two looks that agree on its absence were "sure", and an hour of failures was none."""
    assert heard(late_by).state.log_e() > -np.log(SHIPPED.alpha)


@pytest.mark.parametrize("requests_per_minute", [6000, 60_000])
def test_a_dead_candidate_costs_a_busy_endpoint_no_more_than_sixty_requests(
    requests_per_minute: float,
) -> None:
    rng = np.random.default_rng(840_002)
    metrics = ["errors", "latency"]
    first = first_weight(requests_per_minute, metrics, SHIPPED)

    def serve(weight: float) -> dict[str, Counts]:
        total, candidate = (
            rng.poisson(requests_per_minute),
            rng.poisson(requests_per_minute * weight),
        )
        live = max(0, total - candidate)
        return {
            "errors": Counts(live, rng.binomial(live, 0.001), candidate, candidate),
            "latency": Counts(live, rng.binomial(live, 0.05), 0, 0),
        }

    cost = []
    for _ in range(40):
        course = simulate(metrics, SHIPPED, ramp(SHIPPED, first), serve)
        assert course.action == "roll_back"
        cost.append(course.served["errors"].candidate)
    assert np.mean(cost) <= 60


def test_the_share_falls_when_the_traffic_surges_and_the_candidate_is_no_better_than_feared() -> (
    None
):
    """The budget is for the present traffic, and not for the mean of the release."""
    calm, worse = Counts(300, 15, 300, 15), Counts(300, 15, 300, 21)
    surge = Counts(*(100 * count for count in worse))
    assert next_weight(after([*[calm] * 30, worse], 0.5), SHIPPED, 0.5) == 0.5
    now = after([*[calm] * 30, surge], 0.5)
    assert now.log_e() < -np.log(SHIPPED.alpha)
    assert next_weight(now, SHIPPED, 0.5) <= 0.25
    assert next_move(now, SHIPPED, 0.5, 31).action == "lower"


def test_a_surge_in_which_all_is_well_lowers_the_share() -> None:
    """What is known of 600 requests a minute is little for 60,000."""
    calm, surge = Counts(300, 15, 300, 15), Counts(30_000, 1500, 30_000, 1500)
    now = after([*[calm] * 30, surge], 0.5)
    assert next_weight(now, SHIPPED, 0.5) < 0.1


@pytest.mark.parametrize("slack", [None, 0.0])
def test_a_multiple_of_next_to_nothing_is_no_harm(slack: float | None) -> None:
    """1 and 3 errors in 100,000 requests: 0.002 points more, and the margin is 0.5."""
    settings = settings_of(JudgeSection(slack=Slacks(errors=slack)))
    rng = np.random.default_rng(850_002)
    backs = 0
    for _ in range(30):
        state = begun(["errors"], settings)
        for number in range(60):
            counts = Counts(300_000, rng.poisson(3), 300_000, rng.poisson(9))
            state = judged(state, Minute(number, 0.5, {"errors": counts}), settings)
            if state.log_e() > -np.log(settings.alpha):
                backs += 1
                break
    assert backs == (0 if slack is None else 30)
