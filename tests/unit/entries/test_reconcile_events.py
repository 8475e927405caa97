"""What is reconciled on which event: one bad place or group keeps no other waiting."""

import json
from pathlib import Path
from typing import Any

import pytest

from penstock.domain.errors import Damaged, Denied, Unavailable
from penstock.domain.execution.endings import GAVE_UP
from penstock.domain.ledger.gate import GateWrite
from penstock.entries.reconcile_events import ReconcileEvents
from penstock.usecases.sweeping.aside import Aside
from tests.fakes.announcer import FakeAnnouncer
from tests.fakes.clock import FakeClock
from tests.fakes.executions import PREFIX, FakeExecutions
from tests.fakes.ledger import FakeLedger
from tests.fakes.troubles import FakeTroubles

EVENTS = Path(__file__).parents[3] / "events"


class World:
    """Three endpoints; `errors` says which cannot be reconciled."""

    def __init__(self) -> None:
        self.ledger, self.announcer = FakeLedger(), FakeAnnouncer()
        self.executions = FakeExecutions()
        self.troubles, self.clock = FakeTroubles(), FakeClock()
        self.errors: dict[str, Exception] = {}
        self.counted: list[str] = []
        self.reconciled: list[str] = []
        self.answers: dict[str, str] = {}
        for endpoint in ("a", "b", "c"):
            owner = {"owner": f"{PREFIX}gone"}
            self.ledger.write(endpoint, GateWrite(conditions=(), assign=owner))

    def reconcile(self, name: str) -> str:
        self.reconciled.append(name)
        if name in self.errors:
            raise self.errors[name]
        return self.answers.get(name, "at rest")

    def go(self, name: str, **detail: str) -> dict[str, str]:
        event: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text())
        event["detail"] = detail or event["detail"]
        if "executionArn" in event["detail"]:
            event["detail"]["executionArn"] = f"{PREFIX}gone"
        return ReconcileEvents(
            ledger=self.ledger,
            executions=self.executions,
            count_given_up=lambda: self.counted.append("gave_up"),
            reconcile=self.reconcile,
            reconcile_group=self.reconcile,
            aside=Aside(self.troubles, self.announcer, self.clock, lambda _: None),
        )(event)


@pytest.fixture
def world() -> World:
    return World()


def test_what_the_sweep_hands_over_is_reconciled_alone(world: World) -> None:
    assert world.go("place_due", key="a") == {"a": "at rest"}
    assert world.go("group_due", group="churn") == {"group churn": "at rest"}
    assert world.reconciled == ["a", "churn"]


def test_a_group_without_news_says_nothing(world: World) -> None:
    world.answers["churn"] = ""
    assert world.go("group_due", group="churn") == {}


def test_the_schedules_own_event_is_left_to_the_function_sweep(world: World) -> None:
    """Its rule called this function before; the rule is taken away last when the stack changes."""
    assert world.go("sweep_due") == {}
    assert world.reconciled == []


def test_an_ended_execution_is_counted_once_although_its_event_is_delivered_again(
    world: World,
) -> None:
    """Lambda tries an invocation again that could not list the gates."""
    world.executions.causes[f"{PREFIX}gone"] = json.dumps({"reason": GAVE_UP[0]})
    world.ledger.wire.refused["ledger.gates"] = lambda: Unavailable("throttled")
    for _ in range(2):
        with pytest.raises(Unavailable):
            world.go("execution_ended")
    del world.ledger.wire.refused["ledger.gates"]
    world.go("execution_ended")
    assert world.counted == ["gave_up"]


ERRORS = [Damaged("edited"), Denied("no access"), KeyError("x")]


@pytest.mark.parametrize("error", ERRORS)
def test_a_bad_endpoint_keeps_no_other_waiting_and_is_told_once(
    world: World, error: Exception
) -> None:
    world.errors["a"] = error
    for _ in range(3):
        said = world.go("execution_ended")
        assert said["a"].startswith("left out: ")
        assert (said["b"], said["c"]) == ("at rest", "at rest")
    assert [told.endpoint for told in world.announcer.said] == ["a"]


@pytest.mark.parametrize("error", ERRORS)
def test_a_place_that_is_handed_over_again_and_again_is_told_once(
    world: World, error: Exception
) -> None:
    """The invocation does not fail: Lambda would try it again, and an alarm would fire."""
    world.errors["stores/store-017"] = error
    for _ in range(3):
        world.go("execution_ended")
        said = world.go("place_due", key="stores/store-017")["stores/store-017"]
        assert said.startswith("left out: ")
    (told,) = world.announcer.said
    assert told.endpoint == "stores"
    assert "The target store-017 of endpoint stores is left out of the sweep" in told.text()


def test_what_names_no_place_is_told_once_by_its_name(world: World) -> None:
    world.errors["a:b"] = Damaged("edited")
    for _ in range(3):
        assert world.go("place_due", key="a:b") == {"a:b": "left out: edited"}
    (told,) = world.announcer.said
    assert "The place a:b is left out of the sweep" in told.text()
    assert told.endpoint is None


@pytest.mark.parametrize("error", ERRORS)
def test_a_bad_group_is_told_once(world: World, error: Exception) -> None:
    """A name that no group can have, a key, no JSON, a package without shape, an AWS refusal."""
    world.errors["my_group"] = error
    for _ in range(3):
        said = world.go("group_due", group="my_group")
        assert said["group my_group"].startswith("left out: ")
    (told,) = world.announcer.said
    assert "The group my_group is left out" in told.text()
    assert told.endpoint is None
