"""Releases by a policy that leaves the steps open."""

import json
from typing import Any

from tests.protocol.climbs import JUDGE, serving
from tests.worlds.machine import Execution
from tests.worlds.world import POLICY, World

OPEN = {"step_minutes": 3, "watch_minutes": 4}


def world_of(per_minute: int = 600) -> World:
    """Version 1 has served so many requests a minute for two hours."""
    world = serving().fork()
    world.traffic.per_minute = per_minute
    world.clock.advance(7200)
    world.policies.put("churn", json.dumps({**POLICY, "rollout": OPEN, "judge": JUDGE}))
    return world


def said(notes: Any) -> list[str]:
    return [note for note in notes if note.startswith("steps: ")]


def dry_run(world: World) -> Execution:
    execution = world.release(2, dry_run=True)
    world.run(execution)
    return execution


def test_dense_traffic_climbs_by_evidence_and_is_promoted() -> None:
    world = world_of()
    execution = world.release(2)
    world.run(execution)
    assert execution.ending == "promoted", execution.cause
    plan = world.plan_of(2)
    assert plan.policy.rollout.steps == "adaptive"
    assert said(plan.notes) == [
        "steps: adaptive, because 600 requests a minute prove the margins in about 26 minutes"
    ]


def test_without_traffic_the_steps_are_those_of_the_strategy() -> None:
    world = world_of(0)
    execution = world.release(2)
    world.until(execution, "Judge what is seen", 1)
    plan = world.plan_of(2)
    assert plan.policy.rollout.steps == (5, 25, 50)
    assert said(plan.notes) == [
        "steps: 5, 25, 50 %, because no request was seen in the last 60 minutes"
    ]


def test_a_dry_run_says_the_same_as_the_release() -> None:
    dry = dry_run(world_of()).cause["plan"]
    world = world_of()
    execution = world.release(2)
    world.run(execution)
    assert said(dry["notes"]) == said(world.plan_of(2).notes)
    assert [stage["says"] for stage in dry["stages"]] == [s.says for s in world.plan_of(2).stages]


def test_an_execution_may_name_the_steps_or_open_them_again() -> None:
    world = world_of()
    named = world.release(2, policy={"rollout": {"steps": [50]}})
    world.run(named)
    assert world.plan_of(2).policy.rollout.steps == (50,)
    assert said(world.plan_of(2).notes) == []
    world.policies.put("churn", json.dumps({**POLICY, "judge": JUDGE}))
    opened = world.release(3, policy={"rollout": {"steps": "by_traffic"}})
    world.run(opened)
    assert world.plan_of(3).policy.rollout.steps == "adaptive"
