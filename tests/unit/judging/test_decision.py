"""What the comparison with live decides, and how far it opens the gate."""

import math
from collections.abc import Sequence
from dataclasses import replace

import pytest

from penstock.domain.judging.assessment import Assessment, HarmEvidence, Share
from penstock.domain.judging.counts import NO_REQUESTS, Minute
from penstock.domain.judging.decision import MoveAction, Suspicion, next_move, suspicion
from penstock.domain.judging.evidence_state import begun, judged
from penstock.domain.judging.findings import findings
from penstock.domain.judging.judge_settings import MOST_MOVES, MOST_RAISES, REFERENCE, Limit
from penstock.domain.judging.ramp import first_weight, next_requests, next_weight
from penstock.domain.planning.comparison_settings import settings_of
from penstock.domain.policy.judge import JudgeSection, Margins
from tests.unit.judging.evidence_states import HEALTHY, REGRESSION, state_of

SETTINGS = REFERENCE
ON_AWS = replace(REFERENCE, tau=4.0, least_move=1.5, parts=10_000)
SUSPICIOUS = [(570, 1, 30, 2)] * 2
PROVING = [(300, 0, 300, 0)] * 10


@pytest.mark.parametrize(
    ("minutes", "weight", "elapsed", "expected"),
    [
        pytest.param(REGRESSION, 0.05, 4, "roll_back", id="harm"),
        pytest.param(REGRESSION, 0.5, 999, "roll_back", id="harm-at-the-deadline"),
        pytest.param(SUSPICIOUS, 0.05, 2, "hold", id="suspicious"),
        pytest.param([HEALTHY] * 3, 0.05, 3, "raise", id="clear"),
        pytest.param([HEALTHY], 0.05, 1, "stay", id="nothing-worth-a-move"),
        pytest.param(PROVING, 0.5, 10, "promote", id="proven"),
        pytest.param(PROVING, 0.5, 999, "promote", id="proven-just-in-time"),
        pytest.param(PROVING[1:], 0.5, 9, "stay", id="not-long-enough-at-the-top"),
        pytest.param(PROVING[1:], 0.5, 60, "inconclusive", id="deadline"),
        pytest.param([(300, 3, 300, 3)] * 10, 0.5, 10, "stay", id="margin-not-proven"),
        pytest.param([], 0.5, 5, "stay", id="no-minutes-are-not-health"),
        pytest.param([(0, 0, 0, 0)] * 20, 0.5, 20, "stay", id="no-requests-are-not-health"),
    ],
)
def test_one_look(
    minutes: list[tuple[float, ...]], weight: float, elapsed: float, expected: MoveAction
) -> None:
    state = state_of(minutes, SETTINGS, weight=weight)
    assert next_move(state, SETTINGS, weight, elapsed).action == expected


def test_suspicion_at_the_deadline_ends_it_without_leave_to_promote() -> None:
    decision = next_move(state_of(SUSPICIOUS, SETTINGS), SETTINGS, 0.05, 60)
    assert (decision.action, decision.suspicious) == ("inconclusive", True)


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [([HEALTHY], "clear"), (SUSPICIOUS, "suspicious"), (REGRESSION, "harm")],
)
def test_suspicion_begins_half_way_to_harm(
    minutes: list[tuple[float, ...]], expected: Suspicion
) -> None:
    assert suspicion(state_of(minutes, SETTINGS), SETTINGS) == expected


def test_one_harmful_metric_among_five_is_harm() -> None:
    names = ["errors", "latency", "a", "b", "c"]
    state = begun(names, SETTINGS)
    calm = state_of([HEALTHY], SETTINGS).metrics["errors"].seen
    for number, bad in enumerate(REGRESSION * 2):
        one = state_of([bad], SETTINGS).metrics["errors"].seen
        counts = {**dict.fromkeys(names, calm), "c": one}
        state = judged(state, Minute(number, 0.05, counts), SETTINGS)
    assert next_move(state, SETTINGS, 0.05, 8).action == "roll_back"


def test_where_the_budget_allows_no_further_step_a_proof_promotes_below_the_top() -> None:
    state = state_of([(54_000, 2700, 6000, 300)] * 10, SETTINGS, weight=0.1, metrics=["latency"])
    assert next_move(state, replace(SETTINGS, budget=0.1), 0.1, 10).action == "promote"
    assert next_move(state, SETTINGS, 0.1, 10).action == "raise"


def test_minutes_at_an_earlier_share_do_not_count_for_promotion() -> None:
    state = state_of([(400, 0, 200, 0)] * 30, SETTINGS, weight=1 / 3)
    at_top = Minute(30, 0.5, {"errors": state_of(PROVING[:1], SETTINGS).metrics["errors"].seen})
    assert next_move(judged(state, at_top, SETTINGS), SETTINGS, 0.5, 31).action == "stay"


