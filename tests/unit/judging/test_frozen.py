"""What a freeze changes about a verdict, a deadline and the time between two looks."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.domain.execution.progress import Frozen
from penstock.domain.judging.assessment import Assessment
from penstock.domain.judging.judgement import (
    AlarmState,
    Observation,
    OnInconclusive,
    Rules,
    Verdict,
    judge,
)
from penstock.domain.judging.looks import FROZEN_RAREST, frozen_seconds, look_seconds, watch_seconds
from penstock.domain.planning.budget import EVENTS_PER_LOOK, HISTORY_LIMIT

BEGAN, MINUTE, DAY = 1_000_000_000, 60_000, 86_400_000
HISTORY = 25_000
"""Events that an execution may have (facts 5)."""
WHY = "frozen: the books close"


def rules(on_inconclusive: OnInconclusive = "wait", minutes: int = 10) -> Rules:
    return Rules(
        minutes=minutes,
        min_requests=200,
        deadline_minutes=60,
        wait_minutes=120,
        on_inconclusive=on_inconclusive,
    )


def see(minute: float, **changes: Any) -> Observation:
    calm: dict[str, Any] = {
        "own": {"own": AlarmState(value="OK", since=BEGAN)},
        "others": {},
        "expected": ("own",),
        "requests": 1000,
        "since": BEGAN,
        "now": BEGAN + round(minute * MINUTE),
    }
    return Observation(**(calm | changes))


@pytest.mark.parametrize(
    ("verdict", "action"),
    [
        (Verdict("advance", "calm"), "frozen"),
        (Verdict("move", "the budget allows 20 %", 20.0), "frozen"),
        (Verdict("move", "the budget allows no more than 5 %", 5.0), "move"),
        (Verdict("hold", "minute 1 of 2"), "hold"),
        (Verdict("ask", "no proof"), "ask"),
        (Verdict("roll_back", "the alarm a fired"), "roll_back"),
    ],
)
def test_only_what_goes_forward_is_frozen(verdict: Verdict, action: str) -> None:
    after = verdict.frozen(WHY, 10.0)
    assert after.action == action
    assert after == verdict or after.reason == f"{WHY}; {verdict.reason}"
    assert after.percent is None or after == verdict


def test_harm_and_alarms_are_urgent_and_what_time_alone_decides_is_not() -> None:
    fired = {"a": AlarmState(value="ALARM", since=BEGAN)}
    harm = Assessment("harm")
    assert judge(rules(), see(5, others=fired), BEGAN).urgent
    assert judge(rules(), see(5, assessment=harm), BEGAN).urgent
    late = [
        judge(rules("roll_back"), see(60, requests=0), BEGAN),
        judge(rules("wait"), see(180, requests=0), BEGAN),
    ]
    assert [(v.action, v.urgent) for v in late] == [("roll_back", False)] * 2
    assert not judge(rules(), see(60), BEGAN).urgent


@given(
    minute=st.floats(0, 300),
    frozen=st.integers(0, 60 * 24 * 30),
    on_inconclusive=st.sampled_from(["wait", "promote", "roll_back"]),
    minutes=st.integers(1, 90),
)
def test_doubt_ends_as_late_as_without_the_freeze(
    minute: float, frozen: int, on_inconclusive: OnInconclusive, minutes: int
) -> None:
    before = rules(on_inconclusive, minutes)
    usual = judge(before, see(minute, requests=0), BEGAN)
    moved = judge(before.after_freeze(frozen * MINUTE), see(minute + frozen, requests=0), BEGAN)
    assert moved.action == usual.action


@given(st.integers(0, 90 * DAY), st.integers(0, 10**8))
def test_a_freeze_never_brings_a_deadline_nearer(frozen_ms: int, waited_ms: int) -> None:
    before = rules().after_waiting(waited_ms)
    after = before.after_freeze(frozen_ms)
    assert after.doubtful_until * MINUTE >= before.doubtful_until * MINUTE + frozen_ms
    assert after == before.model_copy(update={"deadline_minutes": after.deadline_minutes})
    assert before.after_freeze(0) == before


def test_three_weeks_of_looks_fit_beside_the_longest_plan() -> None:
    looks, now = 0, 0
    while now < 21 * DAY:
        now += 1000 * frozen_seconds(0, now)
        looks += 1
    assert looks * EVENTS_PER_LOOK < HISTORY - HISTORY_LIMIT
    assert frozen_seconds(0, now) == FROZEN_RAREST


@given(st.integers(0, 30 * DAY), st.integers(0, 30 * DAY), st.integers(1, 14_400))
def test_a_frozen_watch_is_no_shorter_than_another_and_ends_with_the_freeze(
    lasted: int, ahead: int, usual: int
) -> None:
    now = BEGAN + lasted
    ends = now + ahead
    endless = Frozen(since=BEGAN).watch_seconds(usual, now)
    assert endless == max(usual, frozen_seconds(BEGAN, now))
    seconds = Frozen(since=BEGAN, until=ends).watch_seconds(usual, now)
    assert 1 <= seconds <= endless
    assert ahead == 0 or seconds == endless or 0 <= 1000 * seconds - ahead < 1000


def test_after_a_freeze_the_looks_are_as_often_as_before_it() -> None:
    day = 24 * 60 * MINUTE
    share = rules(minutes=1)
    assert look_seconds(0, day + MINUTE) == 3600
    assert watch_seconds(share, 0, day + 5 * MINUTE, day) == 60
    assert watch_seconds(share, 0, day + 5 * MINUTE) == 3600
