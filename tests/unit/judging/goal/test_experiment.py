"""What an experiment reads and when, and what follows from what it has read."""

import json
import math
from typing import Any

import pytest

from penstock.domain.errors import Damaged
from penstock.domain.judging.goal.aim import Aim
from penstock.domain.judging.goal.conclusion import (
    GRACE_MINUTES,
    Terms,
    conclude,
    longest_minutes,
)
from penstock.domain.judging.goal.experiment import (
    MOST_A_LOOK,
    Experiment,
    OutcomeMinute,
    experiment_begun,
    restored_experiment,
)
from penstock.domain.judging.goal.lateness import KEPT_MINUTES, late_minutes
from penstock.domain.judging.goal.outcomes import GoalOutcomes
from penstock.domain.judging.goal.outlook import LiveOutcomes, days_needed
from penstock.domain.judging.goal.record import goal_record
from penstock.domain.judging.goal.time_needed import information_needed
from penstock.domain.judging.opinion import Opinion

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
SINCE = 1_000 * MINUTE + 30_000
FIRST = 1_001
AIM = Aim(least_effect=0.02)
TERMS = Terms("conversion", AIM, max_days=2, promotes=False, delay_minutes=60)
LATE = 65


def held(experiment: Experiment, now: int, frozen_ms: int = 0, since: int = SINCE) -> Experiment:
    return experiment.held(since, now, frozen_ms, TERMS.max_days)


def minutes(
    first: int, count: int, live: float, candidate: float, requests: float = 500
) -> list[OutcomeMinute]:
    here, there = (GoalOutcomes(requests, requests * mean) for mean in (live, candidate))
    return [OutcomeMinute(n, here, there) for n in range(first, first + count)]


def after(count: int, live: float, candidate: float, requests: float = 500) -> Experiment:
    read = minutes(FIRST, count, live, candidate, requests)
    return held(experiment_begun(SINCE).after(read, 0.5, AIM), SINCE + HOUR)


@pytest.mark.parametrize(
    ("delay", "late"),
    [(0, 5), (60, 65), (179, 184), (180, 300), (1439, 1559), (1440, 4320), (2880, 5760)],
)
def test_old_data_comes_later_still(delay: int, late: int) -> None:
    assert late_minutes(delay) == late


def test_the_longest_delay_is_read_well_before_cloudwatch_drops_it() -> None:
    assert late_minutes(2880) + MOST_A_LOOK < KEPT_MINUTES


def test_the_first_whole_minute_of_the_share_is_the_first_to_count() -> None:
    assert experiment_begun(SINCE).next == FIRST
    assert experiment_begun(1_000 * MINUTE).next == 1_000


@pytest.mark.parametrize(
    ("minutes_later", "end"),
    [(0, FIRST), (66, FIRST), (67, FIRST + 1), (100, FIRST + 34), (9_999, FIRST + MOST_A_LOOK)],
)
def test_a_minute_is_read_once_it_is_late_enough(minutes_later: int, end: int) -> None:
    now = (FIRST + minutes_later - 1) * MINUTE
    assert experiment_begun(SINCE).end(now, LATE) == end


def test_what_cloudwatch_no_longer_keeps_is_counted_as_lost() -> None:
    experiment = experiment_begun(SINCE)
    assert experiment.kept_from((FIRST + KEPT_MINUTES) * MINUTE) == experiment
    later = experiment.kept_from((FIRST + KEPT_MINUTES + 7) * MINUTE)
    assert (later.next, later.lost) == (FIRST + 7, 7)
    assert later.kept_from((FIRST + KEPT_MINUTES + 9) * MINUTE).lost == 9


def test_its_time_ends_after_its_days_without_those_of_a_freeze() -> None:
    begun = experiment_begun(SINCE)
    assert held(begun, SINCE + 2 * DAY - 1).last is None
    assert held(begun, SINCE + 2 * DAY).last == (SINCE + 2 * DAY) // MINUTE - 1
    assert held(begun, SINCE + 3 * DAY, frozen_ms=DAY + 1).last is None
    over = held(begun, SINCE + 2 * DAY)
    assert held(over, SINCE + 3 * DAY).last == over.last


def test_a_watch_that_begins_again_goes_on_with_the_time() -> None:
    first = held(experiment_begun(SINCE), SINCE + DAY)
    again = held(first, SINCE + 3 * DAY, frozen_ms=0, since=SINCE + 3 * DAY - HOUR)
    assert again.lasted == DAY + HOUR
    assert held(again, SINCE + 4 * DAY, 0, SINCE + 3 * DAY - HOUR).last is not None


def test_after_its_time_no_further_minute_is_read() -> None:
    over = held(experiment_begun(SINCE), SINCE + 2 * DAY)
    assert over.last is not None
    near = over.after([OutcomeMinute(over.last - 3, None, None)], 0.5, AIM)
    assert near.end(SINCE + 9 * DAY, LATE) == over.last + 1
    assert not near.read_to_the_end
    done = near.after([OutcomeMinute(over.last, None, None)], 0.5, AIM)
    assert done.read_to_the_end
    assert done.end(SINCE + 9 * DAY, LATE) == done.next


