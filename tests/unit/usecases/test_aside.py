"""One bad thing is reported once and left out. Everything else continues."""

from collections.abc import Callable

import pytest

from penstock.domain.errors import Damaged, Denied, NotKept, Refused, Unavailable
from penstock.domain.execution.announcements import Announcement
from penstock.usecases.sweeping.aside import Aside, Thing
from tests.fakes.announcer import FakeAnnouncer
from tests.fakes.clock import FakeClock
from tests.fakes.troubles import FakeTroubles

GROUP = Thing("group my_group")


class World:
    """A sweep that looks at one thing."""

    def __init__(self) -> None:
        self.troubles = FakeTroubles()
        self.announcer = FakeAnnouncer()
        self.clock = FakeClock()
        self.logged: list[str] = []

    def sweep(self, error: Exception | None = None, thing: Thing = GROUP) -> str:
        self.clock.advance(900)
        aside = Aside(self.troubles, self.announcer, self.clock, self.logged.append)
        return aside(thing, failing(error))


def failing(error: Exception | None) -> Callable[[], str]:
    def work() -> str:
        if error:
            raise error
        return "done"

    return work


@pytest.fixture
def world() -> World:
    return World()


@pytest.mark.parametrize(
    "error",
    [
        Refused("no such name"),
        Damaged("the gate was edited"),
        Denied("no access"),
        NotKept("no"),
        KeyError("ModelName"),
        ValueError("an int is no text"),
    ],
)
def test_what_goes_wrong_is_told_once_and_logged_each_time(world: World, error: Exception) -> None:
    for _ in range(5):
        assert world.sweep(error).startswith("left out: ")
    assert world.announcer.types == ["Attention Needed"]
    assert world.logged == [str(GROUP)] * 5


def test_people_read_what_it_is_about_and_what_to_do(world: World) -> None:
    world.sweep(Refused("'my_group' cannot be the name of a model package group"))
    (said,) = world.announcer.said
    assert said.reason == (
        "The group my_group is left out of the sweep: "
        "'my_group' cannot be the name of a model package group"
    )
    assert said.endpoint is None
    assert said.for_people


def test_an_endpoint_is_named_in_its_own_field(world: World) -> None:
    world.sweep(Damaged("edited"), Thing("endpoint churn", "churn"))
    assert world.announcer.said[0].endpoint == "churn"


def test_people_are_not_shown_the_text_of_an_unknown_error(world: World) -> None:
    world.sweep(KeyError("{'secret': 1}"))
    assert "secret" not in world.announcer.said[0].text()
    assert "(KeyError)" in world.announcer.said[0].reason


def test_what_is_well_again_is_told_when_it_fails_again(world: World) -> None:
    for error in (Denied("1"), None, Denied("2"), Denied("3")):
        world.sweep(error)
    assert len(world.announcer.said) == 2


def test_another_refusal_is_another_trouble(world: World) -> None:
    for error in (Refused("version 1 is no JSON"), Refused("version 2 has an unknown key")):
        world.sweep(error)
    assert len(world.announcer.said) == 2


def test_aws_s_own_words_may_differ_from_call_to_call(world: World) -> None:
    for number in range(3):
        world.sweep(Denied(f"Request ID: {number}"))
    assert len(world.announcer.said) == 1


def test_no_answer_for_a_while_is_nobody_s_concern(world: World) -> None:
    for _ in range(4):
        world.sweep(Unavailable("throttled"))
    assert world.announcer.said == []
    for _ in range(4):
        world.sweep(Unavailable("throttled"))
    assert world.announcer.types == ["Attention Needed"]


def test_what_could_not_be_told_is_told_with_the_next_sweep(world: World) -> None:
    calm, world.announcer = world.announcer, Refusing()
    said = world.sweep(Refused("no such name"))
    assert said == "left out: no such name; people could not be notified: the bus is down"
    world.announcer = calm
    world.sweep(Refused("no such name"))
    assert world.announcer.types == ["Attention Needed"]


class Refusing(FakeAnnouncer):
    """A bus that is down."""

    def announce(self, announcement: Announcement) -> bool:
        raise Unavailable("the bus is down")
