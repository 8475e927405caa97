"""Kill every instance right before and right after every write it makes; the end is still known."""

from collections.abc import Callable
from functools import cache
from typing import Any, Literal

import pytest

from penstock.domain.blueprint import CANDIDATE
from tests.fakes.wire import When
from tests.unit.protocol.machine import Execution
from tests.unit.protocol.promises import at_known_rest
from tests.unit.protocol.scenes import ERRORS, LIVE_ERRORS
from tests.unit.protocol.world import POLICY, World

QUICK = {
    **POLICY,
    "rollout": {"steps": [50], "step_minutes": 1, "hold_minutes": 0, "watch_minutes": 2},
    "judge": {"min_requests": 10, "warm_up_minutes": 1},
}
Fate = Literal["again", "recovery"]
Scene = Callable[[World, bool], None]


def new(world: World, mortal: bool, version: int, **more: Any) -> Execution:
    execution = world.release(version, **more)
    execution.mortal = mortal
    return execution


def good(world: World, mortal: bool) -> None:
    world.run(new(world, mortal, 3))


def bad(world: World, mortal: bool) -> None:
    """The alarm fires with the first traffic, and its event arrives."""
    execution = new(world, mortal, 3)
    while execution.running and world.gate.release == world.record_of(2).release:
        world.step(execution)
    while execution.running and world.content.share(CANDIDATE) == 0:
        world.step(execution)
    fire(world, ERRORS)
    world.run()


def bad_in_window(world: World, mortal: bool) -> None:
    execution = new(world, mortal, 3)
    while execution.running and world.gate.step != 90:
        world.step(execution)
    fire(world, LIVE_ERRORS)
    world.run()


def fire(world: World, name: str) -> None:
    """The event of an alarm is delivered until its function survives."""
    if name not in world.alarms.names:
        return
    world.alarms.put(name, "ALARM")
    world.tell(name)


def requested(world: World, mortal: bool) -> None:
    """A person's rollback at rest."""
    execution = world.start("rollback", action="rollback", endpoint="churn")
    execution.mortal = mortal
    world.run()


def first(world: World, mortal: bool) -> None:
    world.run(new(world, mortal, 1))


def failed_first(world: World, mortal: bool) -> None:
    world.cloud.next("create_endpoint", outcome="failed")
    world.run(new(world, mortal, 1))


SCENES: dict[str, tuple[Scene, int, tuple[int | None, ...]]] = {
    "good release": (good, 2, (3, 2)),
    "bad release": (bad, 2, (2,)),
    "bad release in its window": (bad_in_window, 2, (2, 3)),
    "rollback": (requested, 2, (1, 2)),
    "first release": (first, 0, (1, None)),
    "first release that fails": (failed_first, 0, (None, 1)),
}
"""What happens, how many releases went before, and which versions may serve in the end."""


@cache
def prepared(before: int) -> World:
    world = World(QUICK, quick=True)
    world.cloud.times.swap = world.cloud.times.create = 120
    for version in range(1, before + 1):
        world.promoted(version)
    return world


def writes(scene: Scene, before: int) -> int:
    """How many writes there are when nobody is killed."""
    world = prepared(before).fork()
    done = len(world.wire.writes)
    scene(world, False)
    world.settle_down()
    return len(world.wire.writes) - done


@pytest.mark.parametrize("fate", ["again", "recovery"])
@pytest.mark.parametrize("name", SCENES)
def test_a_death_at_any_write_leaves_a_known_end(name: str, fate: Fate) -> None:
    """(a) the state machine runs the task again; (b) the execution dies, reconcile recovers."""
    scene, before, endings = SCENES[name]
    points = [(n, when) for n in range(writes(scene, before)) for when in ("before", "after")]
    for number, when in points:
        world = killed(scene, before, number, when, fate)  # type: ignore[arg-type]  # literals
        try:
            at_known_rest(world.ledger, world.cloud, world.alarms)
            serving = world.gate.serving
            version = int(serving.rsplit("/", 1)[1]) if serving else None
            assert version in endings or world.gate.attention, (version, world.gate)
        except AssertionError as error:
            error.add_note(f"killed {when} write {number}: {world.wire.writes}")
            raise
    print(f"{name}, {fate}: {len(points)} points")  # noqa: T201 - the count is part of the report


def killed(scene: Scene, before: int, number: int, when: When, fate: Fate) -> World:
    world = prepared(before).fork()
    world.wire.kill_at_write(number, when)
    scene(world, fate == "recovery")
    world.settle_down()
    return world
