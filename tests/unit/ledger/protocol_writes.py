"""Every write of the protocol, decided on a gate on which every attribute is set."""

from collections.abc import Callable
from typing import Any

from penstock.domain import protocol
from penstock.domain.ledger import gate as gates
from penstock.domain.ledger.content import Variants
from penstock.domain.ledger.gate import Gate, GateWrite, Halt, Rehearsal, Suspension
from penstock.domain.ledger.incidents import Repair, Stuck
from penstock.domain.ledger.lifecycle import LifeCycle, LifeStage, StageDue
from penstock.domain.ledger.revocation import Revocation
from penstock.domain.protocol import Approval, CleanupResult, Writer
from tests.fakes.ledger import FakeLedger

NOW = 1_772_323_200_000
LEASE = NOW + protocol.LEASE_MS
LOCK = NOW + protocol.LOCK_MS
NEW = Approval("2222222222", "arn:package/2", NOW - 1)
OLD = Variants(config="churn-old", weights={"live": 10_000}, package="arn:package/0")
OLDER = Variants(config="churn-older", weights={"live": 10_000}, package="arn:package/00")
TARGET = Variants(config="churn-final-1111111111", weights={"live": 10_000})
STRAY = Variants(config="churn-staging-1111111111", weights={"live": 1, "candidate": 1})
GOOD = TARGET.model_copy(update={"package": "arn:package/1"})
HALT = Halt(by="alarm", reason="it fired", at=NOW)
TURN = Writer("ex", "1111111111", NOW - 9_000, NOW)
LEFT = Suspension(variant="live")
REHEARSAL = Rehearsal(endpoint="churn-rehearsal-0000000000")
UNDELETED = (REHEARSAL.refused_for("not allowed"),)
REFUSED = Suspension(variant="live", refused="not allowed")
STUCK = Stuck(since=NOW - 9, told=NOW, why="harm")
REPAIR = Repair(incident=NOW - 3)
RUBBISH = CleanupResult(later=("stays",), retired=("0000000000",))
SAID = {"state": "rolled_back", "ended_at": NOW, "reason": "harm"}
NOTED = Revocation(package="arn:package/0", at=NOW - 7, goes_back=True)
STAYS = NOTED.stays("it keeps serving")
LIFE = LifeCycle(release="1111111111", staging="Staging", production="Live", retired="Old")
STAGED = LIFE.model_copy(update={"staging": "QA"})
OWED = StageDue(package="arn:package/9", to=LifeStage(stage="Live", status="Active"))
OWED_STILL = OWED.refused_for("not allowed")

FULL: dict[str, Any] = {
    "owner": "ex",
    "lease_until": NOW - 1,
    "lapsed": NOW - 600,
    "fence": 7,
    "lock": 6,
    "lock_until": NOW - 1,
    "release": "1111111111",
    "package": "arn:package/1",
    "approved_at": NOW - 9_000,
    "started_at": NOW - 8_000,
    "latest": NOW - 9_000,
    "wanted_at": NOW - 9_000,
    "wanted": "arn:package/1",
    "alarms": ("errors",),
    "quiet_until": NOW - 500,
    "step": gates.STAGE,
    "target": TARGET,
    "content": OLD,
    "serving": "arn:package/0",
    "previous": OLDER,
    "tidy": "pending",
    "tidy_after": NOW - 100,
    "leftovers": ("left",),
    "clear_after": NOW - 50,
    "token": "token",
    "attention": "look",
    "recoveries": 2,
    "repair": REPAIR,
    "stuck": Stuck(since=NOW - 9, told=NOW - 8, why="harm"),
    "untold": ("0000000000",),
    "revoked": NOTED,
    "life": LIFE,
    "stages": (OWED,),
    "rehearsals": (REHEARSAL,),
}
REST = FULL | {"owner": None}
FRESH = FULL | {"step": gates.CLAIMED}
WATCHED = FULL | {"step": gates.WINDOW}

