"""A text shows every difference of behaviour, and nothing that stayed as it was."""

from collections.abc import Callable
from typing import Any

import pytest

from penstock.domain.execution.announcements import TrafficShifted
from penstock.domain.ledger.gate import GateWrite
from tests.stories.storybook import BEGINNINGS, STORIES, beginning, played
from tests.stories.storyteller import Beginning, Storyteller
from tests.worlds.sweeps import prepared
from tests.worlds.world import CHURN, World

Disturb = Callable[[World], None]


def told(disturb: Disturb, *, calls: bool = False) -> list[str]:
    """The text of a world at rest to which one thing happens."""
    world = prepared("rollback")()
    teller = Storyteller(world)
    with world.wire.instance("test"):
        disturb(world)
    return teller.story(calls=calls).splitlines()[1:]


def write(record: dict[str, Any] | None = None, **assign: Any) -> Disturb:
    def disturb(world: World) -> None:
        records = {world.gate.release or "": record} if record else {}
        world.ledger.write(CHURN, GateWrite((), assign=assign, records=records))

    return disturb


def announce(world: World) -> None:
    shifted = TrafficShifted(
        endpoint=CHURN, reason="a tenth goes there", from_percent=0, to_percent=10
    )
    world.announcer.announce(shifted)


def forget(world: World) -> None:
    world.ledger.write(CHURN, GateWrite((), remove=("serving",)))


def suspend(world: World) -> None:
    world.scaling.targets[CHURN, "live"].scale_in = True


def do_nothing(world: World) -> None:
    """Nothing happens."""


@pytest.mark.parametrize(
    ("disturb", "line"),
    [
        pytest.param(write(tidy="pending"), "gate: {tidy: pending}", id="a field of the gate"),
        pytest.param(forget, "gate: {serving: gone}", id="a field that the gate loses"),
        pytest.param(
            write({"state": "rolled_back"}),
            "- {release: a162cca661, state: rolled_back}",
            id="a field of a record",
        ),
        pytest.param(
            lambda world: world.alarms.put("left"),
            "alarms: {left: made}",
            id="an alarm left behind",
        ),
        pytest.param(
            lambda world: world.alarms.remove(("business",)),
            "alarms: {business: gone}",
            id="no alarm",
        ),
        pytest.param(
            lambda world: world.cloud.edit(CHURN, "theirs"),
            "  content: {config: theirs}",
            id="another configuration",
        ),
        pytest.param(suspend, "  live: {scale_in: true}", id="scale-in that stays suspended"),
        pytest.param(
            announce,
            "    ! Traffic Shifted: - churn -: a tenth goes there",
            id="an announcement",
        ),
    ],
)
def test_a_difference_is_told(disturb: Disturb, line: str) -> None:
    assert line in told(disturb)


def test_the_fields_of_an_announcement_are_told() -> None:
    assert "        {from_percent: 0.0, to_percent: 10.0}" in told(announce)


def test_what_stayed_as_it_was_is_not_told() -> None:
    assert told(do_nothing) == ["", "{}"]


def test_calls_are_told_only_where_a_text_asks_for_them() -> None:
    def look(world: World) -> None:
        world.cloud.look(CHURN)

    assert told(look) == ["", "{}"]
    assert told(look, calls=True)[0] == "0:00:00 test: cloud.look"


def without(parts: list[str], number: int) -> Beginning:
    return Beginning("other.txt", parts[:number] + parts[number + 1 :])


def test_a_text_begins_where_it_differs_from_another() -> None:
    """Whatever one part less the other text has, this one tells the part and all that follows."""
    teller = played("good release")
    parts = teller.parts
    whole = teller.story().splitlines()
    for number in range(1, len(parts)):
        opening, like, *rest = teller.story([without(parts, number)]).splitlines()
        left = len([line for part in parts[:number] for line in part.splitlines()])
        assert like.startswith(f"as in other.txt, up to {parts[number - 1].split(' ')[0]} ")
        assert [opening, *rest] == [whole[0], *whole[1 + left :]]


def test_the_longest_common_beginning_is_left_out() -> None:
    teller = played("good release")
    short, long = (Beginning(f"{n}.txt", teller.parts[:n]) for n in (1, 2))
    for order in ([short, long], [long, short]):
        assert "as in 2.txt, up to 0:00:00 e3-2 Stage the candidate" in teller.story(order)


def test_a_text_that_begins_otherwise_is_told_from_its_start() -> None:
    teller = played("good release")
    assert teller.story([without(teller.parts, 0)]) == teller.story()


@pytest.mark.parametrize("name", BEGINNINGS)
def test_what_others_begin_like_is_a_text_of_its_own(name: str) -> None:
    assert beginning(name).parts == played(name).parts
    assert name in STORIES
