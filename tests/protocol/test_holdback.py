"""A release that leaves a part of the requests on the previous model before it is promoted."""

import json
from functools import cache
from typing import Any

import pytest

from penstock.domain.ledger.gate import PROMOTE, SHIFT
from penstock.domain.planning.size import GROWS
from tests.protocol.climbs import shares
from tests.worlds.machine import Execution
from tests.worlds.promises import at_known_rest
from tests.worlds.scenes import CLAIM, ERRORS, JUDGE, WATCH, silent
from tests.worlds.world import POLICY, World

HELD = PROMOTE - 1
MINUTE = 60
CLIMB = {"steps": "adaptive", "step_minutes": 3, "watch_minutes": 4}
STEPS = {**POLICY["rollout"], "holdback_percent": 5, "holdback_minutes": 60}


def document(rollout: dict[str, Any] | None = None, **judge: Any) -> dict[str, Any]:
    return {**POLICY, "rollout": STEPS | (rollout or {}), "judge": POLICY["judge"] | judge}


@cache
def serving() -> World:
    """Version 1 has served 600 requests a minute for an hour."""
    world = World(document(), quick=True)
    world.traffic.per_minute = 600
    world.promoted(1)
    world.clock.advance(3600)
    return world


def world_of(rollout: dict[str, Any] | None = None, **judge: Any) -> World:
    world = serving().fork()
    world.policies.put("churn", json.dumps(document(rollout, **judge)))
    return world


def held(world: World, version: int = 2) -> Execution:
    """A release in its holdback, verified."""
    execution = world.release(version)
    for _ in range(3000):
        if world.gate.step == HELD and execution.state == JUDGE:
            assert world.content.share("candidate") == 0.95
            return execution
        world.step(execution)
    raise AssertionError("it was never held back")


def reason(execution: Execution) -> str:
    return str(execution.cause["reason"])


def test_it_is_promoted_when_the_holdback_is_over() -> None:
    world = world_of()
    execution = held(world)
    began = world.clock.now()
    world.until_gate(execution, lambda gate: gate.step == PROMOTE)
    assert 59 <= (world.clock.now() - began) / 60_000 <= 61
    world.run(execution)
    assert execution.ending == "promoted"
    assert shares(world) == [10, 50, 95, 100]
    assert world.serves(2)


def test_after_a_ramp_it_is_one_share_more_and_no_share_of_the_ramp() -> None:
    world = world_of({**CLIMB, "hold_minutes": 0}, deadline_minutes=60, margins={"errors": 0.05})
    execution = held(world)
    world.run(execution)
    assert execution.ending == "promoted"
    *_, top, left, whole = shares(world)
    assert (top, left, whole) == (50, 95, 100)


def test_harm_that_begins_late_goes_back_by_weights_and_live_serves_again() -> None:
    world = world_of()
    execution = held(world)
    world.clock.advance(20 * MINUTE)
    world.wire.calls.clear()
    world.traffic.rates = {"candidate": {"errors": 0.05}}
    began = world.clock.now()
    while world.content.share("candidate") > 0:
        world.step(execution)
    assert (world.clock.now() - began) / 60_000 < 30
    assert "cloud.update" not in world.wire.calls
    assert world.view.instances("live") == 2
    world.run(execution)
    assert execution.ending == "rolled_back"
    assert reason(execution).startswith("the candidate is worse than live: candidate ")
    assert world.serves(1)
    at_known_rest(world.ledger, world.cloud, world.alarms)


def test_what_goes_wrong_on_both_is_promoted_all_the_same() -> None:
    world = world_of()
    execution = held(world)
    world.traffic.rates = {name: {"errors": 0.05} for name in ("candidate", "live")}
    world.run(execution)
    assert execution.ending == "promoted"


def test_under_suspicion_nothing_is_promoted_and_people_are_asked() -> None:
    """One bad minute near the end: too little to roll back, too much to go on."""
    world = world_of(on_inconclusive="promote")
    execution = held(world)
    world.clock.advance(50 * MINUTE)
    minute, config = world.clock.now() // 60_000, world.content.name
    world.minutes.record("churn", config, "candidate", minute, {"errors": (570.0, 150.0)})
    world.run(execution)
    assert execution.ending == "rolled_back"
    assert "leans against the candidate" in reason(execution)
    assert "Attention Needed" in world.announcer.types
    assert world.serves(1)


def test_silence_in_the_holdback_is_no_health() -> None:
    world = world_of()
    execution = held(world)
    world.traffic.per_minute = 0
    world.run(execution)
    assert execution.ending == "rolled_back"
    assert "requests seen" in reason(execution)


@pytest.mark.parametrize("name", ["business", ERRORS])
def test_an_alarm_rolls_back_at_once(name: str) -> None:
    world = world_of()
    execution = held(world)
    world.until(execution, WATCH)
    world.step(execution)
    began = world.clock.now()
    world.alarm(name)
    while world.content.share("candidate") > 0:
        world.step(execution)
    assert world.clock.now() - began < 180_000
    world.run(execution)
    assert execution.ending == "rolled_back"
    assert world.serves(1)


def test_a_revoked_approval_rolls_back() -> None:
    world = world_of()
    execution = held(world)
    arn = str(execution.input["model_package_arn"])
    package = world.registry.packages[arn]
    world.registry.put(package.model_copy(update={"approval": "Rejected"}))
    world.revoked(arn)
    world.run(execution)
    assert execution.ending == "rolled_back"
    assert world.serves(1)


