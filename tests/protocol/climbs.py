"""Releases that climb: their shares are chosen by the comparison with live."""

import json
from functools import cache
from typing import Any

from penstock.domain.execution.announcements import TrafficShifted
from tests.worlds.machine import Execution
from tests.worlds.world import POLICY, World

ROLLOUT = {"steps": "adaptive", "step_minutes": 3, "watch_minutes": 4}
JUDGE: dict[str, Any] = {
    "min_requests": 10,
    "warm_up_minutes": 1,
    "deadline_minutes": 60,
    "wait_hours": 1,
    "margins": {"errors": 0.05},
}


@cache
def serving() -> World:
    """Version 1 has served 600 requests a minute for an hour."""
    world = World({**POLICY, "rollout": ROLLOUT, "judge": JUDGE}, quick=True)
    world.traffic.per_minute = 600
    world.promoted(1)
    world.clock.advance(3600)
    return world


def world_of(**judge: Any) -> World:
    world = serving().fork()
    document = {**POLICY, "rollout": ROLLOUT, "judge": JUDGE | judge}
    world.policies.put("churn", json.dumps(document))
    return world


def shares(world: World) -> list[float]:
    """The candidate's, in percent, in order."""
    said = [each for each in world.announcer.said if isinstance(each, TrafficShifted)]
    return [each.to_percent for each in said if each.release_id == world.record_of(2).release]


def climbing(world: World, percent: float = 5) -> Execution:
    """A release that has come to some percent by itself."""
    execution = world.release(2)
    for _ in range(2000):
        if 100 * world.content.share("candidate") > percent and world.gate.lock is None:
            return execution
        world.step(execution)
    raise AssertionError("it never climbed")
