"""What one look at a watched share decides."""

from typing import Any

import pytest

from penstock.domain.judging.assessment import Assessment, Finding
from penstock.domain.judging.judgement import (
    AlarmState,
    AlarmValue,
    Observation,
    OnInconclusive,
    Rules,
    VerdictAction,
    judge,
)
from penstock.domain.judging.looks import look_seconds, watch_seconds

BEGAN = 1_000_000_000
RULES = Rules(
    minutes=10,
    quiet_minutes=0,
    min_requests=200,
    deadline_minutes=60,
    wait_minutes=120,
    on_inconclusive="wait",
)


def alarm(value: AlarmValue, minute: float = 0) -> AlarmState:
    return AlarmState(value=value, since=BEGAN + round(minute * 60_000))


def see(minute: float, **changes: Any) -> Observation:
    """A calm look, `minute` after the share was verified, with changes."""
    calm: dict[str, Any] = {
        "own": {"own": alarm("OK")},
        "others": {},
        "expected": ("own",),
        "requests": 1000,
        "since": BEGAN,
        "now": BEGAN + round(minute * 60_000),
    }
    return Observation(**(calm | changes))


def decide(minute: float, rules: Rules = RULES, **changes: Any) -> VerdictAction:
    return judge(rules, see(minute, **changes), BEGAN).action


def test_calm_and_enough_advances() -> None:
    verdict = judge(RULES, see(10), BEGAN)
    assert verdict.action == "advance"
    assert verdict.reason == "calm for 10 minutes, 1000 requests"


@pytest.mark.parametrize("which", ["own", "others"])
@pytest.mark.parametrize("minute", [0.5, 10, 500])
def test_an_alarm_rolls_back_at_once_and_at_any_time(which: str, minute: float) -> None:
    fired: dict[str, Any] = {which: {"a": alarm("ALARM")}}
    assert decide(minute, **fired) == "roll_back"


def test_an_alarm_that_fires_since_before_the_release_is_not_its_doing() -> None:
    before: dict[str, Any] = {"others": {"a": alarm("ALARM", -1)}}
    assert decide(10, **before) == "advance"


def test_an_alarm_and_harm_speak_against_the_package() -> None:
    harmed = Assessment(suspicion="harm", proven=False)
    assert judge(RULES, see(10, others={"a": alarm("ALARM")}), BEGAN).against
    assert judge(RULES, see(10, assessment=harmed), BEGAN).against


@pytest.mark.parametrize("on_inconclusive", ["roll_back", "wait"])
def test_a_lack_of_data_does_not(on_inconclusive: OnInconclusive) -> None:
    rules = RULES.model_copy(update={"on_inconclusive": on_inconclusive})
    verdict = judge(rules, see(500, requests=0), BEGAN)
    assert (verdict.action, verdict.against) == ("roll_back", False)


def test_an_alarm_from_the_very_beginning_counts() -> None:
    assert judge(RULES, see(10, others={"a": alarm("ALARM")}), BEGAN).action == "roll_back"


def test_an_alarm_of_both_kinds_counts_as_the_releases_own() -> None:
    """The release renewed it after the policy's alarms were read."""
    assert decide(10, own={"own": alarm("OK")}, others={"own": alarm("ALARM")}) == "advance"
    assert decide(10, own={"own": alarm("ALARM")}, others={"own": alarm("OK")}) == "roll_back"


def test_the_time_is_not_over_before_its_minutes() -> None:
    assert decide(9.9) == "hold"


@pytest.mark.parametrize("changes", [{"requests": 199}, {"requests": 0}, {"requests": None}])
def test_too_little_seen_is_doubt(changes: dict[str, Any]) -> None:
    assert decide(10, **changes) == "hold"


@pytest.mark.parametrize("own", [{}, {"own": alarm("INSUFFICIENT_DATA")}])
def test_own_checks_without_data_are_doubt(own: dict[str, AlarmState]) -> None:
    assert decide(10, own=own) == "hold"


def test_a_policy_alarm_without_data_is_silence() -> None:
    assert decide(10, others={"a": alarm("INSUFFICIENT_DATA")}) == "advance"


def test_an_overloaded_candidate_is_not_judged() -> None:
    assert decide(10, load=1.26) == "hold"
    assert decide(10, load=1.25) == "advance"


def test_a_share_that_needs_no_requests_needs_no_data() -> None:
    rules = RULES.model_copy(update={"min_requests": 0})
    assert decide(10, rules, requests=0, own={}) == "advance"


@pytest.mark.parametrize(("minute", "action"), [(2.9, "hold"), (3, "roll_back")])
def test_alarms_are_not_read_while_both_fleets_are_cold(
    minute: float, action: VerdictAction
) -> None:
    """Unless they still fire when it is over."""
    rules = RULES.model_copy(update={"quiet_minutes": 3})
    assert decide(minute, rules, own={"own": alarm("ALARM", 1)}) == action