def test_a_requested_rollback_takes_back_what_is_held_back() -> None:
    world = world_of()
    execution = held(world)
    world.start("back", action="rollback", endpoint="churn")
    world.run()
    assert execution.ending == "rolled_back"
    assert world.serves(1)


def test_a_newer_approval_supersedes() -> None:
    world = world_of()
    execution = held(world)
    newer = world.release(3)
    world.run()
    assert (execution.ending, newer.ending) == ("superseded", "promoted")
    assert world.serves(3)


def test_a_newer_approval_waits_where_the_policy_queues() -> None:
    world = world_of({"on_newer": "queue"})
    execution = held(world)
    newer = world.release(3)
    world.until(newer, CLAIM)
    world.step(newer)
    assert (world.gate.owner, world.gate.step) == (execution.arn, HELD)
    world.run()
    assert (execution.ending, newer.ending) == ("promoted", "promoted")
    assert world.record_of(3).started_at >= (world.record_of(2).ended_at or 0)


def test_a_death_is_rolled_back_by_a_recovery() -> None:
    world = world_of()
    world.die(held(world))
    world.settle_down()
    assert world.record_of(2).state == "rolled_back"
    assert world.serves(1)


def test_an_owner_that_is_silent_is_recovered() -> None:
    world = world_of()
    execution = held(world)
    silent(world)
    world.die(execution)
    world.settle_down()
    assert world.serves(1)


def test_a_person_who_edits_meanwhile_is_respected() -> None:
    world = world_of()
    execution = held(world)
    world.cloud.edit("churn", "theirs")
    world.run(execution)
    assert execution.ending == "needs_a_person"
    assert world.content.name == "theirs"


def test_weights_that_sagemaker_undid_are_no_holdback() -> None:
    world = world_of()
    execution = world.release(2)
    world.until_gate(execution, lambda gate: gate.step == SHIFT + 1)
    world.until(execution, JUDGE)
    world.cloud.next("weights", outcome="undone")
    world.run(execution)
    assert execution.ending == "rolled_back"
    assert world.serves(1)


def test_it_does_not_begin_while_live_lacks_instances() -> None:
    world = world_of()
    execution = world.release(2)
    world.until_gate(execution, lambda gate: gate.step == SHIFT + 1)
    world.until(execution, JUDGE)
    world.cloud.scale("churn", live=1)
    world.until_gate(execution, lambda gate: gate.step == HELD)
    for _ in range(10):
        world.step(execution)
    assert world.content.share("candidate") == 0.5
    world.cloud.scale("churn", live=2)
    world.run(execution)
    assert execution.ending == "promoted"


def test_it_does_not_begin_where_it_would_overload_the_candidate() -> None:
    """Live has scaled out to 4 instances: the candidate's 3 carry half of that, not 95 %."""
    world = world_of()
    execution = world.release(2)
    world.until_gate(execution, lambda gate: gate.step == SHIFT + 1)
    world.until(execution, JUDGE)
    world.cloud.scale("churn", live=4)
    world.run(execution)
    assert max(shares(world)) == 50
    assert execution.ending == "rolled_back"
    assert (
        "at the next share the candidate would carry 1.27 times live's usual requests per instance"
    ) in reason(execution)


def test_more_instances_let_it_begin() -> None:
    world = world_of()
    execution = world.release(2)
    world.until_gate(execution, lambda gate: gate.step == SHIFT + 1)
    world.until(execution, JUDGE)
    world.cloud.scale("churn", live=4)
    for _ in range(20):
        world.step(execution)
    world.cloud.scale("churn", candidate=4)
    world.run(execution)
    assert execution.ending == "promoted"


def test_a_first_release_has_none() -> None:
    world = World(document(), quick=True)
    world.promoted(1)
    assert world.plan_of(1).notes[-1].startswith("the first release has no holdback")


def test_a_week_of_it_costs_no_more_history_and_no_larger_document_than_planned() -> None:
    """Every minute of it is judged and archived."""
    week = 7 * 24 * 60
    world = world_of({"holdback_minutes": week}, deadline_minutes=240, wait_hours=24)
    execution = held(world)
    sizes = []
    while execution.running:
        world.step(execution)
        if run := execution.document.get("run"):
            sizes.append(len(run.model_dump_json(by_alias=True)))
    assert execution.ending == "promoted"
    plan = world.plan_of(2)
    assert plan.least_minutes > week
    assert execution.events < plan.history_events
    assert max(sizes) < GROWS


CALLS = ("cloud.weights", "cloud.update", "ledger.write", "cloud.look", "announcer.announce")


@pytest.mark.parametrize("mortal", [False, True], ids=["again", "recovery"])
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("call", CALLS)
def test_a_death_at_any_call_of_it_leaves_a_known_end(call: str, when: Any, mortal: bool) -> None:
    """Also while it goes back: either version serves, verified."""
    for number in range(1, 12, 2):
        world = world_of({"holdback_minutes": 20})
        execution = world.release(2)
        world.until_gate(execution, lambda gate: gate.step == SHIFT + 1)
        world.until(execution, JUDGE)
        execution.mortal = mortal
        hook = world.wire.before if when == "before" else world.wire.after
        hook(call, world.wire.kill, count=number)
        world.traffic.rates = {"candidate": {"errors": 0.02}} if number % 4 == 1 else {}
        world.run(execution)
        world.wire.calm()
        world.settle_down()
        at_known_rest(world.ledger, world.cloud, world.alarms)
        assert world.serves(2) or world.serves(1), number
