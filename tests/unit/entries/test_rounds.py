"""What the reconciler goes round: one bad endpoint or group keeps no other waiting."""

import json
from pathlib import Path
from typing import Any

import pytest

from penstock.domain.errors import Damaged, Denied
from penstock.domain.ledger.gate import GateWrite
from penstock.rounds import Rounds
from penstock.usecases.sweeping.aside import Aside
from penstock.usecases.sweeping.turns import Turns
from tests.fakes.announcer import FakeAnnouncer
from tests.fakes.clock import FakeClock
from tests.fakes.executions import PREFIX, FakeExecutions
from tests.fakes.ledger import FakeLedger
from tests.fakes.sweep_notes import FakeSweepNotes
from tests.fakes.troubles import FakeTroubles

EVENTS = Path(__file__).parents[3] / "events"


class World:
    """Three endpoints; `errors` says which cannot be reconciled."""

    def __init__(self) -> None:
        self.ledger, self.announcer = FakeLedger(), FakeAnnouncer()
        self.troubles, self.clock = FakeTroubles(), FakeClock()
        self.errors: dict[str, Exception] = {}
        self.counted: list[str] = []
        for endpoint in ("a", "b", "c"):
            owner = {"owner": f"{PREFIX}gone"}
            self.ledger.write(endpoint, GateWrite(conditions=(), assign=owner))

    def reconcile(self, endpoint: str) -> str:
        if endpoint in self.errors:
            raise self.errors[endpoint]
        return "at rest"

    def go(self, name: str) -> dict[str, str]:
        event: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text())
        if "executionArn" in event["detail"]:
            event["detail"]["executionArn"] = f"{PREFIX}gone"
        return Rounds(
            ledger=self.ledger,
            executions=FakeExecutions(),
            count_untold=lambda: self.counted.append("gave_up"),
            reconcile=self.reconcile,
            sweep=lambda: {"churn": "release of version 3 started"},
            aside=Aside(self.troubles, self.announcer, self.clock, lambda _: None),
            turns=Turns(FakeSweepNotes(), lambda: 300_000),
        )(event)


@pytest.fixture
def world() -> World:
    return World()


def test_the_sweep_goes_round_endpoints_and_groups(world: World) -> None:
    assert world.go("sweep_due") == {
        **dict.fromkeys("abc", "at rest"),
        "group churn": "release of version 3 started",
    }


@pytest.mark.parametrize("error", [Damaged("edited"), Denied("no access"), KeyError("x")])
@pytest.mark.parametrize("event", ["sweep_due", "execution_ended"])
def test_a_bad_endpoint_keeps_no_other_waiting_and_is_told_once(
    world: World, event: str, error: Exception
) -> None:
    world.errors["a"] = error
    for _ in range(3):
        said = world.go(event)
        assert said["a"].startswith("left out: ")
        assert (said["b"], said["c"]) == ("at rest", "at rest")
    assert [told.endpoint for told in world.announcer.said] == ["a"]
