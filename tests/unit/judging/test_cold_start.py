"""A cold candidate is waited for, and one that is broken is not."""

import math
import random
from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import pairwise

import pytest
from pydantic import TypeAdapter

from penstock.domain.judging.assessment import HarmEvidence, Share
from penstock.domain.judging.cold_start import RATIOS
from penstock.domain.judging.counts import Counts, Minute
from penstock.domain.judging.decision import next_move, suspicion
from penstock.domain.judging.evidence import gains
from penstock.domain.judging.evidence_state import EvidenceState, begun, judged
from penstock.domain.judging.judge_settings import JudgeSettings
from penstock.domain.judging.ramp import first_weight
from penstock.domain.judging.simulated_release import Course, simulate
from penstock.domain.judging.walk import ramp
from penstock.domain.planning.comparison_settings import settings_of
from penstock.domain.policy.judge import JudgeSection
from penstock_cli.binomial import binomial
from tests.unit.judging.evidence_states import HEALTHY, REGRESSION, state_of

BOTH = JudgeSection(signals=("errors", "latency"), latency_objective_ms=200)
SHIPPED = settings_of(BOTH)
ALONE = settings_of(JudgeSection(signals=("errors",)))
BASE = {"errors": 0.001, "latency": 0.05}
COLD = 8
"""Minutes from the first requests on; three of them are warm-up."""
HARMFUL = (570, 1, 30, 3)

Rate = Callable[[str, int], float]


def release(requests: int, candidate: Rate, settings: JudgeSettings, seed: int) -> Course:
    """One release by the deployed decision; `candidate` gives its rate by metric and minute."""
    chance, numbers = random.Random(seed), iter(range(10**6))  # noqa: S311 - a simulation

    def serve(weight: float) -> Mapping[str, Counts]:
        minute, there = next(numbers), binomial(requests, weight, chance)
        live = requests - there
        return {
            name: Counts(
                live,
                binomial(live, base, chance),
                there,
                binomial(there, candidate(name, minute), chance),
            )
            for name, base in BASE.items()
        }

    return simulate(BASE, settings, ramp(settings, first_weight(requests, BASE, settings)), serve)


def worse(name: str, extra: float, minutes: float = math.inf) -> Rate:
    """So much more of the candidate's requests is bad by this metric, for so many minutes."""

    def rate(metric: str, minute: int) -> float:
        return BASE[metric] + (extra if metric == name and minute < minutes else 0.0)

    return rate


@pytest.mark.parametrize("requests", [600, 6000])
@pytest.mark.parametrize("name", ["errors", "latency"])
def test_five_points_more_for_eight_minutes_roll_nothing_back(requests: int, name: str) -> None:
    cold = worse(name, 0.05, COLD)
    courses = [release(requests, cold, SHIPPED, seed) for seed in range(100)]
    assert sum(course.action == "roll_back" for course in courses) <= 1
    assert sum(course.action == "promote" for course in courses) >= 96


def test_half_of_the_answers_slow_for_eight_minutes_roll_nothing_back() -> None:
    courses = [release(600, worse("latency", 0.5, COLD), SHIPPED, seed) for seed in range(100)]
    assert sum(course.action == "roll_back" for course in courses) <= 1


def test_without_the_cold_start_such_releases_went_back() -> None:
    """Or the tests above would show nothing."""
    judge = BOTH.model_copy(update={"cold_start_minutes": 0})
    cold = worse("latency", 0.5, COLD)
    courses = [release(600, cold, settings_of(judge), seed) for seed in range(40)]
    assert sum(course.action == "roll_back" for course in courses) >= 15


@pytest.mark.parametrize(("name", "extra"), [("errors", 0.1), ("latency", 0.5), ("errors", 0.3)])
@pytest.mark.parametrize("requests", [60, 600, 6000])
def test_what_is_no_cold_start_rolls_back_after_it_at_a_small_price(
    requests: int, name: str, extra: float
) -> None:
    """It waits at the first share: some 3 requests a minute, whatever the traffic."""
    courses = [release(requests, worse(name, extra), SHIPPED, seed) for seed in range(40)]
    assert {course.action for course in courses} == {"roll_back"}
    served = [course.served[name].candidate for course in courses]
    assert extra * sum(served) / len(served) <= 45


@pytest.mark.parametrize("requests", [60, 600, 6000, 60_000])
def test_a_dead_candidate_is_found_while_it_may_be_cold(requests: int) -> None:
    courses = [release(requests, worse("errors", 0.998), SHIPPED, seed) for seed in range(40)]
    assert {course.action for course in courses} == {"roll_back"}
    assert max(course.minutes for course in courses) <= 15
    served = [course.served["errors"].candidate for course in courses]
    assert sum(served) / len(served) <= 60


