"""Kill sweep around the calls that suspend or resume scale-in: it ends as it was found."""

from collections.abc import Callable
from functools import cache

import pytest

from penstock.domain.ledger.gate import WINDOW
from tests.fakes.wire import When
from tests.worlds.scenes import as_found
from tests.worlds.sweeps import QUICK, bad, good, harm_in_window, watched
from tests.worlds.world import World

Scene = Callable[[World], None]
WHEN: tuple[When, ...] = ("before", "after")


def recovered(world: World) -> None:
    """A release that dies in the middle; it is its recovery that is killed."""
    execution = world.release(3)
    while execution.running and world.gate.step != WINDOW:
        world.step(execution)
    world.die(execution)
    world.reconcile()
    world.run()


def resumed_at_rest(world: World) -> None:
    """A drift ends the release; a recovery resumes, and is killed."""
    execution = world.release(3)
    while execution.running and world.gate.step != WINDOW:
        world.step(execution)
    world.cloud.edit("churn", "theirs")
    world.run(execution)
    world.reconcile()
    world.run()


def rolled_back_from_the_window(world: World) -> None:
    watched(world)
    harm_in_window(world)


SCENES: dict[str, Scene] = {
    "promoted": good,
    "rolled back": bad,
    "rolled back from the window": rolled_back_from_the_window,
    "recovered": recovered,
    "resumed at rest": resumed_at_rest,
}


@cache
def prepared(suspended: bool) -> Callable[[], World]:
    world = World(QUICK, quick=True)
    world.cloud.times.swap = world.cloud.times.create = 120
    for version in (1, 2):
        world.promoted(version)
    world.scaling.register("churn", suspended=suspended)
    return world.snapshot()


def near(scene: Scene) -> list[int]:
    """The writes that suspend and resume, and those right before and right after them."""
    world = prepared(False)()
    done = len(world.wire.writes)
    scene(world)
    world.settle_down()
    writes = world.wire.writes[done:]
    calls = [n for n, point in enumerate(writes) if point.startswith("scaling.")]
    beside = {n + step for n in calls for step in (-1, 0, 1)}
    return sorted(n for n in beside if 0 <= n < len(writes))


@pytest.mark.parametrize("mortal", [False, True], ids=["again", "recovery"])
@pytest.mark.parametrize("name", SCENES)
def test_a_death_around_any_of_its_calls_leaves_scaling_as_found(name: str, mortal: bool) -> None:
    points: list[tuple[int, When]] = [(n, w) for n in near(SCENES[name]) for w in WHEN]
    assert points
    for number, when in points:
        for suspended in (False, True):
            world = prepared(suspended)()
            world.wire.kill_at_write(number, when)
            world.mortal = mortal
            SCENES[name](world)
            world.settle_down()
            said = f"killed {when} write {number}: {world.wire.writes}"
            assert as_found(world, scale_in=suspended), said
            assert world.gate.lock is None, said
    print(f"{name}: {2 * len(points)} points")  # noqa: T201 - the count is part of the report
