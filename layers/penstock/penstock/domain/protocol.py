"""The ledger protocol: who may write what to a gate, and under which conditions.

Each function answers one conditional write; the rules it carries (R1..R24) are those whose absence
breaks a promise, and tests/unit/protocol has the trace that breaks each.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from penstock.domain.content import Content
from penstock.domain.gate import (
    CLAIMED,
    NEXT_FENCE,
    PROMOTE,
    ROLLBACK,
    WINDOW,
    Condition,
    Gate,
    GateWrite,
    Halt,
    Test,
    absent,
    absent_or_at_most,
    absent_or_below,
    equals,
    lock_free,
    unchanged,
)

LEASE_MS = 15 * 60_000
"""Added to the longest planned silence; a lease only detects a stuck owner."""
LOCK_MS = 90_000
"""Timeout of an acting function (60 s) and 30 s more; the lock is what protects."""
AT_REST = ("owner", "lease_until", "lock", "lock_until", "step", "token", "quiet_until")
"""What goes when an endpoint comes to rest."""


class Approval(NamedTuple):
    """One release as the claim knows it: its id, package and approval time in ms."""

    release: str
    package: str
    approved_at: int


class Turn(NamedTuple):
    """Whose turn it is: the execution, the release it works on, and the time now in ms."""

    owner: str
    release: str
    approved_at: int
    now: int


def claim_at_rest(gate: Gate, owner: str, new: Approval, now: int) -> GateWrite:
    """Row 5: take a resting endpoint. What was verified last becomes what to go back to (R20)."""
    return GateWrite(
        conditions=(absent("owner"), *_newest(new, now), unchanged(gate)),
        assign=_claimed(owner, new, now) | _previous(gate),
        remove=("halt", "token", "target", "quiet_until", "attention", "recoveries", "alarms"),
        counts=True,
        records={new.release: _running(new, now)},
    )


def claim_from_window(gate: Gate, owner: str, new: Approval, now: int) -> GateWrite:
    """Row 6: a newer release ends another's watch window; what it watched counts as promoted."""
    if gate.target is None or gate.release is None:
        raise Inconsistent(gate, "a window without a target")
    promoted = gate.target.model_copy(update={"package": gate.package})
    return GateWrite(
        conditions=(
            equals("release", gate.release),
            equals("step", WINDOW),
            absent("halt"),
            *_newest(new, now),
            unchanged(gate),
        ),
        assign=_claimed(owner, new, now)
        | {"content": promoted, "previous": promoted, "serving": gate.package},
        remove=("token", "target", "tidy", "tidy_after", "quiet_until", "recoveries", "alarms"),
        counts=True,
        records={
            gate.release: promoted_record(promoted, now, "a newer release followed its watch"),
            new.release: _running(new, now),
        },
    )


def take_over(gate: Gate, owner: str, now: int, newer: Approval | None = None) -> GateWrite:
    """Row 7: a dead owner's release is rolled back first, by its successor (R4)."""
    wanted = _wanted(newer) if newer and not gate.newer_wanted(newer.approved_at) else {}
    return GateWrite(
        conditions=(equals("owner", gate.owner), lock_free(now), unchanged(gate)),
        assign={"owner": owner, "step": ROLLBACK, "lease_until": now + LEASE_MS, **wanted},
        counts=True,
    )


def take_over_window(gate: Gate, owner: str, now: int) -> GateWrite:
    """Row 7 for a recovery in the window: it judges as owner before it settles (R19)."""
    return GateWrite(
        conditions=(
            equals("owner", gate.owner),
            equals("step", WINDOW),
            absent("halt"),
            lock_free(now),
            unchanged(gate),
        ),
        assign={"owner": owner, "lease_until": now + LEASE_MS},
        counts=True,
    )


def claim_tidy(gate: Gate, owner: str, now: int) -> GateWrite:
    """A recovery finishes a pending TIDY, if it is still pending and nobody interfered (R23)."""
    return GateWrite(
        conditions=(
            absent("owner"),
            equals("tidy", "pending"),
            absent("drift"),
            lock_free(now),
            unchanged(gate),
        ),
        assign={"owner": owner, "lease_until": now + LEASE_MS, "step": ROLLBACK},
        counts=True,
    )


def claim_stray(gate: Gate, owner: str, now: int) -> GateWrite:
    """A recovery takes a staging configuration that nobody holds back to what was verified."""
    return GateWrite(
        conditions=(absent("owner"), lock_free(now), unchanged(gate)),
        assign={
            "owner": owner,
            "lease_until": now + LEASE_MS,
            "step": ROLLBACK,
        }
        | _previous(gate),
        counts=True,
    )


def claim_rollback(gate: Gate, owner: str, new: Approval, to: Content, now: int) -> GateWrite:
    """A person's rollback at rest: straight to step ROLLBACK, with `to` as what to go back to."""
    return GateWrite(
        conditions=(absent("owner"), lock_free(now), unchanged(gate)),
        assign={
            "owner": owner,
            "lease_until": now + LEASE_MS,
            "release": new.release,
            "package": new.package,
            "approved_at": new.approved_at,
            "started_at": now,
            "step": ROLLBACK,
            "previous": to,
        },
        remove=("halt", "token", "target", "attention", "recoveries", "quiet_until", "alarms"),
        counts=True,
        records={new.release: _running(new, now)},
    )


