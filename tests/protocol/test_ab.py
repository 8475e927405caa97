"""A/B tests: a share is held until the goal decides, and harm always wins over the goal."""

import json
from functools import cache
from itertools import pairwise
from typing import Any

import pytest

from penstock.domain.execution.announcements import (
    PackageQuarantined,
    ReleaseObserved,
    ReleasePromoted,
    ReleaseRolledBack,
)
from penstock.domain.ledger.gate import PROMOTE
from tests.fakes.outcomes import FakeShop
from tests.protocol.climbs import shares
from tests.worlds.goals import GOAL
from tests.worlds.machine import Execution
from tests.worlds.promises import at_known_rest
from tests.worlds.scenes import ERRORS, JUDGE, WATCH
from tests.worlds.world import CHURN, POLICY, World

HELD = PROMOTE - 1
HOUR, DAY = 3600, 86_400
AB: dict[str, Any] = {
    "strategy": "ab",
    "steps": [10],
    "step_minutes": 2,
    "hold_minutes": 0,
    "watch_minutes": 4,
    "prove": False,
    "max_days": 2,
    "goal": {**GOAL, "least_effect": 0.02},
}
ROLLOUT = {key: value for key, value in AB.items() if key != "prove"}
LIVE = "live"
ALIKE = {LIVE: 0.1, "candidate": 0.1}
BETTER = {LIVE: 0.1, "candidate": 0.16}
WORSE = {LIVE: 0.1, "candidate": 0.04}
SMALL = {LIVE: 0.1, "candidate": 0.112}
"""Too small an effect to be found in the time, and too large to be ruled out."""


def document(**rollout: Any) -> dict[str, Any]:
    return {**POLICY, "rollout": ROLLOUT | rollout}


@cache
def serving() -> World:
    world = World(POLICY, quick=True)
    world.promoted(1)
    return world


def world_of(means: dict[str, float], **rollout: Any) -> World:
    """Version 1 serves; the policy has an A/B test now."""
    world = serving().fork()
    shop(world, means)
    world.policies.put("churn", json.dumps(document(**rollout)))
    return world


def shop(world: World, means: dict[str, float]) -> None:
    world.outcomes.always = FakeShop(world.cloud, means)


def held(world: World, version: int = 2) -> Execution:
    """A release that holds its share, and was judged there once."""
    execution = world.release(version)
    for _ in range(500):
        if world.gate.step == HELD and execution.state == WATCH:
            return execution
        world.step(execution)
    raise AssertionError("the share was never held")


def on(world: World, execution: Execution, seconds: float) -> None:
    until = world.clock.now() + 1000 * seconds
    while world.clock.now() < until and execution.running:
        world.step(execution)


def the(world: World, kind: type) -> Any:
    return [said for said in world.announcer.said if isinstance(said, kind)][-1]


def kept(world: World) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(
        world.archive.noted[CHURN, world.record_of(2).release, "goal"]
    )
    return document


def test_a_better_candidate_is_promoted() -> None:
    world = world_of(BETTER)
    world.promoted(2)
    assert world.serves(2)
    assert shares(world)[-3:] == [10, 50, 100]
    reason = the(world, ReleasePromoted).reason
    assert reason.startswith("the candidate is better: conversion 0.16 of ")
    assert "of live's" in reason
    assert "evidence " in reason
    assert world.record_of(2).reason == reason
    at_known_rest(world.ledger, world.cloud, world.alarms)


def test_lower_may_be_the_better_one() -> None:
    world = world_of(WORSE, goal={**AB["goal"], "better": "lower"})
    world.promoted(2)
    assert world.serves(2)


def test_a_worse_candidate_is_rolled_back_and_quarantined() -> None:
    world = world_of(WORSE)
    world.images[2] = "sha256:" + "2" * 64
    execution = world.release(2)
    world.run(execution)
    assert execution.ending == "rolled_back"
    assert world.serves(1)
    assert the(world, ReleaseRolledBack).reason.startswith("the candidate is worse: conversion")
    assert world.record_of(2).quarantine
    assert the(world, PackageQuarantined)
    at_known_rest(world.ledger, world.cloud, world.alarms)