def test_impossible_minutes_are_left_out_and_counted() -> None:
    good = GoalOutcomes(10, 1)
    read = [
        OutcomeMinute(FIRST, None, good),
        OutcomeMinute(FIRST + 1, good, GoalOutcomes(10, 11)),
        OutcomeMinute(FIRST + 2, good, good),
        OutcomeMinute(FIRST + 3, GoalOutcomes(math.nan, 1), good),
    ]
    experiment = experiment_begun(SINCE).after(read, 0.5, AIM)
    assert experiment.left_out == 3
    assert experiment.trial.seen == (10, 10)
    assert experiment.next == FIRST + 4


def test_it_travels_in_the_document_as_it_is_and_stays_small() -> None:
    experiment = after(77, 1 / 7, 1 / 6.9, 333.3)
    text = json.dumps(experiment.carried)
    assert restored_experiment(json.loads(text)) == experiment
    assert len(text) <= 600


@pytest.mark.parametrize(
    "damage",
    [{"trial": []}, {"trial": "x"}, {"next": None}, {"trial": [None] * 10}, {"since": "?"}],
)
def test_what_is_no_experiment_is_damaged(damage: dict[str, Any]) -> None:
    with pytest.raises(Damaged, match="what is known of the goal cannot be read"):
        restored_experiment(after(3, 0.1, 0.1).carried | damage)


@pytest.mark.parametrize(
    ("live", "candidate", "stance", "against", "says"),
    [
        (0.1, 0.16, "agrees", False, "the candidate is better: conversion 0.16 of "),
        (0.1, 0.04, "refuses", True, "the candidate is worse: conversion 0.04 of "),
        (0.1, 0.1, "ends", False, "no relevant difference: conversion 0.1 of "),
    ],
)
def test_the_evidence_decides(
    live: float, candidate: float, stance: str, against: bool, says: str
) -> None:
    opinion = conclude(after(60, live, candidate), TERMS, SINCE + HOUR)
    assert (opinion.stance, opinion.against) == (stance, against)
    assert opinion.reason.startswith(says)


def test_the_sentence_has_every_figure() -> None:
    opinion = conclude(after(60, 0.1, 0.112, 20), TERMS, SINCE + HOUR)
    assert opinion.stance == "waits"
    assert opinion.reason.startswith(
        "undecided after 0.0 of 2 days: conversion 0.112 of 1,200 requests, 0.1 of live's 1,200, "
        "effect +0.012, 95 % sure between -0"
    )
    assert " for better, " in opinion.reason
    assert opinion.reason.endswith("at this traffic until 0.02 would usually be found")


def test_without_a_difference_the_policy_decides() -> None:
    promotes = TERMS._replace(promotes=True)
    alike = conclude(after(60, 0.1, 0.1), promotes, SINCE + HOUR)
    assert alike.stance == "agrees"
    assert alike.reason.endswith("; the policy promotes then")
    over = held(after(60, 0.1, 0.112, 20), SINCE + 2 * DAY)
    late = SINCE + 2 * DAY + (LATE + GRACE_MINUTES + 2) * MINUTE
    assert conclude(over, promotes, late).stance == "agrees"
    assert conclude(over, TERMS, late).stance == "ends"


def test_the_last_minutes_are_waited_for_but_not_for_ever() -> None:
    over = held(after(60, 0.1, 0.112, 20), SINCE + 2 * DAY)
    assert over.last is not None
    waits = conclude(over, TERMS, SINCE + 2 * DAY + HOUR)
    assert waits.stance == "waits"
    assert waits.reason.startswith("the last outcomes are still coming in: ")
    given_up = (over.last + 1 + LATE + GRACE_MINUTES) * MINUTE
    assert conclude(over, TERMS, given_up - 1).stance == "waits"
    assert conclude(over, TERMS, given_up).stance == "ends"
    assert given_up - SINCE <= longest_minutes(2, 60) * MINUTE


@pytest.mark.parametrize("promotes", [True, False])
def test_without_any_outcome_live_is_kept(promotes: bool) -> None:
    over = held(experiment_begun(SINCE), SINCE + 2 * DAY)
    nothing = minutes(FIRST, 1, 0, 0, 0)
    over = over.after([*nothing, OutcomeMinute(over.last or 0, None, None)], 0.5, AIM)
    opinion = conclude(over, TERMS._replace(promotes=promotes), SINCE + 3 * DAY)
    assert (opinion.stance, opinion.at_once) == ("ends", True)
    assert "conversion has no outcomes of both variants to compare" in opinion.reason


def test_the_record_has_every_figure_of_a_look() -> None:
    experiment = after(60, 0.1, 0.112, 20)
    record = goal_record(experiment, TERMS, Opinion("waits", "so far"), SINCE + HOUR)
    assert record["live"] == {"mean": pytest.approx(0.1), "outcomes": 1200}
    assert record["effect"] == pytest.approx(0.012)
    assert record["decides_at"] == pytest.approx(math.log(40))
    assert 0 < record["minutes_left"]["median"] < record["minutes_left"]["likely"]
    assert record["days"] == pytest.approx(1 / 24, abs=1e-3)


def test_the_days_needed_are_those_of_the_information() -> None:
    live = LiveOutcomes(per_minute=100, mean=0.1, variance=0.09)
    found = days_needed(live, AIM, 0.5)
    a_day = 0.02**2 * 100 * 0.25 / 0.09 * 1440
    assert found.usual == pytest.approx(information_needed(AIM) / a_day)
    assert found.likely > found.usual
    assert days_needed(live, AIM, 0.1).usual > 2.7 * found.usual