def note_wanted(new: Approval) -> GateWrite:
    """Row 8: say which approval is wanted, so that it is never forgotten (R5)."""
    return GateWrite(
        conditions=(absent_or_below("wanted_at", new.approved_at),), assign=_wanted(new)
    )


def note_latest(gate: Gate, new: Approval, now: int) -> GateWrite:
    """Row 4: the package serves already; its approval counts as claimed, or it would come again."""
    return GateWrite(
        conditions=(absent("owner"), *_newest(new, now), unchanged(gate)),
        assign={"latest": new.approved_at},
    )


def acquire(turn: Turn, step: int, target: Content | None) -> GateWrite:
    """Begin to act: the only way to call SageMaker (R6-R9). Forward steps yield to a halt."""
    return GateWrite(
        conditions=(
            *_mine(turn),
            Test("step", "<=", step),
            lock_free(turn.now),
            *(() if step == ROLLBACK else _undisturbed(turn, step)),
        ),
        assign={
            "lock": NEXT_FENCE,
            "lock_until": turn.now + LOCK_MS,
            "step": step,
            "lease_until": turn.now + LEASE_MS,
        }
        | ({"target": target} if target else {}),
        remove=() if target else ("target",),
        counts=True,
    )


def release_lock(lock: int | None) -> GateWrite:
    """End an act. Declined means that its result is void."""
    return GateWrite(conditions=(equals("lock", lock),), remove=("lock", "lock_until"))


def plan(turn: Turn, alarms: tuple[str, ...], record: Mapping[str, Any]) -> GateWrite:
    """Keep the plan, so that whoever takes over knows what this release may have made."""
    return GateWrite(
        conditions=(*_mine(turn), equals("step", CLAIMED)),
        assign={"alarms": alarms, "lease_until": turn.now + LEASE_MS},
        records={turn.release: record},
    )


def adopt(turn: Turn, found: Content) -> GateWrite:
    """Accept what is there as what was verified, by a person's word."""
    return GateWrite(
        conditions=(*_mine(turn), equals("step", CLAIMED)),
        assign={"content": found, "previous": found},
        remove=("tidy", "tidy_after", "serving", "drift"),
    )


def watch(turn: Turn, token: str, seconds: int, step: int) -> GateWrite:
    """Keep the task token of a wait. Declined: a halt is there already, so there is no wait."""
    undisturbed = _undisturbed(turn, step)
    return GateWrite(
        conditions=(*_mine(turn), *undisturbed),
        assign={"token": token, "lease_until": turn.now + seconds * 1000 + LEASE_MS},
    )


def keep_alive(turn: Turn, seconds: int) -> GateWrite:
    """Renew the lease over a planned silence."""
    return GateWrite(
        conditions=_mine(turn), assign={"lease_until": turn.now + seconds * 1000 + LEASE_MS}
    )


def keep_quiet(turn: Turn, until: int) -> GateWrite:
    """Both fleets are cold after a swap: alarm events before `until` are not listened to."""
    return GateWrite(conditions=_mine(turn), assign={"quiet_until": until})


def enter_window(turn: Turn, quiet_until: int) -> GateWrite:
    """The promotion is verified and nobody spoke against it (R12)."""
    return GateWrite(
        conditions=(*_mine(turn), equals("step", PROMOTE), absent("halt")),
        assign={
            "step": WINDOW,
            "quiet_until": quiet_until,
            "lease_until": turn.now + LEASE_MS,
        },
    )


def halt(release: str, why: Halt) -> GateWrite:
    """This release must roll back (R15, R16): the flag is the information, a token only wakes."""
    return GateWrite(
        conditions=(
            Test("owner", "present"),
            equals("release", release),
            Test("step", "<", ROLLBACK),
        ),
        assign_once={"halt": why},
    )


def settle_promoted(gate: Gate, final: Content, leftovers: tuple[str, ...], now: int) -> GateWrite:
    """The end of a good release, unless somebody halted it during the clean-up (R12)."""
    content = final.model_copy(update={"package": gate.package})
    return GateWrite(
        conditions=(equals("lock", gate.lock), absent("halt")),
        assign={"content": content, "serving": gate.package, **_leftovers(leftovers)},
        remove=(*AT_REST, "tidy", "tidy_after", "recoveries", *_no_leftovers(leftovers)),
        records=_record(gate, promoted_record(content, now, None)),
    )


def settle_rolled_back(
    gate: Gate, record: Mapping[str, Any], leftovers: tuple[str, ...]
) -> GateWrite:
    """The end of a bad release: what served before serves, alone and verified."""
    back = _back(gate)
    gone = tuple(name for name in ("content", "serving") if name not in back)
    return GateWrite(
        conditions=(equals("lock", gate.lock),),
        assign={**back, **_leftovers(leftovers)},
        remove=(
            *AT_REST,
            *("halt", "tidy", "tidy_after", "recoveries"),
            *gone,
            *_no_leftovers(leftovers),
        ),
        records=_record(gate, record),
    )