def test_without_a_difference_live_is_kept() -> None:
    world = world_of(ALIKE)
    execution = world.release(2)
    world.run(execution)
    assert execution.ending == "observed"
    assert world.serves(1)
    said = the(world, ReleaseObserved)
    assert said.reason.startswith("no relevant difference: conversion 0.1 of ")
    assert "live is kept" in said.reason
    assert world.record_of(2).finding == said.reason
    assert world.record_of(2).quarantine is None
    at_known_rest(world.ledger, world.cloud, world.alarms)


def test_without_a_difference_the_policy_may_promote() -> None:
    world = world_of(ALIKE, on_no_difference="promote")
    world.promoted(2)
    assert world.serves(2)
    reason = the(world, ReleasePromoted).reason
    assert reason.startswith("no relevant difference: ")
    assert "the policy promotes then" in reason


@pytest.mark.parametrize(
    ("promotes", "ending"),
    [pytest.param("keep_live", "observed"), pytest.param("promote", "promoted")],
)
def test_after_its_days_the_policy_decides(promotes: str, ending: str) -> None:
    world = world_of(SMALL, on_no_difference=promotes)
    world.outcomes.always = FakeShop(world.cloud, SMALL, per_minute=1)
    execution = held(world)
    began = world.clock.now()
    world.run(execution)
    assert execution.ending == ending
    assert world.serves(1 if ending == "observed" else 2)
    reason = the(world, ReleaseObserved if ending == "observed" else ReleasePromoted).reason
    assert reason.startswith("undecided after 2 days: conversion")
    assert 2 * DAY + 65 * 60 <= (world.clock.now() - began) / 1000 < 2 * DAY + 4 * HOUR


@pytest.mark.parametrize("promotes", ["keep_live", "promote"])
@pytest.mark.parametrize("means", [{}, {LIVE: 0.1}])
def test_a_goal_without_data_keeps_live(promotes: str, means: dict[str, float]) -> None:
    world = world_of(means, on_no_difference=promotes)
    execution = world.release(2)
    world.run(execution)
    assert execution.ending == "observed"
    assert world.serves(1)
    reason = the(world, ReleaseObserved).reason
    assert reason.startswith("live is kept: conversion has no outcomes of both variants")


def test_an_end_that_promotes_nothing_needs_no_calm_share() -> None:
    """Nobody sends requests, so nothing about errors is known either."""
    world = world_of({})
    execution = held(world)
    world.traffic.per_minute = 0
    world.run(execution)
    assert execution.ending == "observed"


def test_outcomes_are_read_only_after_their_delay_and_each_once() -> None:
    world = world_of(ALIKE, goal={**AB["goal"], "delay_minutes": 120})
    world.outcomes.delay = 120
    execution = held(world)
    began = world.clock.now()
    on(world, execution, 2 * HOUR)
    assert world.outcomes.asked == []
    world.run(execution)
    assert execution.ending == "observed"
    asked = world.outcomes.asked
    assert all(end == first for (_, end), (first, _) in pairwise(asked))
    assert began // 60_000 <= asked[0][0] <= began // 60_000 + 1


def test_minutes_that_come_late_at_the_end_are_waited_for() -> None:
    """The effect shows only in the last hours, whose outcomes are published a day later."""
    late = {**AB["goal"], "delay_minutes": 1000}
    world = world_of(ALIKE, max_days=1, goal=late)
    quiet = FakeShop(world.cloud, ALIKE, per_minute=0)
    world.outcomes.always = quiet
    execution = held(world)
    on(world, execution, 22 * HOUR)
    now = world.clock.now() // 60_000
    world.outcomes.always = Later(FakeShop(world.cloud, BETTER, per_minute=2000), now)
    on(world, execution, 10 * HOUR)
    assert execution.running
    assert kept(world)["reason"].startswith("the last outcomes are still coming in: ")
    world.run(execution)
    assert execution.ending == "promoted"


class Later:
    """Outcomes of the minutes from one on."""

    def __init__(self, shop: FakeShop, first: int) -> None:
        self._shop, self._first = shop, first

    def __call__(self, series: Any, number: int) -> Any:
        return self._shop(series, number) if number >= self._first else None


