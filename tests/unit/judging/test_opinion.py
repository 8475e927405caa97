"""What other opinions change about the verdict of a look."""

from typing import Any

import pytest

from penstock.domain.judging.assessment import Assessment
from penstock.domain.judging.judgement import AlarmState, Observation, Rules, judge
from penstock.domain.judging.opinion import Opinion

RULES = Rules(
    minutes=10,
    quiet_minutes=2,
    min_requests=200,
    deadline_minutes=60,
    wait_minutes=120,
    on_inconclusive="promote",
)
NOW = 60_000
OVER = Opinion("ends", "live is kept", at_once=True)
ENDS = Opinion("ends", "it was watched for long enough")


def verdict(*opinions: Opinion, minute: float = 20, **changes: Any) -> tuple[str, str]:
    calm: dict[str, Any] = {
        "own": {"own": AlarmState(value="OK", since=0)},
        "others": {},
        "expected": ("own",),
        "requests": 1000,
        "since": 0,
        "now": round(minute * NOW),
        "opinions": opinions,
    }
    found = judge(RULES, Observation(**(calm | changes)), 0)
    return found.action, found.reason


def test_what_agrees_is_said_with_the_verdict() -> None:
    assert verdict(Opinion("agrees", "the candidate is better")) == (
        "advance",
        "calm for 20 minutes, 1000 requests; the candidate is better",
    )


@pytest.mark.parametrize(
    "doubt",
    [
        {"requests": 0},
        {"requests": None},
        {"load": 2.0},
        {"minute": 5},
        {"assessment": Assessment("suspicious")},
        {"assessment": Assessment("clear", "stay", 10.0)},
    ],
)
def test_an_end_that_promotes_nothing_is_not_held_up_by_doubt(doubt: dict[str, Any]) -> None:
    assert verdict(OVER, **doubt) == ("observe", "live is kept")
    assert verdict(ENDS, **doubt)[0] != "observe"


def test_an_end_needs_a_calm_share_where_it_does_not_say_otherwise() -> None:
    assert verdict(ENDS) == (
        "observe",
        "it was watched for long enough; calm for 20 minutes, 1000 requests",
    )


def test_harm_and_a_refusal_come_before_an_end() -> None:
    alarm = AlarmState(value="ALARM", since=5)
    assert verdict(OVER, others={"a": alarm})[0] == "roll_back"
    assert verdict(OVER, assessment=Assessment("harm"))[0] == "roll_back"
    assert verdict(OVER, Opinion("refuses", "no"))[0] == "roll_back"
    assert verdict(OVER, minute=1)[0] == "hold"


def test_what_waits_holds_the_share_however_long() -> None:
    waits = Opinion("waits", "undecided")
    assert verdict(waits, minute=9_999) == ("hold", "undecided")
    assert verdict(waits, minute=9_999, requests=0) == ("hold", "undecided")