def settle_tidy_pending(
    gate: Gate, shown: Content, after: int, record: Mapping[str, Any], leftovers: tuple[str, ...]
) -> GateWrite:
    """Users are on the previous package, the configuration is not back yet: the sweep tries on."""
    serving = gate.previous.package if gate.previous else gate.serving
    content = shown.model_copy(update={"package": serving})
    return GateWrite(
        conditions=(equals("lock", gate.lock),),
        assign={
            "content": content,
            "serving": serving,
            "tidy": "pending",
            "tidy_after": after,
            **_leftovers(leftovers),
        },
        remove=(*AT_REST, "halt", "recoveries", *_no_leftovers(leftovers)),
        records=_record(gate, record),
    )


def stop(turn: Turn, record: Mapping[str, Any], flags: Mapping[str, str]) -> GateWrite:
    """No more calls: the endpoint is a person's now (`drift`) or beyond us (`attention`)."""
    return GateWrite(
        conditions=(*_mine(turn), lock_free(turn.now)),
        assign=dict(flags),
        remove=(*AT_REST, "halt"),
        records={turn.release: record},
    )


def count_recovery(gate: Gate, now: int) -> GateWrite:
    """Another recovery is started for this owner; counted so that they cannot go on for ever."""
    return GateWrite(
        conditions=(equals("owner", gate.owner), unchanged(gate), lock_free(now)),
        assign={"recoveries": gate.recoveries + 1},
    )


def block(gate: Gate, reason: str, record: Mapping[str, Any], now: int) -> GateWrite:
    """Recoveries did not help: the endpoint waits for a person's rollback or adopt."""
    return GateWrite(
        conditions=(equals("owner", gate.owner), unchanged(gate), lock_free(now)),
        assign={"attention": reason},
        remove=(*AT_REST, "halt"),
        records=_record(gate, record),
    )


def mark_rest(gate: Gate, flags: Mapping[str, str], remove: tuple[str, ...] = ()) -> GateWrite:
    """What the sweep notes about a resting endpoint; nothing is changed on it."""
    return GateWrite(
        conditions=(absent("owner"), unchanged(gate)), assign=dict(flags), remove=remove
    )


def promoted_record(content: Content, now: int, reason: str | None) -> dict[str, Any]:
    """What a release's record says once its package serves."""
    said = {"reason": reason} if reason else {}
    return {"state": "promoted", "ended_at": now, "content": content, **said}


class Inconsistent(Exception):
    """A gate holds a combination that no write of the protocol makes."""

    def __init__(self, gate: Gate, what: str) -> None:
        super().__init__(f"the gate of {gate.endpoint}: {what}")


def _mine(turn: Turn) -> tuple[Condition, ...]:
    return (equals("owner", turn.owner), equals("release", turn.release))


def _undisturbed(turn: Turn, step: int) -> tuple[Condition, ...]:
    """No halt; and before promotion nothing newer is wanted (in the window that comes after)."""
    if step >= WINDOW:
        return (absent("halt"),)
    return (absent("halt"), absent_or_at_most("wanted_at", turn.approved_at))


def _newest(new: Approval, now: int) -> tuple[Condition, ...]:
    return (
        lock_free(now),
        absent_or_below("latest", new.approved_at),
        absent_or_at_most("wanted_at", new.approved_at),
    )


def _claimed(owner: str, new: Approval, now: int) -> dict[str, Any]:
    return {
        "owner": owner,
        "lease_until": now + LEASE_MS,
        "release": new.release,
        "approved_at": new.approved_at,
        "package": new.package,
        "latest": new.approved_at,
        "started_at": now,
        "step": CLAIMED,
        **_wanted(new),
    }


def _wanted(new: Approval) -> dict[str, Any]:
    return {"wanted_at": new.approved_at, "wanted": new.package}


def _previous(gate: Gate) -> dict[str, Any]:
    """While a TIDY is pending, the stable content to go back to is still `previous` (R20)."""
    if gate.tidy == "pending" or gate.content is None:
        return {}
    return {"previous": gate.content}


def _running(new: Approval, now: int) -> dict[str, Any]:
    return {
        "state": "running",
        "package": new.package,
        "approved_at": new.approved_at,
        "started_at": now,
    }


def _record(gate: Gate, record: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    return {gate.release: record} if gate.release else {}


def _back(gate: Gate) -> dict[str, Any]:
    if gate.previous is None:
        return {}
    back: dict[str, Any] = {"content": gate.previous}
    if gate.previous.package:
        back["serving"] = gate.previous.package
    return back


def _leftovers(names: tuple[str, ...]) -> dict[str, Any]:
    return {"leftovers": names} if names else {}


def _no_leftovers(names: tuple[str, ...]) -> tuple[str, ...]:
    return () if names else ("leftovers",)
