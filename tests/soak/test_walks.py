"""Simulation of random walks: deaths, late instances, faults and people, then rest is reached."""

from collections.abc import Callable
from functools import cache

import pytest

from tests.soak.walk import Walk, never_forgotten
from tests.worlds.promises import at_known_rest, nothing_left
from tests.worlds.sweeps import QUEUE, QUICK
from tests.worlds.world import World

STEPS = 150


@cache
def released(*, queue: bool) -> Callable[[], World]:
    world = World(QUEUE if queue else QUICK, quick=True)
    world.promoted(1)
    return world.snapshot()


@pytest.mark.parametrize("seed", range(40))
def test_whatever_happens_ends_at_rest_and_explained(seed: int) -> None:
    """The promises hold at every call (promises.py); S2, S6 and S9 in the end."""
    world = released(queue=seed % 4 == 3)()
    walk = Walk(world, seed)
    try:
        walk.wander(STEPS)
        walk.peace()
        at_known_rest(world.ledger, world.cloud, world.alarms)
        assert never_forgotten(world.gate)
        if not (world.gate.attention or world.gate.drift):
            goes_on(world, walk.version)
    except AssertionError as error:
        error.add_note("\n".join(walk.said))
        raise


def goes_on(world: World, version: int) -> None:
    """Nothing that happened keeps the next releases from their ends, or lies about for ever."""
    for following in (version + 1, version + 2, version + 3):
        world.promoted(following)
    nothing_left(world.ledger, world.cloud, world.alarms)
    assert world.serves(version + 3)