Write = Callable[[Gate], GateWrite]
WRITES: dict[str, tuple[dict[str, Any], Write]] = {
    "acquire": (FULL, lambda _: protocol.acquire(TURN, gates.SHIFT, OLD)),
    "acquire without a target": (FULL, lambda _: protocol.acquire(TURN, gates.SHIFT, None)),
    "acquire to roll back": (
        FULL | {"halt": HALT},
        lambda _: protocol.acquire(TURN, gates.ROLLBACK, OLD),
    ),
    "acquire to roll back a bad package": (
        FULL,
        lambda _: protocol.acquire(TURN, gates.ROLLBACK, OLD, {"quarantine": "it is worse"}),
    ),
    "acquire in the window": (WATCHED, lambda _: protocol.acquire(TURN, gates.WINDOW, OLD)),
    "release the lock": (FULL, lambda gate: protocol.release_lock(gate.lock)),
    "note what is stuck": (FULL, lambda _: protocol.note_stuck(TURN, STUCK)),
    "note what is stuck at rest": (
        REST,
        lambda gate: protocol.note_stuck_at_rest(gate, STUCK),
    ),
    "note a refusal at rest": (REST, lambda gate: protocol.note_refused(gate, REFUSED)),
    "hand over": (FULL | {"lease_until": LEASE}, lambda _: protocol.hand_over(TURN)),
    "note a repair": (
        FULL,
        lambda gate: protocol.note_repair(gate.lock, Repair(incident=NOW, spent=True)),
    ),
    "plan": (FRESH, lambda _: protocol.plan(TURN, ("latency",), {"plan": "{}"}, LEFT)),
    "plan a rehearsal": (
        FRESH,
        lambda gate: protocol.plan(TURN, (), {}, None, protocol.rehearsing(gate, "another")),
    ),
    "plan it again": (
        FRESH,
        lambda gate: protocol.plan(
            TURN, (), {}, None, protocol.rehearsing(gate, REHEARSAL.endpoint)
        ),
    ),
    "leave no rehearsal": (
        FULL,
        lambda gate: protocol.leaving(protocol.release_lock(gate.lock), ()),
    ),
    "leave a rehearsal": (
        FULL,
        lambda gate: protocol.leaving(protocol.release_lock(gate.lock), UNDELETED),
    ),
    "note an undeleted one": (REST, lambda gate: protocol.note_undeleted(gate, UNDELETED)),
    "adopt": (FRESH | {"drift": "edit"}, lambda _: protocol.adopt(TURN, TARGET)),
    "watch": (FULL, lambda _: protocol.watch(TURN, "next", 60, gates.STAGE, {})),
    "watch the window": (
        WATCHED,
        lambda _: protocol.watch(TURN, "next", 60, gates.WINDOW, {"reason": "calm"}),
    ),
    "note that its lease is over": (FULL, lambda gate: protocol.note_lapsed(gate, NOW)),
    "keep alive": (FULL, lambda _: protocol.keep_alive(TURN)),
    "keep quiet": (FULL, lambda _: protocol.keep_quiet(TURN, NOW + 5)),
    "enter the window": (
        FULL | {"step": gates.PROMOTE},
        lambda _: protocol.enter_window(TURN, NOW + 5),
    ),
    "halt": (WATCHED, lambda _: protocol.halt("1111111111", HALT)),
    "claim at rest": (
        REST | {"halt": HALT},
        lambda gate: protocol.claim_at_rest(gate, "me", NEW, NOW),
    ),
    "claim from a window": (
        WATCHED,
        lambda gate: protocol.claim_from_window(gate, "me", NEW, NOW),
    ),
    "take over": (FULL | {"halt": HALT}, lambda gate: protocol.take_over(gate, "me", NOW)),
    "take over for a newer one": (FULL, lambda gate: protocol.take_over(gate, "me", NOW, NEW)),
    "take over a window": (WATCHED, lambda gate: protocol.take_over_window(gate, "me", NOW)),
    "claim a tidy": (REST, lambda gate: protocol.claim_tidy(gate, "me", NOW)),
    "claim what strays": (
        REST | {"tidy": None},
        lambda gate: protocol.claim_stray(gate, "me", STRAY, NOW),
    ),
    "claim what is broken": (
        REST | {"tidy": None},
        lambda gate: protocol.claim_broken(gate, "me", NOW),
    ),
    "claim a rollback": (
        REST | {"halt": HALT},
        lambda gate: protocol.claim_rollback(gate, "me", NEW, OLD, NOW, "it is slow"),
    ),
    "note what is wanted": (FULL, lambda _: protocol.note_wanted(NEW)),
    "note what waits": (FULL, lambda _: protocol.note_queued(NEW)),
    "note what serves": (REST, lambda gate: protocol.note_latest(gate, NEW.approved_at, NOW)),
    "note what serves again": (REST, lambda gate: protocol.note_serves(gate, NEW.approved_at, NOW)),
    "note a revocation": (
        REST | {"revoked": None},
        lambda gate: protocol.note_revoked(gate, STAYS),
    ),
    "note that nothing is left to go back to": (
        REST,
        lambda gate: protocol.note_revoked(gate, STAYS),
    ),
    "note a revocation that a rollback tells": (
        REST | {"revoked": None},
        lambda gate: protocol.note_revoked(gate, NOTED),
    ),
    "forget a revocation": (FULL, protocol.forget_revoked),
    "settle back on a revoked package": (
        FULL | {"halt": HALT, "previous": OLD},
        lambda gate: protocol.settle_rolled_back(gate, SAID, CleanupResult()),
    ),
    "plan with stages": (
        FRESH,
        lambda gate: protocol.staging(protocol.keep_alive(TURN), gate, STAGED),
    ),
    "plan without stages": (
        FRESH | {"life": LIFE.model_copy(update={"release": "2222222222"})},
        lambda gate: protocol.staging(protocol.keep_alive(TURN), gate, None),
    ),
    "keep what is still due": (FULL, lambda gate: protocol.stages_written(gate, (OWED_STILL,))),
    "keep nothing due": (FULL, lambda gate: protocol.stages_written(gate, ())),
    "settle as promoted": (
        WATCHED,
        lambda gate: protocol.settle_promoted(gate, TARGET, RUBBISH, NOW),
    ),
    "settle as rolled back": (
        FULL | {"halt": HALT},
        lambda gate: protocol.settle_rolled_back(gate, SAID, CleanupResult()),
    ),
    "settle with a tidy": (
        FULL | {"halt": HALT, "tidy": None},
        lambda gate: protocol.settle_tidy_pending(gate, TARGET, NOW + 9, SAID, RUBBISH),
    ),
    "give_up": (
        FULL | {"halt": HALT},
        lambda gate: protocol.give_up(TURN, gate, SAID, {"drift": "an edit"}),
    ),
    "refuse": (FRESH, lambda gate: protocol.refuse(TURN, gate, {}, {"attention": "no way"})),
    "count a recovery": (FULL, protocol.count_recovery),
    "take a recovery out of the count": (FULL, protocol.uncount_recovery),
    "block": (
        FULL | {"halt": HALT},
        lambda gate: protocol.block(gate, "three died", SAID, NOW),
    ),
    "mark the rest": (
        REST,
        lambda gate: protocol.mark_rest(gate, {"drift": "an edit"}, ("attention",)),
    ),
    "tell": (FULL, lambda gate: protocol.told(gate, ["0000000000"])),
    "hold at rest": (REST, lambda gate: protocol.hold_at_rest(gate, NOW)),
    "clear all at rest": (
        REST,
        lambda gate: protocol.cleared(protocol.release_lock(gate.lock), CleanupResult(), NOW + 9),
    ),
    "clear some at rest": (
        REST,
        lambda gate: protocol.cleared(protocol.release_lock(gate.lock), RUBBISH, NOW + 9),
    ),
}


def there(attributes: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in attributes.items() if value is not None}


def decided(kind: str) -> GateWrite:
    """The write as it is decided on the gate that was read."""
    seen, decide = WRITES[kind]
    return decide(Gate.model_validate({"endpoint": "churn", **there(seen)}))


def ledger_after(kind: str, **meanwhile: Any) -> FakeLedger:
    """The write was decided on the gate as it was; meanwhile somebody changed it."""
    ledger = FakeLedger()
    ledger.write("churn", GateWrite(conditions=(), assign=there(WRITES[kind][0] | meanwhile)))
    ledger.write("churn", decided(kind))
    return ledger


def changed(kind: str, **meanwhile: Any) -> dict[str, Any]:
    """What the write changed on the gate; an attribute that went has its default again."""
    before = Gate.model_validate({"endpoint": "churn", **there(WRITES[kind][0] | meanwhile)})
    after = ledger_after(kind, **meanwhile).peek("churn")
    names = [n for n in Gate.model_fields if getattr(before, n) != getattr(after, n)]
    return {name: getattr(after, name) for name in names}
