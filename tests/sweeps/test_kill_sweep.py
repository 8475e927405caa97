"""Kill sweep: every instance dies right before and after every call it makes; the end is known."""

from collections.abc import Callable
from typing import Literal

import pytest

from tests.fakes.wire import When
from tests.sampling import to_strike
from tests.worlds.sweeps import SCENES, check, play, prepared, undisturbed

Fate = Literal["again", "recovery"]


@pytest.mark.parametrize("fate", ["again", "recovery"])
@pytest.mark.parametrize("name", SCENES)
def test_a_death_at_any_call_leaves_a_known_end(
    name: str, fate: Fate, record_property: Callable[[str, object], None]
) -> None:
    """(a) the state machine runs the task again; (b) the execution dies, reconcile recovers."""
    calls, opens, _ = undisturbed(name)
    numbers = to_strike(6, range(len(calls)), f"{name} {fate}")
    for number in numbers:
        if number in opens:  # else it is the moment right after the call before, tried already
            killed(name, number, "before", fate)
        killed(name, number, "after", fate)
    record_property("points", 2 * len(numbers))


def killed(name: str, number: int, when: When, fate: Fate) -> None:
    world = prepared(name)()
    world.mortal = fate == "recovery"
    for execution in world.all:
        execution.mortal = world.mortal
    begun = len(world.wire.calls)
    world.wire.at_call(number, when, lambda _: world.wire.kill())
    try:
        play(world, name)
        check(world, name, harmless=fate == "again")
    except AssertionError as error:
        error.add_note(f"killed {when} call {number}: {world.wire.calls[begun:]}")
        raise