@pytest.mark.parametrize(("weight", "expected"), [(0.25, "promote"), (0.24, "raise")])
def test_a_proof_promotes_from_half_of_the_top_on(weight: float, expected: MoveAction) -> None:
    ramp = replace(SETTINGS, end=0.25)
    proving = [(600 * (1 - weight), 0, 600 * weight, 0)] * 20
    assert next_move(state_of(proving, ramp, weight=weight), ramp, weight, 20).action == expected


def test_a_lower_top_ends_the_ramp_below_its_usual_end() -> None:
    loaded = replace(SETTINGS, end=0.25, top=0.1)
    state = state_of([(5400, 0, 600, 0)] * 10, loaded, weight=0.1)
    assert next_move(state, loaded, 0.1, 10).action == "promote"


def test_a_move_of_less_than_half_begins_no_new_step() -> None:
    state = state_of([(360, 0, 240, 0)] * 9, SETTINGS, weight=0.4)
    seen = state_of(PROVING[:1], SETTINGS).metrics["errors"].seen
    assert judged(state, Minute(9, 0.5, {"errors": seen}), SETTINGS).steady == 10
    assert judged(state, Minute(9, 0.61, {"errors": seen}), SETTINGS).steady == 1


def test_a_candidate_within_the_margin_that_looks_worse_is_not_promoted() -> None:
    worse = state_of([(3000, 3, 3000, 3)] * 9 + [(3000, 3, 3000, 12)] * 2, SETTINGS, weight=0.5)
    strict = replace(SETTINGS, calm=0.0)
    assert 0 < worse.log_e() < -math.log(SETTINGS.alpha) * SETTINGS.doubt
    assert next_move(worse, SETTINGS, 0.5, 11).action == "promote"
    assert next_move(worse, strict, 0.5, 11).action == "stay"


def test_where_nothing_ever_failed_rounding_does_not_look_like_harm() -> None:
    shipped = settings_of(JudgeSection())
    clean = state_of([(300, 0, 300, 0)] * 40, shipped, weight=0.5, metrics=["errors", "latency"])
    assert next_move(clean, shipped, 0.5, 40).action == "promote"


def test_every_metric_has_to_be_proven() -> None:
    state = state_of(PROVING, SETTINGS, weight=0.5, metrics=["errors", "latency"])
    strict = replace(SETTINGS, limits={"latency": Limit(1, 0.0001)})
    assert next_move(state, SETTINGS, 0.5, 10).action == "promote"
    assert next_move(state, strict, 0.5, 10).action == "stay"


def test_a_verdict_says_what_was_seen() -> None:
    assert findings(state_of(REGRESSION, SETTINGS), SETTINGS) == (
        "candidate 12 errors in 123 requests, live 2 in 2,274; "
        "evidence 34,282:1 against 'not more than 1.1x worse'; "
        "expected extra errors so far at most 28"
    )


def test_a_candidate_that_is_better_than_live_has_no_harm_below_zero_to_tell() -> None:
    state = state_of([(300, 150, 300, 0)] * 10, SETTINGS, weight=0.5, metrics=["latency"])
    assert state.metrics["latency"].harm_at_most(SETTINGS) < 0
    assert "expected extra slow answers so far at most 0" in findings(state, SETTINGS)


@pytest.mark.parametrize(
    ("requests_per_minute", "weight"),
    [(6000, 20 / 12000), (60, 1 / 6), (2, 0.5), (0, 0.0001)],
)
def test_the_first_share_risks_the_budget(requests_per_minute: float, weight: float) -> None:
    assert first_weight(requests_per_minute, ["errors", "latency"], SETTINGS) == pytest.approx(
        weight
    )


def test_bad_requests_that_cost_less_allow_a_larger_first_share() -> None:
    assert first_weight(6000, ["latency"], SETTINGS) == pytest.approx(4 * 20 / 12000)


def test_the_share_grows_by_what_was_judged_and_by_nothing_else() -> None:
    state = state_of([HEALTHY] * 4, SETTINGS)
    assert next_weight(state, SETTINGS, 0.05) == pytest.approx(2 * 120 / 1200)
    harmed = state_of([(570, 1, 30, 1)] * 4, SETTINGS)
    assert next_weight(harmed, SETTINGS, 0.01) < next_weight(state, SETTINGS, 0.01)


@pytest.mark.parametrize(
    ("present", "after"),
    [(0.06, 0.1), (0.0667, 0.0667), (0.19, 0.19), (0.2, 0.1), (0.3, 0.1), (0.5, 0.1)],
)
def test_on_sagemaker_only_moves_of_half_or_more_are_made(present: float, after: float) -> None:
    """Upwards by half at least, and downwards to half at most."""
    state = state_of([HEALTHY] * 4, ON_AWS)
    assert next_weight(state, ON_AWS, present) == pytest.approx(after)


