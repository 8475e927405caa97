"""A world in which version 1 serves, played once and made again for each test."""

from collections.abc import Callable
from functools import cache

import pytest

from tests.worlds.world import World


@cache
def released() -> Callable[[], World]:
    made = World(quick=True)
    made.promoted(1)
    return made.snapshot()


@pytest.fixture
def world() -> World:
    """Version 1 was released; the endpoint rests."""
    return released()()


@pytest.fixture
def scaled(world: World) -> World:
    """Version 1 serves, and its variant scales."""
    world.scaling.register("churn")
    return world
