"""`on_newer: queue`: a newer approval waits until the release in hand has ended by itself."""

import json
from functools import cache
from typing import Any

import pytest

from penstock.domain.ledger.gate import WINDOW
from penstock.domain.planning.budget import HISTORY_LIMIT
from tests.worlds.scenes import CLAIM, ERRORS, PLAN, in_window, shifted
from tests.worlds.world import POLICY, World

HISTORY = 25_000
"""Events that an execution may have (facts 5)."""


def policy(on_newer: str, **rollout: Any) -> dict[str, Any]:
    return {**POLICY, "rollout": {**POLICY["rollout"], "on_newer": on_newer, **rollout}}


@cache
def released() -> World:
    made = World(policy("queue"), quick=True)
    made.promoted(1)
    return made


@pytest.fixture
def world() -> World:
    return released().fork()


def test_the_release_in_hand_ends_undisturbed_and_the_newer_one_follows(world: World) -> None:
    e1 = shifted(world, 2)
    e2 = world.release(3)
    world.run(e1, e2)
    assert (e1.ending, e2.ending) == ("promoted", "promoted")
    assert world.executions.woken == []
    assert world.record_of(3).started_at >= (world.record_of(2).ended_at or 0)
    assert world.serves(3)


def test_a_watch_window_is_not_ended(world: World) -> None:
    e1 = in_window(world, 2)
    e2 = world.release(3)
    world.until(e2, CLAIM)
    world.step(e2)
    assert (world.gate.owner, world.gate.step) == (e1.arn, WINDOW)
    assert world.gate.wanted_at == world.approved_at(2)
    world.run()
    assert world.record_of(2).reason is None
    assert world.serves(3)


def test_of_several_that_wait_the_newest_is_released(world: World) -> None:
    e1 = shifted(world, 2)
    e2, e3 = world.release(3), world.release(4)
    world.run()
    assert [e.ending for e in (e1, e2, e3)] == ["promoted", "superseded", "promoted"]


def test_what_waited_for_a_release_that_is_rolled_back_is_released(world: World) -> None:
    e1 = shifted(world, 2)
    e2 = world.release(3)
    world.until(e2, CLAIM)
    world.step(e2)
    world.alarm(ERRORS)
    world.run()
    assert (e1.ending, e2.ending) == ("rolled_back", "promoted")
    assert e1.cause["tidy"] == "done"


def test_one_that_dies_waiting_is_started_by_the_sweep(world: World) -> None:
    shifted(world, 2)
    e2 = world.release(3)
    world.until(e2, CLAIM)
    world.step(e2)
    world.die(e2)
    world.settle_down()
    assert world.record_of(2).state == "promoted"
    assert world.serves(3)


def test_a_dead_owner_is_not_waited_for(world: World) -> None:
    world.die(shifted(world, 2))
    e2 = world.release(3)
    world.run(e2)
    assert e2.ending == "promoted"
    assert world.record_of(2).state == "rolled_back"


def test_a_rollback_never_waits(world: World) -> None:
    e1 = shifted(world, 2)
    rollback = world.start("rollback", action="rollback", endpoint="churn")
    world.run()
    assert (e1.ending, rollback.ending) == ("rolled_back", "restored")


def test_the_plan_of_the_release_in_hand_decides(world: World) -> None:
    e1 = shifted(world, 2)
    world.policies.put("churn", json.dumps(policy("supersede")))
    e2 = world.release(3)
    world.run(e1, e2)
    assert e1.ending == "promoted"
    world.policies.put("churn", json.dumps(policy("queue")))
    e3 = world.release(4)
    world.until_gate(e3, lambda gate: gate.package == e3.input["model_package_arn"])
    world.run(e3)
    assert world.serves(4)


def test_a_release_of_a_superseding_policy_is_superseded_by_one_that_would_queue(
    world: World,
) -> None:
    world.policies.put("churn", json.dumps(policy("supersede")))
    e1 = shifted(world, 2)
    world.policies.put("churn", json.dumps(policy("queue")))
    e2 = world.release(3)
    world.run()
    assert (e1.ending, e2.ending) == ("superseded", "promoted")


def test_before_there_is_a_plan_the_newcomers_policy_decides(world: World) -> None:
    e1 = world.release(2)
    world.until(e1, PLAN)
    e2 = world.release(3)
    world.until(e2, CLAIM)
    world.step(e2)
    assert world.gate.queued == e2.input["model_package_arn"]
    world.run()
    assert (e1.ending, e2.ending) == ("promoted", "promoted")


def test_a_wait_of_days_costs_no_more_history_than_the_release_leaves() -> None:
    """The sweep goes on where the execution stops waiting."""
    world = World(policy("queue", hold_minutes=3 * 24 * 60), quick=True)
    world.promoted(1)
    e1 = shifted(world, 2)
    e2 = world.release(3)
    world.run(e2, e1)
    assert e2.ending == "nothing_to_do"
    assert e2.events < HISTORY - HISTORY_LIMIT
    world.settle_down()
    assert e1.ending == "promoted"
    assert world.serves(3)
