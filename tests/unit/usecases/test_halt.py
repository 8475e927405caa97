"""An alarm or a revocation reaches every release that it is about, and no other."""

from typing import Any

import pytest

from penstock.domain.errors import Damaged
from penstock.domain.ledger.gate import CLAIMED, ROLLBACK, Gate, GateWrite
from penstock.domain.ledger.place import Key
from penstock.usecases.halt import HaltRelease
from tests.fakes.executions import FakeExecutions
from tests.fakes.ledger import FakeLedger

RUNNING: dict[str, Any] = {
    "owner": "e",
    "release": "r",
    "package": "theirs",
    "alarms": ("mine", "shared"),
    "started_at": 1000,
    "quiet_until": 2000,
    "step": CLAIMED,
    "fence": 1,
    "token": "t",
}


def halting(**gates: dict[str, Any]) -> HaltRelease:
    """Endpoints whose gates are those of a running release, but for this."""
    ledger = FakeLedger()
    for name, changed in gates.items():
        known = {n: v for n, v in (RUNNING | {"release": name} | changed).items() if v is not None}
        ledger.write(name, GateWrite(conditions=(), assign=known))
    return HaltRelease(ledger, FakeExecutions())


def test_an_alarm_halts_every_release_that_it_watches() -> None:
    halt = halting(a={"alarms": ("other",)}, b={}, c={"owner": None}, d={})
    assert halt.alarm("shared", 2000) == ["b", "d"]
    for name in ("b", "d"):
        why = halt.ledger.gate(Key(name)).halt
        assert why is not None
        assert (why.by, why.reason, why.at) == ("alarm", "the alarm shared fired", 2000)


@pytest.mark.parametrize(
    ("changed", "at", "halts"),
    [
        ({}, 2000, True),
        ({}, 1999, False),
        ({"quiet_until": 0}, 1000, True),
        ({"quiet_until": 0}, 999, False),
        ({"step": ROLLBACK - 1}, 2000, True),
        ({"step": ROLLBACK}, 2000, False),
        ({"release": None}, 2000, False),
    ],
)
def test_an_alarm_counts_while_it_can_stop_a_release_and_once_both_fleets_are_warm(
    changed: dict[str, Any], at: int, halts: bool
) -> None:
    assert bool(halting(churn=changed).alarm("mine", at)) is halts


def test_a_revocation_halts_every_release_of_the_package() -> None:
    halt = halting(a={"package": "another"}, b={}, c={"owner": None}, d={})
    assert halt.revoked("theirs", 7) == ["b", "d"]
    why = halt.ledger.gate(Key("d")).halt
    assert why is not None
    assert (why.by, why.reason, why.at) == ("revocation", "the approval was revoked", 7)


@pytest.mark.parametrize(
    ("rejected_at", "halts"), [(None, True), (5_000, True), (4_001, True), (4_000, False)]
)
def test_a_rejection_that_a_newer_approval_overtook_halts_nothing(
    rejected_at: int | None, halts: bool
) -> None:
    """The event came late; its time has whole seconds, so within one nobody can tell."""
    halt = halting(churn={"approved_at": 5_000})
    assert bool(halt.revoked("theirs", 9_000, rejected_at)) is halts


def test_a_pointer_that_its_release_left_behind_halts_nothing() -> None:
    """The next release of the endpoint has other alarms, and another package."""
    halt = halting(churn={})
    now = RUNNING | {"release": "next", "package": "another", "alarms": ("other",)}
    halt.ledger.write(Key("churn"), GateWrite(conditions=(), assign=now))
    assert halt.ledger.watching("mine") == halt.ledger.of_package("theirs") == ["churn"]
    assert halt.alarm("mine", 2000) == halt.revoked("theirs", 7) == []
    assert halt.alarm("other", 2000) == ["next"]


def test_a_halt_reads_no_gate_but_those_that_it_is_about() -> None:
    halt = halting(churn={}, **{f"e{n}": {"alarms": ("other",)} for n in range(20)})
    assert isinstance(halt.ledger, FakeLedger)
    before = len(halt.ledger.wire.calls)
    halt.alarm("mine", 2000)
    assert list(halt.ledger.wire.calls[before:]) == [
        "ledger.watching",
        "ledger.gate",
        "ledger.write",
    ]


@pytest.mark.parametrize("by", ["alarm", "revocation"])
def test_a_gate_that_was_edited_keeps_no_other_from_its_halt(by: str) -> None:
    """It is found as before; only whoever reads it finds the damage."""
    halt = halting(a={}, b={})

    class Edited(FakeLedger):
        def watching(self, alarm: str) -> list[Key]:
            return halt.ledger.watching(alarm)

        def of_package(self, arn: str) -> list[Key]:
            return halt.ledger.of_package(arn)

        def gate(self, key: str) -> Gate:
            if key == "a":
                raise Damaged("the ledger's gate of a was edited and cannot be read: content")
            return halt.ledger.gate(Key(key))

        def write(self, key: str, write: GateWrite) -> Gate:
            return halt.ledger.write(Key(key), write)

    edited = HaltRelease(Edited(), FakeExecutions())
    with pytest.raises(Damaged):
        edited.alarm("mine", 2000) if by == "alarm" else edited.revoked("theirs", 7)
    assert halt.ledger.gate(Key("b")).halt is not None
