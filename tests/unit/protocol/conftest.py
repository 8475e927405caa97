"""A world in which version 1 serves, and the states by the names of the state machine."""

import pytest

from tests.unit.protocol.world import World


@pytest.fixture
def world() -> World:
    """Version 1 was released; the endpoint rests."""
    made = World()
    made.promoted(1)
    return made
