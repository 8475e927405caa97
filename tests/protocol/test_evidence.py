"""Releases that the comparison with live decides: explicit steps."""

import re
from typing import Any

import pytest

from penstock.domain.execution.announcements import ReleaseJudged
from tests.worlds.machine import Execution
from tests.worlds.world import POLICY, World

JUDGE = {"min_requests": 10, "warm_up_minutes": 1, "deadline_minutes": 20, "wait_hours": 1}
STEPS = {"steps": [10, 50], "step_minutes": 6, "hold_minutes": 0, "watch_minutes": 4}


def world_of(*, prove: bool = True, **judge: Any) -> World:
    world = World({**POLICY, "rollout": STEPS | {"prove": prove}, "judge": JUDGE | judge})
    world.promoted(1)
    return world


def released(world: World) -> Execution:
    execution = world.release(2)
    world.run(execution)
    return execution


def reason(execution: Execution) -> str:
    return str(execution.cause["reason"])


def test_a_candidate_that_fails_more_often_than_live_is_rolled_back() -> None:
    world = world_of()
    world.traffic.rates = {"candidate": {"errors": 0.3}}
    execution = released(world)
    assert execution.ending == "rolled_back"
    assert reason(execution).startswith("the candidate is worse than live: candidate ")
    assert "against 'not more than 1.1x worse'" in reason(execution)
    assert world.content.config == world.gate.content.config  # type: ignore[union-attr]  # rests


def test_what_goes_wrong_on_both_speaks_against_neither() -> None:
    world = world_of(prove=False)
    world.traffic.rates = {"candidate": {"errors": 0.3}, "live": {"errors": 0.3}}
    assert released(world).ending == "promoted"


def test_the_last_step_is_passed_once_the_margins_are_proven() -> None:
    world = world_of()
    execution = released(world)
    assert execution.ending == "promoted"
    said = [a.reason for a in world.announcer.said if isinstance(a, ReleaseJudged)]
    assert not any("not proven" in reason for reason in said)


@pytest.mark.parametrize(
    ("on_inconclusive", "ending"),
    [("promote", "promoted"), ("roll_back", "rolled_back"), ("wait", "rolled_back")],
)
def test_what_steps_cannot_prove_the_policy_decides(on_inconclusive: str, ending: str) -> None:
    """Three in ten fail on both: nothing speaks against the candidate, and nothing is proven."""
    world = world_of(on_inconclusive=on_inconclusive)
    world.traffic.rates = {"candidate": {"errors": 0.3}, "live": {"errors": 0.3}}
    execution = released(world)
    assert execution.ending == ending
    said = [a.reason for a in world.announcer.said if isinstance(a, ReleaseJudged)]
    assert any(reason.startswith("the margins are not proven") for reason in said)
    assert world.announcer.types.count("Traffic Shifted") >= 3


def test_suspicion_holds_the_share_and_nothing_promotes_it() -> None:
    """One bad minute: not enough to roll back, too much to go on."""
    world = world_of(on_inconclusive="promote", cold_start_minutes=0)
    execution = with_a_bad_minute(world)
    assert execution.ending == "rolled_back"
    assert "leans against the candidate after 80 minutes" in reason(execution)
    assert "nobody decided within 1 h" in reason(execution)
    assert world.announcer.types.count("Traffic Shifted") == 2, "the first release and 10 %"


def test_one_bad_minute_of_a_cold_candidate_is_waited_for_and_forgotten() -> None:
    world = world_of()
    assert with_a_bad_minute(world).ending == "promoted"
    said = [a.reason for a in world.announcer.said if isinstance(a, ReleaseJudged)]
    assert any("candidate 4 errors in " in reason for reason in said)


