"""What every write of the protocol leaves on the gate and in the records, and what declines it."""

from typing import Any

import pytest

from penstock.domain.ledger import gate as gates
from penstock.domain.ledger.gate import Declined, Rehearsal
from penstock.domain.ledger.incidents import Repair
from penstock.domain.ledger.lifecycle import LifeStage, StageDue
from tests.unit.ledger.protocol_writes import (
    GOOD,
    HALT,
    LEASE,
    LEFT,
    LOCK,
    NEW,
    NOTED,
    NOW,
    OLD,
    OLDER,
    OWED,
    OWED_STILL,
    REFUSED,
    REHEARSAL,
    SAID,
    STAGED,
    STAYS,
    STRAY,
    STUCK,
    TARGET,
    UNDELETED,
    WRITES,
    changed,
    decided,
    ledger_after,
)

ACTING = {"lease_until": LEASE, "fence": 8, "lock": 8, "lock_until": LOCK, "step": gates.SHIFT}
UNLOCKED = {"lock": None, "lock_until": 0}
MINE = {"owner": "me", "lease_until": LEASE, "fence": 8}
BACK = MINE | {"step": gates.ROLLBACK}
BEGUN = MINE | {
    "release": NEW.release,
    "package": NEW.package,
    "approved_at": NEW.approved_at,
    "started_at": NOW,
    "alarms": (),
    "quiet_until": 0,
    "target": None,
    "token": None,
    "recoveries": 0,
    "repair": None,
    "stuck": None,
}
CLAIMED = BEGUN | {
    "step": gates.CLAIMED,
    "latest": NEW.approved_at,
    "wanted_at": NEW.approved_at,
    "wanted": NEW.package,
}
RESTING = UNLOCKED | {
    "owner": None,
    "lease_until": 0,
    "lapsed": None,
    "step": None,
    "token": None,
    "quiet_until": 0,
}
SETTLED = RESTING | {
    "recoveries": 0,
    "repair": None,
    "stuck": None,
    "clear_after": 0,
    "untold": ("0000000000", "1111111111"),
}


def owed(package: str, stage: str, status: str, said: str) -> StageDue:
    """What the release in hand owes a package."""
    to = LifeStage(stage=stage, status=status, description=said.format("release 1111111111"))
    return StageDue(package=package, to=to)


