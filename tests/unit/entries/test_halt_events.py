"""Which events halt a release; what halts none says why."""

import json
from typing import Any

import pytest

from penstock.domain.home import Home
from penstock.domain.ledger.gate import Gate, GateWrite
from penstock.entries.halt_events import Halted, HaltEvents
from penstock.usecases.halt import HaltRelease
from penstock.usecases.revoking import RevokeServing
from tests.fakes.clock import FakeClock
from tests.fakes.executions import FakeExecutions
from tests.fakes.ledger import FakeLedger
from tests.fakes.reconciling import FakeReconciling
from tests.worlds.deployed import ROOT

HOME = Home("123456789012", "eu-west-1")
RUNNING = {
    "owner": "e",
    "release": "r",
    "package": "arn:aws:sagemaker:eu-west-1:123456789012:model-package/churn/7",
    "alarms": ("penstock-churn-errors",),
    "started_at": 0,
    "quiet_until": 0,
    "step": 1,
    "fence": 1,
}


def event(name: str, **changed: object) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((ROOT / "events" / f"{name}.json").read_text())
    return document | changed


def detail(name: str, **changed: object) -> dict[str, Any]:
    return event(name, detail=event(name)["detail"] | changed)


def stopped(document: dict[str, Any]) -> tuple[Halted, Gate]:
    """What the event does to a release that is about its package and has its alarm."""
    ledger = FakeLedger()
    ledger.write("churn", GateWrite(conditions=(), assign=RUNNING))
    halt_events = HaltEvents(
        HaltRelease(ledger, FakeExecutions()),
        RevokeServing(ledger, FakeReconciling()),
        FakeClock(),
        HOME,
    )
    return halt_events(document), ledger.gate("churn")


@pytest.mark.parametrize("name", ["alarm_fired", "package_rejected"])
@pytest.mark.parametrize("account", ["123456789012", None])
def test_an_alarm_and_a_revocation_halt(name: str, account: str | None) -> None:
    answer, gate = stopped(event(name, account=account))
    assert answer == Halted(["r"])
    assert gate.halt


@pytest.mark.parametrize(
    ("document", "why"),
    [
        (event("alarm_fired", account="210987654321"), "the event is of account 210987654321"),
        (event("package_rejected", account="210987654321"), "the event is of account 210987654321"),
        (
            detail("alarm_fired", state={"value": "OK", "timestamp": "2026-03-02T09:41:40Z"}),
            "the alarm does not fire",
        ),
        (event("package_approved"), "no approval was revoked"),
        (
            detail("package_rejected", UpdatedModelPackageFields=["ModelLifeCycle"]),
            "no approval was revoked",
        ),
    ],
)
def test_what_halts_nothing_says_why(document: dict[str, Any], why: str) -> None:
    answer, gate = stopped(document)
    assert answer == Halted([], why)
    assert not gate.halt
