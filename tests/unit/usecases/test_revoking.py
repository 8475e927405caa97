"""The event of a revocation makes reconcile look where the package serves, and nowhere else."""

from typing import Any

import pytest

from penstock.domain.errors import Damaged
from penstock.domain.ledger.gate import Gate, GateWrite
from penstock.domain.ledger.place import Key
from penstock.domain.ledger.revocation import Revocation
from penstock.usecases.revoking import RevokeServing
from tests.fakes.ledger import FakeLedger
from tests.fakes.reconciling import FakeReconciling

PACKAGE, NOTED_AT = "theirs", 60_500
NOTED = Revocation(package=PACKAGE, at=NOTED_AT, goes_back=False, says="it keeps serving")


def ledger(**gates: dict[str, Any]) -> FakeLedger:
    made = FakeLedger()
    for name, changed in gates.items():
        known = {"package": PACKAGE, "serving": PACKAGE, "fence": 1} | changed
        kept = {n: v for n, v in known.items() if v is not None}
        made.write(name, GateWrite(conditions=(), assign=kept))
    return made


def asked(known: FakeLedger, rejected_at: int | None = None) -> list[str]:
    reconciling = FakeReconciling()
    found = RevokeServing(known, reconciling)(PACKAGE, rejected_at)
    assert reconciling.asked == [f"place {key}" for key in found]
    return [*found]


def test_every_place_at_rest_that_serves_the_package_is_reconciled() -> None:
    known = ledger(a={}, b={"serving": "another"}, c={"owner": "e"}, d={}, e={"serving": None})
    assert asked(known) == ["a", "d"]


def test_a_gate_that_was_edited_keeps_no_other_waiting() -> None:
    known = ledger(a={}, b={})

    class Edited(FakeLedger):
        def of_package(self, arn: str) -> list[Key]:
            return known.of_package(arn)

        def gate(self, key: str) -> Gate:
            if key == "a":
                raise Damaged("the ledger's gate of a was edited and cannot be read: content")
            return known.gate(key)

    assert asked(Edited()) == ["b"]


@pytest.mark.parametrize(
    ("rejected_at", "forgotten"),
    [(None, False), (60_000, False), (NOTED_AT, False), (NOTED_AT + 1, True), (61_000, True)],
)
@pytest.mark.parametrize("owner", ["e", None])
def test_a_rejection_after_the_noted_one_is_noticed_afresh(
    rejected_at: int | None, owner: str | None, *, forgotten: bool
) -> None:
    """Events have whole seconds, so the first rejection's event is never later than its note."""
    known = ledger(churn={"owner": owner, "revoked": NOTED})
    asked(known, rejected_at)
    assert (known.gate("churn").revoked is None) is forgotten


def test_the_note_about_another_package_stays() -> None:
    other = NOTED.model_copy(update={"package": "another"})
    known = ledger(churn={"revoked": other})
    asked(known, NOTED_AT + 1000)
    assert known.gate("churn").revoked == other