@pytest.mark.parametrize("when", ["climb", "hold"])
@pytest.mark.parametrize("how", ["errors", "alarm"])
def test_harm_wins_over_the_goal(when: str, how: str) -> None:
    world = world_of(BETTER)
    world.outcomes.always = FakeShop(world.cloud, BETTER, per_minute=1)
    if when == "climb":
        execution = world.release(2)
        while world.content.share("candidate") == 0:
            world.step(execution)
    else:
        execution = held(world)
    if how == "errors":
        world.traffic.rates = {"candidate": {"errors": 0.9}}
    else:
        world.alarm(ERRORS)
    world.run(execution)
    assert execution.ending == "rolled_back"
    assert world.serves(1)
    reason = str(execution.cause["reason"])
    assert "alarm" in reason if how == "alarm" else "worse than live" in reason


def test_a_newer_approval_takes_over_where_the_policy_says_so() -> None:
    world = world_of(SMALL)
    world.outcomes.always = FakeShop(world.cloud, SMALL, per_minute=1)
    execution = held(world)
    newer = world.release(3)
    while execution.running:
        world.step(min((execution, newer), key=lambda each: each.due))
    assert execution.ending == "superseded"
    shop(world, BETTER)
    world.run()
    assert world.serves(3)


def test_a_newer_approval_that_queues_is_started_after_the_experiment() -> None:
    world = world_of(SMALL, on_newer="queue", max_days=1)
    world.outcomes.always = FakeShop(world.cloud, SMALL, per_minute=1)
    execution = held(world)
    newer = world.release(3)
    world.run(newer)
    assert newer.ending == "nothing_to_do"
    assert "queued" in json.dumps(newer.cause) or "wait" in json.dumps(newer.cause)
    world.run(execution)
    assert execution.ending == "observed"
    shop(world, BETTER)
    world.settle_down()
    assert world.serves(3)


@pytest.mark.parametrize("stop", ["rollback", "revocation", "death"])
def test_what_stops_a_release_stops_an_experiment(stop: str) -> None:
    world = world_of(SMALL)
    world.outcomes.always = FakeShop(world.cloud, SMALL, per_minute=1)
    execution = held(world)
    if stop == "rollback":
        world.start("back", action="rollback", endpoint=CHURN)
    elif stop == "revocation":
        world.revoked(world.record_of(2).package)
    else:
        world.die(execution)
    world.settle_down()
    assert world.record_of(2).state == "rolled_back"
    assert world.serves(1)


def freeze(world: World) -> None:
    world.freezes.put(json.dumps({"reason": "the books close", "until": None}))


def test_a_promotion_waits_for_the_end_of_a_freeze() -> None:
    world = world_of(BETTER)
    world.outcomes.always = FakeShop(world.cloud, BETTER, per_minute=20)
    execution = held(world)
    freeze(world)
    on(world, execution, 3 * DAY)
    assert kept(world)["decision"] == "better"
    assert world.gate.step == HELD
    world.freezes.remove()
    world.run(execution)
    assert execution.ending == "promoted"


def test_an_end_that_keeps_live_does_not_wait_for_it() -> None:
    world = world_of(ALIKE)
    execution = held(world)
    freeze(world)
    world.run(execution)
    assert execution.ending == "observed"
    assert "frozen" not in json.dumps(execution.cause)


def test_frozen_days_do_not_count() -> None:
    world = world_of(SMALL)
    world.outcomes.always = FakeShop(world.cloud, SMALL, per_minute=1)
    execution = held(world)
    began = world.clock.now()
    freeze(world)
    on(world, execution, 3 * DAY)
    assert execution.running
    world.freezes.remove()
    world.run(execution)
    assert execution.ending == "observed"
    assert 5 * DAY <= (world.clock.now() - began) / 1000 < 6 * DAY


def test_a_freeze_between_decision_and_call_goes_back_to_the_held_share() -> None:
    world = world_of(BETTER)
    execution = held(world)
    world.until(execution, "Promote the candidate")
    freeze(world)
    on(world, execution, 5 * HOUR)
    assert world.content.share("candidate") == 0.5
    world.freezes.remove()
    world.run(execution)
    assert execution.ending == "promoted"