def test_the_last_move_to_the_top_may_be_small() -> None:
    state = state_of([(360, 0, 240, 0)] * 9, ON_AWS, weight=0.4)
    assert next_weight(state, ON_AWS, 0.4) == 0.5


def test_shares_are_rounded_down_to_what_sagemaker_can_set() -> None:
    assert first_weight(1800, ["errors"], ON_AWS) == 0.0027
    assert first_weight(10**7, ["errors"], ON_AWS) == 0.0001


def test_metrics_that_label_few_requests_count_in_their_own_traffic() -> None:
    state = begun(["errors", "label"], SETTINGS)
    seen = state_of([HEALTHY], SETTINGS).metrics["errors"].seen
    few = NO_REQUESTS._replace(live=57, candidate=3)
    for number in range(4):
        counts = {"errors": seen, "label": few}
        state = judged(state, Minute(number, 0.05, counts), SETTINGS)
    assert next_weight(state, SETTINGS, 0.05) == pytest.approx(0.2)


def test_the_policy_sets_the_settings_of_the_judge() -> None:
    judge = JudgeSection(
        false_rollback_rate=0.02,
        tolerance=1.25,
        attempts=3,
        warm_up_minutes=5,
        deadline_minutes=90,
        margins=Margins(errors=0.01, latency=0.05),
    )
    settings = settings_of(judge)
    assert (settings.alpha, settings.gross_alpha) == (0.016, 0.004)
    assert (settings.false_rollbacks, settings.rho, settings.phi) == (0.02, 1.25, 3)
    assert (settings.warm_up, settings.cold, settings.deadline) == (5, 7, 90)
    assert settings.limit("errors") == settings.limit("label") == Limit(1, 0.01, 0.001)
    assert settings.limit("latency") == Limit(1, 0.05, 0.005, cold=None)


def test_without_a_cold_start_the_whole_chance_of_a_false_rollback_is_the_comparisons() -> None:
    settings = settings_of(JudgeSection(cold_start_minutes=0, false_rollback_rate=0.02))
    assert (settings.alpha, settings.false_rollbacks) == (0.02, 0.02)


def test_a_short_stay_at_the_top_is_enough_after_enough_minutes_in_all() -> None:
    ramp = replace(SETTINGS, bake=3, least=12)
    assert next_move(state_of(PROVING * 2, ramp, weight=0.5), ramp, 0.5, 20).action == "promote"
    assert next_move(state_of(PROVING, ramp, weight=0.5), ramp, 0.5, 10).action == "stay"


def test_little_traffic_is_opened_no_further_than_the_first_share_until_the_budget_is_judged() -> (
    None
):
    careful = replace(SETTINGS, first=0.15)
    assert first_weight(2, ["errors"], careful) == 0.15
    assert next_weight(state_of([(2, 0, 1, 0)] * 19, careful), careful, 0.15) == 0.15
    assert next_weight(state_of([(2, 0, 1, 0)] * 20, careful), careful, 0.15) == 0.5


def test_busy_endpoints_may_risk_a_part_of_what_the_margin_would_cost_them() -> None:
    settings = replace(SETTINGS, growth=1000.0)
    busy = state_of([(5700, 285, 300, 15)] * 9, settings, metrics=["latency"]).metrics["latency"]
    more, limit = replace(settings, spare=0.1), settings.limit("latency")
    assert next_requests(busy, limit, more) / next_requests(busy, limit, settings) == pytest.approx(
        (80 + 0.1 * 0.02 * 6000) / 80
    )


def test_a_rollback_leaves_the_candidate_no_share() -> None:
    assert next_move(state_of(REGRESSION, SETTINGS), SETTINGS, 0.05, 4).weight == 0


CLIMBING, FALLING = [HEALTHY] * 4, [(30_000, 1500, 30_000, 2100)]


def advised(minutes: Sequence[tuple[float, ...]], percent: float, moved: int) -> Assessment:
    """What the evidence advises after so many moves of the share."""
    state = state_of(minutes, ON_AWS, weight=percent / 100)
    return HarmEvidence(state, ON_AWS).assessment(Share(percent, 5, chosen=True, moved=moved))


@pytest.mark.parametrize("moved", [MOST_RAISES - 1, MOST_RAISES, MOST_MOVES - 1, MOST_MOVES, 99])
def test_a_share_rises_and_falls_only_so_often(moved: int) -> None:
    """Each share is a step of its own on the gate, below those of holdback and promotion."""
    up, down = advised(CLIMBING, 1, moved), advised(FALLING, 50, moved)
    assert (up.advice == "raise") is (moved < MOST_RAISES)
    assert (down.advice == "lower") is (moved < MOST_MOVES - 1)
    if down.advice != "lower":
        assert (down.advice, down.percent) == ("stay", 50)
