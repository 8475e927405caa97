"""Recorded and rehearsed releases, judged leg by leg as a plan has them."""

from dataclasses import replace

import pytest

from penstock.domain.judging.assessment import HarmEvidence
from penstock.domain.judging.counts import Counts, Minute
from penstock.domain.judging.decision import MoveAction
from penstock.domain.judging.evidence_state import begun
from penstock.domain.judging.judge_settings import REFERENCE
from penstock.domain.judging.judgement import Rules
from penstock.domain.judging.walk import Leg, NextStep, Walk, ramp

RULES = Rules(
    minutes=2, min_requests=40, deadline_minutes=4, wait_minutes=60, on_inconclusive="wait"
)
LEGS = (Leg(0.05, RULES), Leg(0.25, RULES), Leg(0.25, RULES))
BEGAN = 100


def minute(number: int, share: float, candidate: int = 30) -> Minute:
    return Minute(number, share, {"errors": Counts(570, 0, candidate, 0)})


def walk(*, told: bool = False) -> Walk:
    evidence = HarmEvidence(begun(["errors"], REFERENCE), REFERENCE)
    return Walk(LEGS, evidence, BEGAN, told=told)


def walked(*shares: float, candidate: int = 30) -> list[NextStep]:
    """Of minutes that are complete at once."""
    going = walk()
    return [
        going.look(share, BEGAN + n, minute(BEGAN + n, share, candidate))
        for n, share in enumerate(shares)
    ]


@pytest.mark.parametrize(
    ("recorded", "action", "following"),
    [
        pytest.param(0.01, "raise", 0.05, id="below-the-first-step"),
        pytest.param(0.05, "raise", 0.25, id="a-step"),
        pytest.param(0.1, "raise", 0.25, id="between-steps"),
    ],
)
def test_after_its_minutes_the_next_higher_step_is_asked_for(
    recorded: float, action: MoveAction, following: float
) -> None:
    first, second = walked(recorded, recorded)
    assert (first.action, first.weight) == ("stay", recorded)
    assert (second.action, second.weight) == (action, following)


@pytest.mark.parametrize("recorded", [0.25, 0.5])
def test_the_last_step_is_held_before_it_promotes(recorded: float) -> None:
    steps = walked(*[recorded] * 4)
    assert [step.action for step in steps] == ["stay", "stay", "stay", "promote"]
    assert {step.weight for step in steps} == {recorded}


def test_a_recording_that_stays_below_is_asked_to_rise_again_and_again() -> None:
    assert [step.action for step in walked(*[0.05] * 4)] == ["stay", "raise", "raise", "raise"]


def test_minutes_of_the_share_before_are_no_requests_of_this_one() -> None:
    going = walk()
    going.look(0.05, BEGAN, minute(BEGAN, 0.05))
    going.look(0.25, BEGAN + 1, minute(BEGAN, 0.05))
    late = going.look(0.25, BEGAN + 2, minute(BEGAN + 1, 0.25))
    assert (late.action, late.reason) == ("stay", "30 of 40 requests seen")


def test_what_asks_people_is_inconclusive() -> None:
    steps = walked(*[0.05] * 4, candidate=1)
    assert [step.action for step in steps] == ["stay", "stay", "stay", "inconclusive"]


@pytest.mark.parametrize("told", [True, False])
def test_a_reason_says_what_was_seen_only_where_it_is_wanted(told: bool) -> None:
    step = walk(told=told).look(0.05, BEGAN, minute(BEGAN, 0.05))
    assert step.reason.startswith("minute 1 of 2")
    assert ("candidate 0 errors in 30 requests" in step.reason) is told


def test_a_ramp_is_watched_since_it_began_and_ends_at_the_deadline_of_its_method() -> None:
    evidence = HarmEvidence(begun(["errors"], REFERENCE), REFERENCE)
    going = Walk(ramp(REFERENCE, 0.05), evidence, BEGAN)
    last = BEGAN + REFERENCE.deadline - 1
    assert going.look(0.05, last - 1, None).action == "stay"
    assert going.look(0.1, last, None).action == "inconclusive"


def test_a_ramp_that_fell_below_its_first_share_still_leads_to_what_follows_it() -> None:
    settings = replace(REFERENCE, end=0.01)
    legs = (*ramp(settings, 0.05), Leg(0.95, RULES))
    going = Walk(legs, HarmEvidence(begun(["errors"], settings), settings), BEGAN)
    proving = [Minute(BEGAN + n, 0.02, {"errors": Counts(5000, 0, 5000, 0)}) for n in range(30)]
    steps = [going.look(0.02, each.number, each) for each in proving]
    onward = next(step for step in steps if step.action == "promote" or step.weight > settings.top)
    assert (onward.action, onward.weight) == ("raise", 0.95)