@pytest.mark.parametrize("base", [0.0, 0.001, 0.05, 0.4])
def test_the_most_that_a_cold_start_may_do_and_harmless_afterwards_is_within_the_promise(
    base: float,
) -> None:
    """In its cold minutes as bad as they allow, then as bad as the tolerance does: 1 % go back.

    The looks never stop, at a share of half, where the comparison is sharpest.
    """
    chance, limit, backs = random.Random(3), ALONE.limit("errors"), 0  # noqa: S311 - a simulation
    assert limit.cold is not None
    for _ in range(300):
        state = begun(["errors"], ALONE)
        for number in range(60):
            beyond = limit.cold if number < ALONE.cold else limit.slack
            rate = min(1.0, ALONE.rho * (base + beyond))
            counts = Counts(300, binomial(300, base, chance), 300, binomial(300, rate, chance))
            state = judged(state, Minute(number, 0.5, {"errors": counts}), ALONE)
            if suspicion(state, ALONE) == "harm":
                backs += 1
                break
    assert backs <= 300 * 0.01 + 3 * math.sqrt(300 * 0.01)


def test_only_gross_harm_is_harm_while_the_candidate_may_be_cold() -> None:
    state = state_of(REGRESSION, ALONE)
    assert state.log_e() > -math.log(ALONE.alpha)
    assert suspicion(state, ALONE) == "suspicious"
    warm = replace(state, cold_start=None)
    assert suspicion(warm, ALONE) == "harm"
    gross = state_of([(570, 1, 30, 20)] * 2, ALONE)
    assert suspicion(gross, ALONE) == "harm"


def test_after_it_all_that_speaks_against_the_candidate_is_forgotten_once() -> None:
    cold = state_of([HARMFUL] * 7, ALONE)
    warm = judged(cold, Minute(7, 0.05, {"errors": Counts(*HEALTHY)}), ALONE)
    assert (cold.cold_start is None, warm.cold_start) == (False, None)
    assert warm.metrics["errors"].wealth == state_of([HEALTHY], ALONE).metrics["errors"].wealth
    assert warm.metrics["errors"].harm.candidate == 240
    assert warm.metrics["errors"].seen.candidate_bad == 21
    for number in range(8, 30):
        warm = judged(warm, Minute(number, 0.05, {"errors": Counts(*HARMFUL)}), ALONE)
    assert suspicion(warm, ALONE) == "harm"


def test_what_speaks_for_the_candidate_is_kept() -> None:
    """The test goes on as one test: it only ever loses evidence."""
    cold = state_of([HEALTHY] * 7, ALONE)
    warm = judged(cold, Minute(7, 0.05, {"errors": Counts(*HEALTHY)}), ALONE)
    assert cold.log_e() < 0
    assert warm.metrics["errors"].wealth.minutes == 8


@pytest.mark.parametrize("gap", [1, 5, 60])
def test_its_minutes_are_those_of_the_clock(gap: int) -> None:
    """Minutes without requests and those in which the share moved pass, too."""
    state = state_of([HARMFUL], ALONE)
    later = judged(state, Minute(gap, None, {"errors": Counts(*HEALTHY)}), ALONE)
    assert (later.cold_start is None) == (gap >= ALONE.cold)


def test_suspicion_takes_the_share_back_to_the_first_one() -> None:
    """Waiting costs least there. A share that is not far above it stays."""
    state = state_of([(4500, 5, 1500, 60)] * 3, ALONE, weight=0.25)
    move = next_move(state, ALONE, 0.25, 6)
    first = first_weight(6000, ["errors"], ALONE)
    assert (move.action, move.weight, move.suspicious) == ("lower", first, True)
    assert next_move(state, ALONE, 1.5 * first, 6).action == "hold"
    warm = replace(state, cold_start=None)
    assert next_move(warm, ALONE, 0.25, 6).action == "roll_back"


def test_nothing_is_promoted_on_a_suspicion_of_a_cold_start() -> None:
    state = state_of(REGRESSION, ALONE)
    assert HarmEvidence(state, ALONE).assessment(Share(5, 10)).suspicion == "suspicious"
    assert next_move(state, ALONE, 0.5, 10).action in ("hold", "lower")


def test_people_are_told_why_loud_evidence_rolls_nothing_back() -> None:
    seen = HarmEvidence(state_of(REGRESSION, ALONE), ALONE).finding().seen
    assert "that may be a cold start, which has 10 minutes from the first requests on" in seen
    calm = HarmEvidence(state_of([HEALTHY], ALONE), ALONE).finding().seen
    assert "cold" not in calm
    warm = replace(state_of(REGRESSION, ALONE), cold_start=None)
    assert "cold" not in HarmEvidence(warm, ALONE).finding().seen