GIVEN_BACK = owed("arn:package/1", "Old", "Inactive", "{} did not promote it")
PROMOTES = {
    "stages": (
        OWED,
        owed("arn:package/0", "Old", "Inactive", "{} replaced it"),
        owed("arn:package/1", "Live", "Active", "it serves since {}"),
    )
}
GIVES_BACK = {"stages": (OWED, GIVEN_BACK)}
GOES_BACK = {
    "stages": (
        *(OWED, GIVEN_BACK),
        owed("arn:package/0", "Old", "Inactive", "{} replaced it"),
        owed("arn:package/00", "Live", "Active", "it serves since {}"),
    )
}
TIDIED = {"tidy": None, "tidy_after": 0}
CHANGES: dict[str, dict[str, Any]] = {
    "acquire": ACTING | {"target": OLD},
    "acquire without a target": ACTING | {"target": None},
    "acquire to roll back": ACTING | {"target": OLD, "step": gates.ROLLBACK},
    "acquire to roll back a bad package": ACTING | {"target": OLD, "step": gates.ROLLBACK},
    "release the lock": UNLOCKED,
    "note what is stuck": {"stuck": STUCK},
    "note what is stuck at rest": {"stuck": STUCK},
    "note a refusal at rest": {"suspension": REFUSED},
    "hand over": {"lease_until": NOW - 1, "recoveries": 0},
    "note a repair": {"repair": Repair(incident=NOW, spent=True)},
    "plan": {"lease_until": LEASE, "alarms": ("latency",), "suspension": LEFT},
    "plan a rehearsal": {
        "lease_until": LEASE,
        "alarms": (),
        "rehearsals": (REHEARSAL, Rehearsal(endpoint="another")),
    },
    "plan it again": {"lease_until": LEASE, "alarms": ()},
    "leave no rehearsal": UNLOCKED | {"rehearsals": ()},
    "leave a rehearsal": UNLOCKED | {"rehearsals": UNDELETED},
    "note an undeleted one": {"rehearsals": UNDELETED},
    "adopt": TIDIED
    | {"content": TARGET, "previous": TARGET, "serving": None, "drift": None, "revoked": None},
    "watch": {"lease_until": LEASE + 60_000, "token": "next"},
    "note that its lease is over": {"lapsed": NOW},
    "keep alive": {"lease_until": LEASE},
    "keep quiet": {"quiet_until": NOW + 5},
    "enter the window": {"lease_until": LEASE, "quiet_until": NOW + 5, "step": gates.WINDOW},
    "halt": {"halt": HALT},
    "claim at rest": CLAIMED | {"halt": None, "attention": None},
    "claim from a window": CLAIMED
    | TIDIED
    | {
        "content": GOOD,
        "previous": GOOD,
        "serving": GOOD.package,
        "leftovers": ("left", "churn-staging-1111111111", REHEARSAL.endpoint),
        "untold": ("0000000000", "1111111111"),
        "revoked": None,
    }
    | PROMOTES,
    "take over": BACK | UNLOCKED,
    "take over for a newer one": BACK
    | UNLOCKED
    | {"wanted_at": NEW.approved_at, "wanted": NEW.package},
    "take over a window": MINE | UNLOCKED,
    "claim a tidy": BACK,
    "claim what strays": BACK | {"previous": OLD, "leftovers": ("left", STRAY.config)},
    "claim what is broken": BACK
    | {"previous": OLD, "recoveries": 0, "repair": None, "stuck": None},
    "claim a rollback": BEGUN
    | TIDIED
    | {"step": gates.ROLLBACK, "previous": OLD, "halt": None, "attention": None}
    | {"content": OLDER, "leftovers": ("left", OLD.config)},
    "note what is wanted": {"wanted_at": NEW.approved_at, "wanted": NEW.package},
    "note what waits": {"queued_at": NEW.approved_at, "queued": NEW.package},
    "note what serves": {"latest": NEW.approved_at},
    "note what serves again": {"latest": NEW.approved_at, "revoked": None},
    "note a revocation": {"revoked": STAYS, "untold": ("0000000000", "revoked")},
    "note that nothing is left to go back to": {
        "revoked": STAYS,
        "untold": ("0000000000", "revoked"),
    },
    "note a revocation that a rollback tells": {"revoked": NOTED},
    "forget a revocation": {"revoked": None},
    "settle back on a revoked package": SETTLED
    | TIDIED
    | {"leftovers": (), "halt": None}
    | GIVES_BACK,
    "plan with stages": {
        "lease_until": LEASE,
        "life": STAGED,
        "stages": (OWED, owed("arn:package/1", "QA", "InProgress", "{} is under way")),
    },
    "plan without stages": {"lease_until": LEASE, "life": None},
    "keep what is still due": {"stages": (OWED_STILL,)},
    "keep nothing due": {"stages": ()},
    "settle as promoted": SETTLED
    | TIDIED
    | {"content": GOOD, "serving": GOOD.package, "leftovers": ("stays",), "revoked": None}
    | PROMOTES,
    "settle as rolled back": SETTLED
    | TIDIED
    | {"content": OLDER, "serving": OLDER.package, "leftovers": (), "halt": None}
    | {"revoked": None}
    | GOES_BACK,
    "settle with a tidy": {n: v for n, v in SETTLED.items() if n != "stuck"}
    | {
        "content": TARGET.model_copy(update={"package": OLDER.package}),
        "serving": OLDER.package,
        "tidy": "pending",
        "tidy_after": NOW + 9,
        "leftovers": ("stays",),
        "halt": None,
        "revoked": None,
    }
    | GOES_BACK,
    "give_up": RESTING
    | {"halt": None, "drift": "an edit", "untold": ("0000000000", "1111111111", "drift")}
    | GIVES_BACK,
    "refuse": RESTING | {"attention": "no way", "untold": ("0000000000", "attention")},
    "count a recovery": {"recoveries": 3},
    "take a recovery out of the count": {"recoveries": 1},
    "block": RESTING
    | {"halt": None, "attention": "three died", "untold": ("0000000000", "1111111111")}
    | GIVES_BACK,
    "mark the rest": {
        "drift": "an edit",
        "attention": None,
        "untold": ("0000000000", "drift"),
    },
    "tell": {"untold": ()},
    "hold at rest": {"fence": 8, "lock": 8, "lock_until": LOCK},
    "clear all at rest": UNLOCKED | {"leftovers": (), "clear_after": 0},
    "clear some at rest": UNLOCKED | {"leftovers": ("stays",), "clear_after": NOW + 9},
}
BEGINS = {
    "state": "running",
    "package": NEW.package,
    "approved_at": NEW.approved_at,
    "started_at": NOW,
}
PROMOTED = {"state": "promoted", "ended_at": NOW, "content": GOOD}
FOLLOWED = PROMOTED | {"reason": "a newer release ended its watch window"}
RECORDS: dict[str, dict[str, Any]] = {
    "acquire to roll back a bad package": {"1111111111": {"quarantine": "it is worse"}},
    "claim at rest": {NEW.release: BEGINS},
    "claim a rollback": {NEW.release: BEGINS | {"requested": "it is slow"}},
    "claim from a window": {NEW.release: BEGINS, "1111111111": FOLLOWED},
    "settle as promoted": {"1111111111": PROMOTED, "0000000000": {"retired": True}},
    "clear some at rest": {"0000000000": {"retired": True}},
    "settle as rolled back": {"1111111111": SAID},
    "settle back on a revoked package": {"1111111111": SAID},
    "settle with a tidy": {"1111111111": SAID, "0000000000": {"retired": True}},
    "give_up": {"1111111111": SAID},
    "refuse": {},
    "plan": {"1111111111": {"plan": "{}"}},
    "watch": {},
    "watch the window": {"1111111111": {"reason": "calm"}},
    "block": {"1111111111": SAID},
}
NOT_MINE: tuple[dict[str, Any], ...] = ({"owner": "other"}, {"release": "3333333333"})
LOCKED: tuple[dict[str, Any], ...] = ({"lock": 7, "lock_until": NOW},)
HALTED: tuple[dict[str, Any], ...] = ({"halt": HALT},)
OUTDATED: tuple[dict[str, Any], ...] = ({"fence": 8}, {"fence": None})
NEWER: tuple[dict[str, Any], ...] = ({"wanted_at": NOW - 8_999},)
TAKEN: tuple[dict[str, Any], ...] = ({"owner": "other"},)
HEARD_OF = (*TAKEN, *OUTDATED, {"lease_until": LEASE})
"""Of an owner that was silent when the gate was read."""
OVERTAKEN: tuple[dict[str, Any], ...] = ({"latest": NOW - 1}, {"wanted_at": NOW})
OUTLIVED: tuple[dict[str, Any], ...] = ({"lock": 7}, {"lock": None})
DECLINED_BY: dict[str, tuple[dict[str, Any], ...]] = {
    "acquire": (*NOT_MINE, *LOCKED, *HALTED, *NEWER, {"step": gates.SHIFT + 1}),
    "acquire to roll back": (*NOT_MINE, *LOCKED),
    "acquire to roll back a bad package": (*NOT_MINE, *LOCKED),
    "acquire in the window": (*NOT_MINE, *LOCKED, *HALTED),
    "release the lock": OUTLIVED,
    "plan": (*NOT_MINE, {"step": gates.STAGE}),
    "plan a rehearsal": (*NOT_MINE, {"step": gates.REHEARSE}),
    "plan it again": (*NOT_MINE, {"step": gates.REHEARSE}),
    "leave no rehearsal": OUTLIVED,
    "leave a rehearsal": OUTLIVED,
    "note an undeleted one": (*TAKEN, *OUTDATED),
    "adopt": (*NOT_MINE, {"step": gates.STAGE}),
    "watch": (*NOT_MINE, *HALTED, *NEWER),
    "watch the window": (*NOT_MINE, *HALTED),
    "note that its lease is over": HEARD_OF,
    "keep alive": NOT_MINE,
    "keep quiet": NOT_MINE,
    "enter the window": (*NOT_MINE, *HALTED, {"step": gates.SHIFT}),
    "halt": ({"owner": None}, {"release": "3333333333"}, {"step": gates.ROLLBACK}),
    "claim at rest": (*TAKEN, *LOCKED, *OUTDATED, *OVERTAKEN),
    "claim from a window": (
        *({"release": "3333333333"}, {"step": gates.ROLLBACK}),
        *(*HALTED, *LOCKED, *OUTDATED, *OVERTAKEN),
    ),
    "take over": (*HEARD_OF, *LOCKED),
    "take over for a newer one": (*HEARD_OF, *LOCKED, {"wanted_at": NOW}),
    "take over a window": (*HEARD_OF, *LOCKED, *HALTED, {"step": gates.ROLLBACK}),
    "claim a tidy": (*TAKEN, *LOCKED, *OUTDATED, {"tidy": None}, {"drift": "an edit"}),
    "claim what strays": (*TAKEN, *LOCKED, *OUTDATED),
    "claim what is broken": (*TAKEN, *LOCKED, *OUTDATED),
    "claim a rollback": (*TAKEN, *LOCKED, *OUTDATED),
    "note what is wanted": ({"wanted_at": NOW - 1},),
    "note what waits": ({"queued_at": NOW - 1},),
    "note what serves": (*TAKEN, *LOCKED, *OUTDATED, *OVERTAKEN),
    "note what serves again": (*TAKEN, *LOCKED, *OUTDATED, *OVERTAKEN),
    "note a revocation": (*TAKEN, *OUTDATED, {"revoked": NOTED}),
    "note that nothing is left to go back to": (
        *(*TAKEN, *OUTDATED),
        *({"revoked": None}, {"revoked": STAYS}),
    ),
    "note a revocation that a rollback tells": (*TAKEN, *OUTDATED, {"revoked": NOTED}),
    "forget a revocation": ({"revoked": None}, {"revoked": STAYS}),
    "settle back on a revoked package": OUTLIVED,
    "plan with stages": NOT_MINE,
    "plan without stages": NOT_MINE,
    "keep what is still due": ({"stages": ()}, {"stages": (OWED_STILL,)}),
    "keep nothing due": ({"stages": ()}, {"stages": (OWED_STILL,)}),
    "settle as promoted": (*OUTLIVED, *HALTED),
    "settle as rolled back": OUTLIVED,
    "settle with a tidy": OUTLIVED,
    "give_up": (*NOT_MINE, *LOCKED),
    "refuse": (*NOT_MINE, *LOCKED, {"step": gates.STAGE}),
    "count a recovery": HEARD_OF,
    "take a recovery out of the count": (*HEARD_OF, {"recoveries": 3}),
    "block": (*HEARD_OF, *LOCKED),
    "mark the rest": (*TAKEN, *OUTDATED),
    "tell": ({"untold": ("0000000000", "1111111111")}, {"untold": None}),
    "hold at rest": (*TAKEN, *LOCKED, *OUTDATED),
    "note what is stuck": NOT_MINE,
    "note what is stuck at rest": (*TAKEN, *OUTDATED),
    "note a refusal at rest": (*TAKEN, *OUTDATED),
    "hand over": (*NOT_MINE, *LOCKED),
    "note a repair": OUTLIVED,
    "clear all at rest": OUTLIVED,
    "clear some at rest": OUTLIVED,
}
EVEN_THEN: dict[str, tuple[dict[str, Any], ...]] = {
    "acquire": ({"step": gates.SHIFT}, {"wanted_at": None}, {"queued_at": NOW}, {"lock": None}),
    "acquire in the window": NEWER,
    "watch the window": NEWER,
    "enter the window": NEWER,
    "claim at rest": ({"latest": None}, {"wanted_at": NEW.approved_at}, {"wanted_at": None}),
    "note what is wanted": ({"wanted_at": None},),
    "note what waits": ({"queued_at": NOW - 2},),
    "take over for a newer one": ({"wanted_at": NEW.approved_at},),
    "count a recovery": LOCKED,
    "mark the rest": LOCKED,
    "settle as rolled back": HALTED,
}


