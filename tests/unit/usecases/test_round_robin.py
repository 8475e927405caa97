"""A sweep that has too little time begins the next time where it stopped."""

from penstock.usecases.sweeping.round_robin import RoundRobin
from tests.fakes.sweep_notes import FakeSweepNotes

NAMES = [f"group-{n}" for n in range(10)]


class World:
    """Each piece of work takes a minute of the five that a sweep has."""

    def __init__(self) -> None:
        self.notes = FakeSweepNotes()

    def sweep(self, names: list[str]) -> list[str]:
        left, done = [300_000], list[str]()

        def work(name: str) -> None:
            left[0] -= 60_000
            done.append(name)

        RoundRobin(self.notes, lambda: left[0])("group", names, work, 90_000)
        return done


def test_all_have_their_turn() -> None:
    world = World()
    first, second, third = (world.sweep(NAMES) for _ in range(3))
    assert {len(first), len(second), len(third)} == {4}
    assert {*first, *second, *third} == set(NAMES)
    assert third == [*NAMES[8:], *NAMES[:2]]


def test_what_came_to_the_end_begins_at_the_beginning() -> None:
    world = World()
    assert world.sweep(NAMES[:6]) == NAMES[:4]
    assert world.sweep(NAMES[:4]) == NAMES[:4]
    assert world.notes.bookmark("group") == ""
    assert world.sweep(NAMES[:6]) == NAMES[:4]


def test_the_order_is_not_that_of_the_listing() -> None:
    world = World()
    world.sweep(NAMES[::-1])
    assert world.sweep(NAMES)[0] == NAMES[4]