def with_a_bad_minute(world: World) -> Execution:
    """A release whose first judged minute has 4 errors in 20 requests."""
    execution = world.release(2)
    while world.content.share("candidate") == 0 or execution.token is None:
        world.step(execution)
    first = -(-int(execution.document["phase"]["since"]) // 60_000) + JUDGE["warm_up_minutes"]
    config = world.content.name
    world.minutes.record("churn", config, "candidate", first, {"errors": (20.0, 4.0)})
    world.run(execution)
    return execution


def test_requests_that_name_the_candidate_are_told_once_and_hold_nothing_up() -> None:
    """A load test of 120 requests a minute beside a share of 20, for four minutes."""
    world = world_of()
    execution = world.release(2)
    while world.content.share("candidate") == 0 or execution.token is None:
        world.step(execution)
    first = -(-int(execution.document["phase"]["since"]) // 60_000) + JUDGE["warm_up_minutes"]
    config = world.content.name
    for number in range(first, first + 4):
        world.minutes.record("churn", config, "candidate", number, {"errors": (140.0, 0.0)})
    world.run(execution)
    assert execution.ending == "promoted"
    said = [a for a in world.announcer.said if isinstance(a, ReleaseJudged) and a.direct_requests]
    assert said[0].direct_requests
    assert "somebody sends requests to the candidate directly: " in said[0].reason
    news = [each for each in said if each.verdict == each.previous_verdict]
    assert len(news) == 1
    assert news[0] is said[0]


@pytest.mark.parametrize(
    ("on_inconclusive", "ending"),
    [("promote", "promoted"), ("roll_back", "rolled_back"), ("wait", "rolled_back")],
)
def test_silence_is_for_the_policy_to_decide(on_inconclusive: str, ending: str) -> None:
    world = world_of(on_inconclusive=on_inconclusive)
    world.traffic.per_minute = 0
    execution = released(world)
    assert execution.ending == ending


@pytest.mark.parametrize("gap", ["whole", "throttled"])
def test_a_gap_in_cloudwatchs_answers_holds(gap: str) -> None:
    world = world_of()
    execution = world.release(2)
    world.until_gate(execution, lambda gate: gate.step == 20)
    before = getattr(world.minutes, gap)
    setattr(world.minutes, gap, not before)
    world.until(execution, "Judge what is seen", 15)
    assert world.gate.step == 20
    setattr(world.minutes, gap, before)
    world.run(execution)
    assert execution.ending == "promoted"


@pytest.mark.parametrize("minutes", [1, 4])
@pytest.mark.parametrize(("failing", "ending"), [(0.3, "rolled_back"), (0.0, "promoted")])
def test_failures_that_come_after_their_requests_decide_all_the_same(
    minutes: int, failing: float, ending: str
) -> None:
    world = world_of()
    world.minutes.late = {"errors": minutes}
    world.traffic.rates = {"candidate": {"errors": failing}}
    assert released(world).ending == ending


def test_an_alarm_wins_over_evidence_that_is_clear() -> None:
    world = world_of()
    execution = world.release(2)
    world.until_gate(execution, lambda gate: gate.step == 21)
    world.alarm("business")
    world.run(execution)
    assert execution.ending == "rolled_back"
    assert "business" in reason(execution)


def test_minutes_of_an_overloaded_candidate_say_nothing() -> None:
    """It fails, but it carries more than live ever did: not the model's doing."""
    world = world_of(on_inconclusive="roll_back")
    execution = world.release(2)
    world.until_gate(execution, lambda gate: gate.step == 21)
    world.until(execution, "Watch what is served")
    world.cloud.scale("churn", live=40)
    world.traffic.rates = {"candidate": {"errors": 0.5}}
    world.run(execution)
    assert "no proof" not in reason(execution)
    assert "times live's usual requests per instance" in reason(execution)


def test_a_release_goes_on_where_nobody_keeps_its_minutes() -> None:
    world = world_of()
    world.archive.closed = True
    assert released(world).ending == "promoted"


def test_the_wait_for_a_person_is_one_budget_for_all_steps() -> None:
    """40 of 60 minutes are waited at the first step, so 20 are left at the second."""
    world = world_of()
    world.traffic.per_minute = 0
    execution = world.release(2)
    world.until_gate(execution, lambda gate: gate.step == 20)
    began = world.clock.now()
    while world.clock.now() < began + 60 * 60_000:
        world.step(execution)
    world.traffic.per_minute = 200
    world.until_gate(execution, lambda gate: gate.step == 21)
    world.traffic.per_minute = 0
    world.run(execution)
    waited = re.search(r"after (\d+) minutes; nobody decided", reason(execution))
    assert waited
    assert 30 <= int(waited[1]) <= 40


def test_what_is_kept_does_not_travel_on() -> None:
    world = world_of()
    execution = world.release(2)
    world.until_gate(execution, lambda gate: gate.step == 21)
    assert execution.document["case"]["kept"]
    assert execution.document["case"]["unkept"] == []


def test_every_judged_minute_is_kept_once_and_in_order() -> None:
    world = world_of()
    released(world)
    (transcript,) = map(world.archive.transcript, ["churn"], [world.record_of(2).release])
    numbers = [minute["minute"] for minute in transcript["minutes"]]
    assert numbers == sorted(set(numbers))
    assert {minute["weight"] for minute in transcript["minutes"]} >= {0.1, 0.5}


def test_minutes_that_could_not_be_kept_are_kept_later() -> None:
    world = world_of()
    world.archive.closed = True
    execution = world.release(2)
    world.until_gate(execution, lambda gate: gate.step == 21)
    world.archive.closed = False
    world.run(execution)
    transcript = world.archive.transcript("churn", world.record_of(2).release)
    assert transcript["minutes"][0]["weight"] == 0.1


def test_the_record_keeps_the_last_comparison_also_through_the_watch_window() -> None:
    world = world_of()
    released(world)
    judged = world.record_of(2).judged
    assert judged is not None
    assert (judged.verdict, judged.percent) == ("advance", 50)
    (errors,) = judged.signals
    assert errors.candidate_requests > 100
    assert judged.reason.startswith("calm for ")


def test_verdicts_are_explained_where_they_change() -> None:
    world = world_of()
    world.traffic.rates = {"candidate": {"errors": 0.3}}
    released(world)
    said = [each for each in world.announcer.said if isinstance(each, ReleaseJudged)]
    last = said[-1]
    assert last.verdict == "roll_back"
    assert last.log_e is not None
    assert last.threshold is not None
    assert last.log_e > last.threshold
    assert last.signals[0].candidate_bad > last.signals[0].live_bad
