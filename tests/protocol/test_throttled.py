"""Fifty releases at once: what is throttled comes back spread, and going back comes back first."""

import pytest

from penstock.domain.errors import Unavailable
from penstock.domain.ledger.content import CANDIDATE
from tests.worlds.scenes import ERRORS, LOOK, ROLL_BACK, STAGE, shifted
from tests.worlds.world import World

RATE = Unavailable("Rate exceeded")


def refused_for(world: World, point: str, seconds: int) -> None:
    until = world.clock.now() + 1000 * seconds
    world.wire.refused[point] = lambda: RATE if world.clock.now() < until else None


@pytest.mark.parametrize("point", ["cloud.look", "cloud.weights"])
def test_a_throttled_way_back_is_tried_again_within_seconds(world: World, point: str) -> None:
    execution = shifted(world, 2)
    world.alarm(ERRORS)
    fired = world.clock.now()
    world.until(execution, ROLL_BACK)
    refused_for(world, point, 3)
    world.until(execution, ROLL_BACK, count=3)
    world.clock.advance(2)
    world.step(execution)
    assert world.wire.calls.count("cloud.weights") >= 2
    assert world.clock.now() - fired <= 8_000
    world.run(execution)
    assert world.content.share(CANDIDATE) == 0
    assert execution.ending == "rolled_back"


def test_a_long_throttle_does_not_use_up_the_history(world: World) -> None:
    execution = shifted(world, 2)
    world.alarm(ERRORS)
    world.until(execution, ROLL_BACK)
    before = execution.events
    refused_for(world, "cloud.look", 4 * 3600)
    world.run(execution)
    assert execution.ending == "rolled_back"
    assert execution.events - before < 6_000


def test_throttled_alarms_keep_no_lock_and_are_each_put_once(world: World) -> None:
    execution = world.release(2)
    world.until(execution, STAGE)
    refused_for(world, "alarms.put", 100)
    world.step(execution)
    assert world.gate.lock is None
    assert execution.state != LOOK
    world.run(execution)
    assert execution.ending == "promoted"


def test_releases_that_were_throttled_together_come_back_spread() -> None:
    waits = set()
    for version in range(2, 12):
        world = World()
        world.promoted(1)
        execution = world.release(version)
        world.until(execution, STAGE)
        refused_for(world, "alarms.put", 1)
        world.step(execution)
        waits.add(execution.document["wait_seconds"])
    assert len(waits) > 5
    assert min(waits) >= 10
    assert max(waits) <= 40