@pytest.mark.parametrize("lost", ["whole", "throttled"])
def test_lost_answers_are_asked_for_again(lost: str) -> None:
    world = world_of(BETTER)
    world.outcomes.always = FakeShop(world.cloud, BETTER, per_minute=20)
    execution = held(world)
    setattr(world.outcomes, lost, lost == "throttled")
    on(world, execution, 6 * HOUR)
    assert kept(world)["candidate"] == {"mean": None, "outcomes": 0.0}
    setattr(world.outcomes, lost, lost != "throttled")
    world.run(execution)
    assert execution.ending == "promoted"


def test_after_a_long_outage_of_cloudwatch_the_lost_minutes_are_said() -> None:
    world = world_of(SMALL, max_days=20)
    world.outcomes.always = FakeShop(world.cloud, SMALL, per_minute=1)
    execution = held(world)
    world.outcomes.whole = False
    on(world, execution, 17 * DAY)
    world.outcomes.whole = True
    world.run(execution)
    assert execution.ending == "observed"
    assert "minutes are lost, because CloudWatch keeps them for 15 days" in str(
        execution.cause["reason"]
    )
    assert kept(world)["lost_minutes"] > 2 * 24 * 60


def test_an_outage_to_the_end_does_not_hold_the_share_for_ever() -> None:
    world = world_of(ALIKE, max_days=1)
    execution = held(world)
    world.outcomes.whole = False
    world.run(execution)
    assert execution.ending == "observed"
    assert "no outcomes of both variants" in str(execution.cause["reason"])


def test_impossible_outcomes_are_left_out_and_said() -> None:
    world = world_of(ALIKE, max_days=1)
    world.outcomes.always = FakeShop(world.cloud, {LIVE: 0.1, "candidate": 7.0})
    execution = world.release(2)
    world.run(execution)
    assert execution.ending == "observed"
    assert "are left out, because their outcomes are impossible" in str(execution.cause["reason"])


def test_each_look_is_evidence() -> None:
    world = world_of(SMALL)
    world.outcomes.always = FakeShop(world.cloud, SMALL, per_minute=20)
    execution = held(world)
    on(world, execution, 5 * HOUR)
    found = kept(world)
    assert found["stance"] == "waits"
    assert found["candidate"]["mean"] == pytest.approx(0.112)
    assert found["live"]["mean"] == pytest.approx(0.1)
    low, high = found["interval"]
    assert low < found["effect"] < high
    assert found["minutes_left"]["median"] > 0
    assert found["max_days"] == 2


def test_the_archive_may_fail() -> None:
    world = world_of(BETTER)
    world.archive.closed = True
    world.promoted(2)


def test_a_first_release_ignores_the_goal() -> None:
    world = World(document(), quick=True)
    world.promoted(1)
    assert world.plan_of(1).notes[-1] == (
        "the first release is no experiment: there is no previous model"
    )
    assert world.outcomes.asked == []


def test_a_gate_comes_between_the_goal_and_the_promotion() -> None:
    world = world_of(BETTER)
    gated = {**document(), "gates": [{"at": "before_promotion", "hours": 24}]}
    world.policies.put("churn", json.dumps(gated))
    execution = world.release(2)
    on(world, execution, 10 * HOUR)
    assert execution.running
    assert kept(world)["decision"] == "better"
    world.run(execution)
    assert execution.ending == "rolled_back"


def test_an_adaptive_climb_ends_at_the_share() -> None:
    world = world_of(BETTER)
    patient = {**POLICY["judge"], "deadline_minutes": 240}
    climb = document(share=20, steps="adaptive", step_minutes=3)
    world.policies.put("churn", json.dumps({**climb, "judge": patient}))
    world.traffic.per_minute = 3000
    world.outcomes.always = FakeShop(world.cloud, BETTER, per_minute=3000)
    world.promoted(2)
    assert max(shares(world)[:-1]) == 20
    assert world.serves(2)


def test_the_document_stays_small() -> None:
    world = world_of(SMALL)
    world.outcomes.always = FakeShop(world.cloud, {LIVE: 1 / 7, "candidate": 1 / 6.5}, 3.3)
    execution = held(world)
    on(world, execution, DAY)
    world.until(execution, JUDGE)
    run = execution.document["run"]
    assert len(run.goal.model_dump_json()) <= 640
    again = type(run).model_validate_json(run.model_dump_json(by_alias=True))
    assert again.goal == run.goal
