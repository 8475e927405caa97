"""Sweep of two deaths: the second strikes while the first is still being recovered from.

The suite tries some; `make deaths` tries every pair of calls that do something.
"""

import os
from collections.abc import Callable, Iterator
from random import Random
from typing import NamedTuple

import pytest

from tests.fakes.wire import When
from tests.worlds.sweeps import SCENES, check, play, prepared, undisturbed
from tests.worlds.world import World

SOME = 20
EVERY = os.environ.get("DEATHS") == "every"
LATER = 40
"""The second strikes at most so many calls after the first."""


class Death(NamedTuple):
    """At which call (0 is the next), on which side, and whether the execution dies as well."""

    number: int
    when: When
    mortal: bool


Pair = tuple[Death, Death]


@pytest.mark.parametrize("name", SCENES)
def test_two_deaths_leave_a_known_end(
    name: str, record_property: Callable[[str, object], None]
) -> None:
    pairs = list(all_pairs(name) if EVERY else some_pairs(name))
    struck = sum(killed_twice(name, pair) for pair in pairs)
    assert struck
    record_property("points", struck)


def some_pairs(name: str) -> Iterator[Pair]:
    random = Random(name)  # noqa: S311 - no secrets here
    calls = len(undisturbed(name).calls)
    for _ in range(SOME):
        yield drawn(random, calls), drawn(random, LATER)


def drawn(random: Random, calls: int) -> Death:
    return Death(random.randrange(calls), random.choice(WHEN), random.random() < 1 / 2)


WHEN: tuple[When, When] = ("before", "after")


def all_pairs(name: str) -> Iterator[Pair]:
    """After calls that do something; before a call is after another, or changes nothing."""
    for number in sorted(undisturbed(name).effects):
        for later in range(LATER):
            for fates in range(4):
                first = Death(number, "after", mortal=bool(fates & 1))
                yield first, Death(later, "after", mortal=bool(fates & 2))


def killed_twice(name: str, pair: Pair) -> bool:
    """Whether there was somebody left to kill."""
    world, struck = prepared(name)(), list[Death]()

    def strike(death: Death) -> None:
        struck.append(death)
        if len(struck) == 1:
            arm(pair[1])
        world.mortal = death.mortal
        for execution in world.all:
            execution.mortal = death.mortal
        world.wire.kill()

    def arm(death: Death) -> None:
        world.wire.at_call(death.number, death.when, lambda _: strike(death))

    arm(pair[0])
    ends(world, name, pair)
    return len(struck) == len(pair)


def ends(world: World, name: str, pair: Pair) -> None:
    begun = len(world.wire.calls)
    try:
        play(world, name, calm=False)
        check(world, name)
    except AssertionError as error:
        error.add_note(f"{pair}: {world.wire.calls[begun:]}")
        raise
