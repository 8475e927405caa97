"""Fault sweep: every call of every scene is throttled, refused or fails; the end is known."""

import json
import os
from collections.abc import Callable

import pytest

from penstock.domain.errors import Denied, Unavailable
from tests.sampling import to_strike
from tests.worlds.promises import nothing_left
from tests.worlds.sweeps import QUICK, SCENES, check, play, prepared, undisturbed
from tests.worlds.world import World

NEVER_MS = 8 * 3_600_000
"""Longer than anything is tried that may be given up."""
Record = Callable[[str, object], None]

DEEP = 9
"""A sample strikes one call in so many."""
APART = 1 if os.environ.get("DEATHS") == "every" else 4
"""Releases that are hindered for hours take long to play: `make deaths` tries every call."""


@pytest.mark.parametrize("name", SCENES)
def test_throttling_at_any_call_changes_no_end(name: str, record_property: Record) -> None:
    """Also a 5xx answer to a call that had no effect: the port's word for both is Unavailable."""
    numbers = to_strike(DEEP, range(len(undisturbed(name).calls)), name)
    for number in numbers:
        with_error(name, number, Unavailable("Rate exceeded"), harmless=True)
    record_property("points", len(numbers))


@pytest.mark.parametrize(
    ("name", "service", "minutes", "apart"),
    [
        ("good release", "", 0.5, 1),
        ("good release", "", 10, 2),
        ("good release", "alarms. metrics. minutes.", 60, 2),
        ("good release", "cloud. registry. scaling.", 60, 3),
        ("first release", "", 10, 3),
        ("recovery of a window", "", 10, 3),
        ("bad release in its window", "", 10, 3),
        ("rollback", "", 60, 3),
    ],
)
def test_minutes_of_trouble_from_any_call_on_change_no_end(
    name: str, service: str, minutes: float, apart: int, record_property: Record
) -> None:
    """Of every service, or of one; struck at each call, or at each so-many-eth to save time."""
    numbers = to_strike(DEEP, range(0, len(undisturbed(name).calls), apart), name)
    struck = tuple(service.split(" "))
    for number in numbers:
        world = prepared(name)()
        world.wire.at_call(number, "before", troubled(world, struck, minutes))
        known_end(world, name, number, harmless=True)
    record_property("points", len(numbers))


@pytest.mark.parametrize("name", SCENES)
def test_a_5xx_answer_to_a_call_that_took_effect_changes_no_end(
    name: str, record_property: Record
) -> None:
    numbers = to_strike(DEEP, sorted(undisturbed(name).effects), name)
    for number in numbers:
        world = prepared(name)()
        world.wire.at_call(number, "after", raising(Unavailable("InternalFailure")))
        known_end(world, name, number, harmless=True)
    record_property("points", len(numbers))


@pytest.mark.parametrize("name", SCENES)
def test_a_call_that_is_denied_once_leaves_a_known_end(name: str, record_property: Record) -> None:
    numbers = to_strike(DEEP, needed(name), name)
    for number in numbers:
        with_error(name, number, Denied("not authorized"), harmless=False)
    record_property("points", len(numbers))


@pytest.mark.parametrize("lasting", [False, True])
@pytest.mark.parametrize("name", [n for n, scene in SCENES.items() if scene.blocks != "always"])
def test_alarms_that_could_not_be_deleted_go_with_the_next_release(
    name: str, lasting: bool, record_property: Record
) -> None:
    """No end waits for a deletion."""
    calls = undisturbed(name).calls
    for number in (n for n, point in enumerate(calls) if point == "alarms.delete"):
        world = prepared(name)()
        once = raising(Denied("not authorized"))
        world.wire.at_call(number, "before", denied_from_now(world) if lasting else once)
        play(world, name)
        world.policies.put("churn", json.dumps(QUICK))
        world.promoted(9)
        nothing_left(world.ledger, world.cloud, world.alarms)
        assert world.serves(9)
    record_property("points", calls.count("alarms.delete"))


@pytest.mark.parametrize("name", SCENES)
def test_a_permission_that_goes_and_comes_back_leaves_a_known_end(
    name: str, record_property: Record
) -> None:
    """From one call on its action is denied: until the release is over, or for eight hours."""
    numbers = to_strike(DEEP, needed(name)[::APART], name)
    for number in numbers:
        world = prepared(name)()
        world.wire.at_call(number, "before", denied_from_now(world))
        known_end(world, name, number, stuck=True)
    record_property("points", len(numbers))


def needed(name: str) -> list[int]:
    """The calls that an end may depend on."""
    calls = undisturbed(name).calls
    return [number for number, point in enumerate(calls) if point != "alarms.delete"]


def with_error(name: str, number: int, error: Exception, *, harmless: bool) -> None:
    world = prepared(name)()
    world.wire.at_call(number, "before", raising(error))
    known_end(world, name, number, harmless=harmless)


def raising(error: Exception) -> Callable[[str], None]:
    def strike(_: str) -> None:
        raise error

    return strike


def troubled(world: World, struck: tuple[str, ...], minutes: float) -> Callable[[str], None]:
    def strike(point: str) -> None:
        until = world.clock.now() + minutes * 60_000
        error = Unavailable("Rate exceeded")

        def weather(point: str) -> Exception | None:
            return error if point.startswith(struck) and world.clock.now() < until else None

        world.wire.weather = weather
        if point.startswith(struck):
            raise error

    return strike


def denied_from_now(world: World) -> Callable[[str], None]:
    def strike(point: str) -> None:
        until = world.clock.now() + NEVER_MS
        denied = Denied("not authorized")
        world.wire.refused[point] = lambda: denied if world.clock.now() < until else None

    return strike


def known_end(
    world: World, name: str, number: int, *, harmless: bool = False, stuck: bool = False
) -> None:
    begun = len(world.wire.calls)
    try:
        play(world, name)
        check(world, name, harmless=harmless, stuck=stuck)
    except AssertionError as error:
        error.add_note(f"struck call {number} of {world.wire.calls[begun:][:400]}")
        raise