@pytest.mark.parametrize(
    ("on_inconclusive", "minute", "action"),
    [
        ("wait", 59, "hold"),
        ("wait", 60, "ask"),
        ("wait", 179, "ask"),
        ("wait", 180, "roll_back"),
        ("promote", 59, "hold"),
        ("promote", 60, "advance"),
        ("roll_back", 59, "hold"),
        ("roll_back", 60, "roll_back"),
    ],
)
def test_doubt_lasts_until_the_deadline(
    on_inconclusive: str, minute: int, action: VerdictAction
) -> None:
    rules = RULES.model_copy(update={"on_inconclusive": on_inconclusive})
    assert decide(minute, rules, requests=5) == action


@pytest.mark.parametrize(("minute", "action"), [(99, "hold"), (100, "ask"), (219, "ask")])
def test_a_share_longer_than_the_deadline_has_its_whole_wait(
    minute: int, action: VerdictAction
) -> None:
    """The wait for a person begins when doubt could first decide, not before the share is over."""
    rules = RULES.model_copy(update={"minutes": 100})
    assert decide(minute, rules, requests=5) == action


def test_a_spent_wait_asks_nobody_any_more() -> None:
    rules = RULES.model_copy(update={"wait_minutes": 0})
    assert decide(60, rules, requests=5) == "roll_back"


@pytest.mark.parametrize("minute", [60, 180])
def test_evidence_of_harm_beats_every_wait(minute: int) -> None:
    assert decide(minute, requests=5, own={"own": alarm("ALARM")}) == "roll_back"


@pytest.mark.parametrize(
    ("minute", "seconds"),
    [(0, 60), (29.9, 60), (30, 300), (239, 300), (240, 900), (1439, 900), (1440, 3600)],
)
def test_looks_get_rarer(minute: float, seconds: int) -> None:
    assert look_seconds(0, round(minute * 60_000)) == seconds


@pytest.mark.parametrize(
    ("minute", "seconds"), [(0, 60), (9.5, 30), (9.999, 1), (10, 60), (40, 300)]
)
def test_a_watch_does_not_sleep_past_the_end_of_its_share(minute: float, seconds: int) -> None:
    assert watch_seconds(RULES, BEGAN, BEGAN + round(minute * 60_000)) == seconds


def assessment(**changes: Any) -> Assessment:
    return Assessment(**({"suspicion": "clear"} | changes))


@pytest.mark.parametrize(
    ("advice", "action", "reason"),
    [
        ("promote", "advance", "calm for 12 minutes, 1000 requests"),
        ("raise", "move", "the budget allows 7.5 %"),
        ("hold", "hold", "the evidence leans against the candidate"),
        ("stay", "hold", "minute 12, the budget allows no larger share yet"),
        ("inconclusive", "hold", "no proof"),
    ],
)
def test_each_advice_of_the_comparison_is_followed_and_said(
    advice: str, action: VerdictAction, reason: str
) -> None:
    seen = Finding(seen="SEEN", log_e=0.0, threshold=3.0, signals=())
    advised = assessment(advice=advice, percent=7.5)
    verdict = judge(RULES, see(12, assessment=advised, finding=seen), BEGAN)
    assert (verdict.action, verdict.reason) == (action, f"{reason}: SEEN")
    assert verdict.percent == (7.5 if advice == "raise" else None)


def test_every_check_without_data_is_named() -> None:
    verdict = judge(RULES, see(10, own={}, expected=("errors", "latency")), BEGAN)
    assert verdict.reason == "no data for errors, latency"


def test_a_wait_that_is_over_says_how_long_it_was() -> None:
    verdict = judge(RULES, see(180, requests=5), BEGAN)
    assert verdict.reason == "5 of 200 requests seen after 180 minutes; nobody decided within 2 h"


@pytest.mark.parametrize(
    ("on_inconclusive", "action"),
    [("promote", "ask"), ("wait", "ask"), ("roll_back", "roll_back")],
)
def test_under_suspicion_no_policy_promotes(on_inconclusive: str, action: VerdictAction) -> None:
    rules = RULES.model_copy(update={"on_inconclusive": on_inconclusive})
    assert decide(60, rules, assessment=assessment(suspicion="suspicious")) == action


@pytest.mark.parametrize(("ahead", "action"), [(0.0, "advance"), (1.25, "advance"), (1.26, "hold")])
def test_no_step_is_taken_to_a_share_that_would_overload_the_candidate(
    ahead: float, action: str
) -> None:
    verdict = judge(RULES, see(10, load_ahead=ahead), BEGAN)
    assert verdict.action == action
    assert ("at the next share the candidate would carry 1.26 times" in verdict.reason) == (
        action == "hold"
    )