@pytest.mark.parametrize("base", [0.0, 0.001, 0.05, 0.4])
def test_the_mean_of_every_bet_on_gross_harm_is_at_most_one(base: float) -> None:
    """Every outcome of a small minute, at the most that a cold start may do."""
    settings = replace(ALONE, bets=RATIOS, shares=(1.0, 1.0))
    cold = settings.limit("errors").cold or 0.0
    rate, live, there = min(1.0, settings.rho * (base + cold)), 12, 9
    means = [0.0] * len(RATIOS)
    for xb in range(live + 1):
        for xc in range(there + 1):
            chance = _chance(live, xb, base) * _chance(there, xc, rate)
            for k, gain in enumerate(gains(Counts(live, xb, there, xc), settings, cold)):
                means[k] += chance * math.exp(gain)
    assert max(means) <= 1 + 1e-12


def _chance(n: int, k: int, p: float) -> float:
    return math.comb(n, k) * p**k * (1 - p) ** (n - k)


def test_a_candidate_that_is_judged_already_counts_as_warm() -> None:
    """Documents of executions that began before there was a cold start."""
    document = TypeAdapter(EvidenceState)
    old = document.dump_python(state_of([HEALTHY], ALONE), mode="json")
    del old["cold_start"]
    state = document.validate_python(old)
    for number, counts in enumerate(REGRESSION, start=1):
        state = judged(state, Minute(number, 0.05, {"errors": Counts(*counts)}), ALONE)
    assert suspicion(state, ALONE) == "harm"


def test_the_state_survives_its_document_bit_by_bit() -> None:
    document = TypeAdapter(EvidenceState)
    states = [state_of([HARMFUL] * n, SHIPPED, metrics=["errors", "latency"]) for n in range(10)]
    for state in states:
        assert document.validate_json(document.dump_json(state)) == state
    assert [state.cold_start is None for state in states] == [n > 7 for n in range(10)]
    for before, after in pairwise(states[:8]):
        assert before.cold_start != after.cold_start


def test_a_policy_that_knows_no_cold_start_judges_from_the_first_minute() -> None:
    settings = settings_of(JudgeSection(signals=("errors",), cold_start_minutes=0))
    assert begun(["errors"], settings).cold_start is None
    assert suspicion(state_of(REGRESSION, settings), settings) == "harm"


def test_slow_answers_alone_are_no_gross_harm_however_slow() -> None:
    settings = settings_of(JudgeSection(signals=("latency",), latency_objective_ms=100))
    slow = [(570, 1, 30, 30)] * 7
    assert suspicion(state_of(slow, settings, metrics=["latency"]), settings) == "suspicious"
    warm = state_of([*slow, *slow], settings, metrics=["latency"])
    assert suspicion(warm, settings) == "harm"


def test_gross_harm_is_not_forgotten_if_nobody_looked_in_time() -> None:
    """CloudWatch was silent for the cold minutes, and then they are judged in one look."""
    state = state_of([(570, 1, 30, 30)] * 8, ALONE)
    assert state.cold_start is not None
    assert suspicion(state, ALONE) == "harm"


def test_what_was_judged_before_it_was_forgotten_counts_as_judged() -> None:
    cold = state_of([HARMFUL] * 7, ALONE)
    warm = judged(cold, Minute(7, 0.05, {"errors": Counts(*HEALTHY)}), ALONE)
    assert (warm.metrics["errors"].wealth.minutes, warm.minutes("errors")) == (1, 8)
    assert warm.usual["errors"] == pytest.approx(8 * 600 / 9, rel=1e-3)
    assert cold.usual["errors"] == pytest.approx(7 * 600 / 8, rel=1e-3)
    document = TypeAdapter(EvidenceState)
    assert document.validate_json(document.dump_json(warm)).minutes("errors") == 8


def test_a_cold_start_that_was_forgotten_costs_no_minutes_before_the_proof() -> None:
    """So many minutes in all, whichever of them were cold."""
    harmed, healthy = [(3000, 6, 3000, 13)] * 7, [(3000, 6, 3000, 5)] * 17
    minutes = [*harmed, *healthy]
    number = next(
        n
        for n in range(1, len(minutes) + 1)
        if next_move(state_of(minutes[:n], ALONE, weight=0.5), ALONE, 0.5, n).action == "promote"
    )
    assert ALONE.least <= number <= ALONE.least + 2
