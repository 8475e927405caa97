"""What the test of a goal decides, the interval of the effect, and how long it takes."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.domain.judging.goal.aim import Aim
from penstock.domain.judging.goal.finding import Decision, evidence, goal_finding, interval
from penstock.domain.judging.goal.outcomes import GoalMinute
from penstock.domain.judging.goal.time_needed import (
    information,
    information_needed,
    minutes_left,
)
from penstock.domain.judging.goal.trial import BEGUN
from tests.unit.judging.goal.experiments import AIM, after_all, histories, minute, swapped

LOWER = AIM._replace(higher=False)
OPPOSITE: dict[Decision, Decision] = {"better": "worse", "worse": "better"}


def even(live: float, candidate: float, minutes: int) -> list[GoalMinute]:
    """So many minutes with 1,000 requests of each variant and these outcomes of 1."""
    return [minute(n, (1000, live), (1000, candidate)) for n in range(minutes)]


@pytest.mark.parametrize(
    ("live", "candidate", "minutes", "decision"),
    [
        (50, 70, 12, "better"),
        (70, 50, 12, "worse"),
        (50, 50, 60, "no_relevant_difference"),
        (50, 54, 200, "better"),  # a small difference, but for sure
        (50, 50, 5, "open"),
        (50, 55, 5, "open"),
    ],
)
def test_decisions(live: float, candidate: float, minutes: int, decision: str) -> None:
    trial = after_all(even(live, candidate, minutes))
    assert goal_finding(trial, AIM).decision == decision


def test_before_the_first_outcome_everything_is_open() -> None:
    nothing = goal_finding(BEGUN, AIM)
    assert nothing[:6] == ("open", None, None, None, None, None)
    assert nothing[6:] == pytest.approx((0, 0))
    assert minutes_left(BEGUN, AIM) is None


@given(histories())
def test_less_may_be_better(minutes: list[GoalMinute]) -> None:
    trial = after_all(minutes)
    more, less = goal_finding(trial, AIM), goal_finding(trial, LOWER)
    assert less.decision == OPPOSITE.get(more.decision, more.decision)
    assert (less.log_better, less.log_worse) == (more.log_worse, more.log_better)
    assert less[1:6] == more[1:6]


@given(histories())
def test_swapped_sides_have_the_opposite_effect(minutes: list[GoalMinute]) -> None:
    one, other = (
        goal_finding(after_all(minutes), AIM),
        goal_finding(after_all(swapped(minutes)), AIM),
    )
    assert other.decision == OPPOSITE.get(one.decision, one.decision)
    assert (other.live, other.candidate) == pytest.approx((one.candidate, one.live))
    if one.effect is not None and one.low is not None and one.high is not None:
        assert (other.effect, other.low, other.high) == pytest.approx(
            (-one.effect, -one.high, -one.low)
        )


@given(histories(), st.sampled_from([0.001, 0.01, 0.3]))
def test_the_effect_is_within_its_interval(minutes: list[GoalMinute], least: float) -> None:
    found = goal_finding(after_all(minutes, aim := Aim(least)), aim)
    if found.effect is not None and found.low is not None and found.high is not None:
        assert found.low <= max(-1, min(1, found.effect)) <= found.high


@given(histories())
def test_the_interval_excludes_nought_exactly_if_the_evidence_suffices(
    minutes: list[GoalMinute],
) -> None:
    trial = after_all(minutes)
    low, high = interval(trial, AIM)
    assert (low > 1e-9) == (evidence(trial.higher) > AIM.enough + 1e-6 * trial.weight) or low < 1e-6
    assert not (low > 0 and high < 0)


def test_at_the_end_of_the_interval_the_evidence_just_suffices() -> None:
    trial = after_all(even(50, 58, 20))
    low, _ = interval(trial, AIM)
    moved = [
        log - k * trial.weight * low for k, log in zip((0.5, 1.0, 2.0), trial.higher, strict=True)
    ]
    assert evidence(moved) == pytest.approx(math.log(40), abs=1e-9)


def test_a_growing_share_does_not_mix_the_variants_with_the_times() -> None:
    """The rate doubles while the share grows: pooled, the candidate would seem to be better."""
    quiet = [minute(n, (1980, 99), (20, 1), 0.01) for n in range(20)]
    busy = [minute(n, (1000, 100), (1000, 100)) for n in range(20, 40)]
    found = goal_finding(after_all(quiet + busy), AIM)
    assert found.effect == pytest.approx(0, abs=1e-9)
    assert found.live == pytest.approx(found.candidate)


def test_values_are_told_in_their_unit() -> None:
    aim = Aim(10, bounds=(100, 300))
    trial = after_all([minute(n, (500, 90_000), (500, 100_000)) for n in range(40)], aim)
    found = goal_finding(trial, aim)
    assert (found.live, found.candidate, found.effect) == pytest.approx((180, 200, 20))
    assert found.decision == "better"
    assert found.low is not None
    assert found.high is not None
    assert 0 < found.low < 20 < found.high < 200


@pytest.mark.parametrize(("confidence", "ratio"), [(0.9, 0.84), (0.95, 0.84), (0.99, 0.84)])
def test_half_of_the_experiments_are_over_before_a_fixed_sample_would_be(
    confidence: float, ratio: float
) -> None:
    quantiles = {0.9: 1.645, 0.95: 1.96, 0.99: 2.576}
    fixed = (quantiles[confidence] + 0.8416) ** 2
    assert information_needed(Aim(0.01, confidence)) / fixed == pytest.approx(ratio, abs=0.06)


def test_how_long_it_takes_follows_from_the_traffic() -> None:
    trial = after_all(even(50, 50, 4))
    per_minute = information(trial, AIM) / 4
    left = minutes_left(trial, AIM)
    assert left == pytest.approx((information_needed(AIM) - 4 * per_minute) / per_minute)
    longer = minutes_left(trial, AIM, 0.8)
    assert longer is not None
    assert left is not None
    assert longer > left
    assert minutes_left(after_all(even(50, 50, 200)), AIM) == 0
