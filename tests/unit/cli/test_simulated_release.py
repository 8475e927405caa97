"""Releases simulated on given traffic: what is judged when, with adaptive and explicit steps."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain, repeat

import pytest

from penstock.domain.judging.counts import Counts
from penstock.domain.judging.judge_settings import REFERENCE
from penstock.domain.judging.judgement import Rules
from penstock.domain.judging.simulated_release import Course, Serve, simulate
from penstock.domain.judging.walk import Leg, ramp
from penstock.domain.planning.legs import legs_of
from penstock.domain.policy.policy import parse_policy
from tests.worlds.goals import EXPERIMENT

SETTINGS = replace(REFERENCE, lag=2, warm_up=3)
FAILS, WORKS = 1.0, 0.0


def serving(rates: Sequence[float]) -> Serve:
    """600 requests a minute, split as routed; the candidate fails at these rates, then never."""
    following: Iterator[float] = chain(rates, repeat(WORKS))

    def serve(weight: float) -> Mapping[str, Counts]:
        candidate = 600 * weight
        return {"errors": Counts(600 - candidate, 0, candidate, next(following) * candidate)}

    return serve


def simulated(rates: Sequence[float], legs: Sequence[Leg] = ramp(SETTINGS, 0.05)) -> Course:
    return simulate(["errors"], SETTINGS, legs, serving(rates))


def test_a_dead_candidate_is_seen_when_its_minutes_are_complete() -> None:
    course = simulated([FAILS] * 60)
    assert (course.action, course.minutes) == ("roll_back", 3 + 2 + 2)
    served = 6 * 30 + 10  # after its first judged minute the budget allows a third
    assert course.served["errors"] == Counts(7 * 600 - served, 0, served, served)


def test_what_fails_while_it_warms_up_is_not_held_against_it() -> None:
    assert simulated([FAILS] * SETTINGS.warm_up).action == "promote"
    assert simulated([FAILS] * (SETTINGS.warm_up + 2)).action == "roll_back"


def test_a_healthy_candidate_rises_and_is_promoted() -> None:
    course = simulated([])
    assert course.action == "promote"
    assert 10 + SETTINGS.warm_up < course.minutes < 30


def steps(**changes: object) -> list[Leg]:
    """Five minutes at 5 %, as many at 25 %, which are held for two more."""
    rules = Rules(
        minutes=5,
        min_requests=100,
        deadline_minutes=60,
        wait_minutes=60,
        on_inconclusive="wait",
    ).model_copy(update=changes)
    held = rules.model_copy(update={"minutes": 2})
    return [Leg(0.05, rules), Leg(0.25, rules), Leg(0.25, held)]


def test_explicit_steps_last_their_minutes_and_the_hold_counts_its_own_requests() -> None:
    course = simulated([], steps())
    first, second, hold = 3 + SETTINGS.lag + 4, 5, SETTINGS.lag + 1
    assert (course.action, course.minutes) == ("promote", first + second + hold)


@pytest.mark.parametrize(
    ("rates", "changes", "expected"),
    [
        ([FAILS] * 60, {}, "roll_back"),
        ([], {"min_requests": 1}, "promote"),
        ([], {"min_requests": 10**6}, "inconclusive"),
        ([], {"min_requests": 10**6, "on_inconclusive": "promote"}, "promote"),
        ([], {"min_requests": 10**6, "on_inconclusive": "roll_back"}, "roll_back"),
    ],
)
def test_explicit_steps_end_by_harm_or_as_the_policy_says_for_lack_of_requests(
    rates: Sequence[float], changes: dict[str, object], expected: str
) -> None:
    assert simulated(rates, steps(**changes)).action == expected


def test_suspicion_that_nothing_dispels_holds_a_step_to_the_deadline() -> None:
    course = simulated([0.0] * 4 + [0.07, 0.07], steps())
    assert (course.action, course.minutes) == ("inconclusive", SETTINGS.deadline)
    assert course.served["errors"].candidate == SETTINGS.deadline * 30


def test_the_policy_says_which_steps() -> None:
    """As a plan has them: the hold is the last share once more."""
    text = '{"endpoint": "a", "approval": {"mode": "manual"}, "rollout": {"steps": %s}}'
    (climb,) = legs_of(parse_policy(text % '"adaptive"', "1"))
    named = legs_of(parse_policy(text % "[1, 10]", "1"))
    assert (climb.ramp, climb.share) == (True, 0.0001)
    assert [(leg.share, leg.rules.minutes) for leg in named] == [(0.01, 10), (0.1, 10), (0.1, 30)]


@pytest.mark.parametrize(
    "rollout",
    [
        {"strategy": "shadow", "shadow_minutes": 60},
        {"strategy": "guardrail"},
        {"strategy": "all_at_once"},
    ],
    ids=lambda rollout: rollout["strategy"],
)
def test_a_strategy_without_shares_has_nothing_to_simulate(rollout: dict[str, object]) -> None:
    text = json.dumps({"endpoint": "a", "approval": {"mode": "manual"}, "rollout": rollout})
    assert legs_of(parse_policy(text, "1")) == ()


def test_the_shares_of_an_experiment_can_be_simulated() -> None:
    rollout = {**EXPERIMENT, "steps": [5], "hold_minutes": 0}
    text = json.dumps({"endpoint": "a", "approval": {"mode": "manual"}, "rollout": rollout})
    assert [leg.share for leg in legs_of(parse_policy(text, "1"))] == [0.05, 0.5]