def cases(of: dict[str, tuple[dict[str, Any], ...]]) -> list[Any]:
    return [
        pytest.param(kind, state, id=f"{kind}-{'-'.join(f'{k}={v}' for k, v in state.items())}")
        for kind, states in of.items()
        for state in states
    ]


@pytest.mark.parametrize("kind", CHANGES)
def test_a_write_changes_this_and_nothing_else(kind: str) -> None:
    assert changed(kind) == CHANGES[kind]


@pytest.mark.parametrize("kind", RECORDS)
def test_a_release_begins_and_ends_in_the_same_write_as_its_hold(kind: str) -> None:
    assert decided(kind).records == RECORDS[kind]


@pytest.mark.parametrize(("kind", "meanwhile"), cases(DECLINED_BY))
def test_a_write_is_declined_when_meanwhile(kind: str, meanwhile: dict[str, Any]) -> None:
    with pytest.raises(Declined, match=r"the gate of churn says otherwise"):
        ledger_after(kind, **meanwhile)


@pytest.mark.parametrize(("kind", "meanwhile"), cases(EVEN_THEN))
def test_a_write_goes_through_even_when(kind: str, meanwhile: dict[str, Any]) -> None:
    assert ledger_after(kind, **meanwhile).peek("churn")


def test_no_write_is_left_out() -> None:
    assert {*DECLINED_BY} == {*WRITES} - {"acquire without a target"}


def test_the_first_halt_stays() -> None:
    first = HALT.model_copy(update={"by": "person"})
    assert ledger_after("halt", halt=first).peek("churn").halt == first
