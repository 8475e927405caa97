"""A world in which version 1 serves, made once and forked for each test."""

from functools import cache

import pytest

from tests.worlds.world import World


@cache
def released() -> World:
    made = World(quick=True)
    made.promoted(1)
    return made


@pytest.fixture
def world() -> World:
    """Version 1 was released; the endpoint rests."""
    return released().fork()


@pytest.fixture
def scaled(world: World) -> World:
    """Version 1 serves, and its variant scales."""
    world.scaling.register("churn")
    return world
