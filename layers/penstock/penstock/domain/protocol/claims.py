"""Claims: who holds an endpoint (the rows of the protocol's section 3)."""

from dataclasses import replace
from typing import Any

from penstock.domain.ledger import naming
from penstock.domain.ledger.content import Content
from penstock.domain.ledger.gate import (
    ROLLBACK,
    WINDOW,
    Gate,
    GateWrite,
    absent,
    absent_or_at_most,
    absent_or_below,
    equals,
    lock_free,
    unchanged,
)
from penstock.domain.protocol import life_cycles
from penstock.domain.protocol.parts import (
    FRESH,
    LEASE_MS,
    LOCK,
    Approval,
    Inconsistent,
    claimed,
    newest,
    outbox,
    previous,
    promoted,
    running,
    silent,
    wanted,
)


def claim_at_rest(gate: Gate, owner: str, new: Approval, now: int) -> GateWrite:
    """Row 5: claim an endpoint at rest. The verified content becomes the content to go back to
    (R20).
    """
    return GateWrite(
        conditions=(absent("owner"), *newest(new.approved_at, now), unchanged(gate)),
        assign=claimed(owner, new, now) | previous(gate),
        remove=(*FRESH, "halt", "token", "target", "quiet_until", "attention", "alarms"),
        counts=True,
        records={new.release: running(new, now)},
    )


def claim_from_window(gate: Gate, owner: str, new: Approval, now: int) -> GateWrite:
    """Row 6: a newer release ends another's watch window, and the watched release counts as
    promoted.

    Nobody settles that release, so the next Settle deletes its leftovers.
    """
    if gate.target is None or gate.release is None:
        raise Inconsistent(gate, "a window without a target")
    good = gate.target.serving(gate.package)
    staging = naming.staging_config(gate.endpoint, gate.release)
    rehearsed = (each.endpoint for each in gate.rehearsals)
    return GateWrite(
        conditions=(
            equals("release", gate.release),
            equals("step", WINDOW),
            absent("halt"),
            *newest(new.approved_at, now),
            unchanged(gate),
        ),
        assign=claimed(owner, new, now)
        | {"content": good, "previous": good, "serving": gate.package}
        | {"leftovers": tuple(dict.fromkeys((*gate.leftovers, staging, *rehearsed)))}
        | outbox(gate, gate.release)
        | life_cycles.stages_promoted(gate),
        remove=(
            *FRESH,
            *("token", "target", "tidy", "tidy_after", "quiet_until", "alarms", "revoked"),
        ),
        counts=True,
        records={
            gate.release: promoted(good, now, "a newer release ended its watch window"),
            new.release: running(new, now),
        },
    )


def take_over(gate: Gate, owner: str, now: int, newer: Approval | None = None) -> GateWrite:
    """Row 7: take over from a dead owner, and roll its release back first (R4).

    The expired lock is removed, so that a write of its instance is void. An owner that renewed its
    lease since the gate was read is alive, and the write is declined.
    """
    noted = newer if newer and not gate.newer_wanted(newer.approved_at) else None
    still = (absent_or_at_most("wanted_at", noted.approved_at),) if noted else ()
    return GateWrite(
        conditions=(*silent(gate), lock_free(now), *still),
        assign={"owner": owner, "step": ROLLBACK, "lease_until": now + LEASE_MS}
        | (wanted(noted) if noted else {}),
        remove=LOCK,
        counts=True,
    )


def take_over_window(gate: Gate, owner: str, now: int) -> GateWrite:
    """Row 7 for a recovery in the watch window: it judges as owner before it settles (R19)."""
    return GateWrite(
        conditions=(
            *silent(gate),
            equals("step", WINDOW),
            absent("halt"),
            lock_free(now),
        ),
        assign={"owner": owner, "lease_until": now + LEASE_MS},
        remove=LOCK,
        counts=True,
    )


def claim_tidy(gate: Gate, owner: str, now: int) -> GateWrite:
    """Claim of a recovery that finishes a TIDY, if it is still pending and nobody interfered
    (R23).
    """
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


def claim_stray(gate: Gate, owner: str, shown: Content, now: int) -> GateWrite:
    """Claim of a recovery that replaces a stray staging configuration by the verified content.

    The release that created it has ended, so the configuration becomes a leftover.
    """
    leftovers = tuple(dict.fromkeys((*gate.leftovers, shown.name)))
    return GateWrite(
        conditions=(absent("owner"), lock_free(now), unchanged(gate)),
        assign={"owner": owner, "lease_until": now + LEASE_MS, "step": ROLLBACK}
        | {"leftovers": leftovers}
        | previous(gate),
        counts=True,
    )


def claim_broken(gate: Gate, owner: str, now: int) -> GateWrite:
    """Claim of a recovery that repairs an endpoint at rest in UpdateRollbackFailed."""
    return GateWrite(
        conditions=(absent("owner"), lock_free(now), unchanged(gate)),
        assign={"owner": owner, "lease_until": now + LEASE_MS, "step": ROLLBACK} | previous(gate),
        remove=FRESH,
        counts=True,
    )


def claim_rollback(
    gate: Gate, owner: str, new: Approval, to: Content, now: int, why: str
) -> GateWrite:
    """Claim of a person's rollback at rest. It starts at step ROLLBACK and goes back to `to`.

    Its record keeps `why` it was requested, so that a successor knows.
    """
    tidied = _tidied(gate)
    return GateWrite(
        conditions=(absent("owner"), lock_free(now), unchanged(gate)),
        assign={
            "owner": owner,
            "lease_until": now + LEASE_MS,
            "release": new.release,
            "package": new.kept,
            "approved_at": new.approved_at,
            "started_at": now,
            "step": ROLLBACK,
            "previous": to,
        }
        | tidied,
        remove=(
            *FRESH,
            *("halt", "token", "target", "attention", "quiet_until", "alarms"),
            *(("tidy", "tidy_after") if tidied else ()),
        ),
        counts=True,
        records={new.release: running(new, now) | {"requested": why}},
    )


def _tidied(gate: Gate) -> dict[str, Any]:
    """What a requested rollback changes about a pending TIDY. Empty if none is pending.

    Users are on `previous`, so it becomes `content`. Otherwise an end without a Settle would forget
    it (R20). The configuration that shows becomes a leftover, which this rollback's Settle spares
    (R22).
    """
    if gate.tidy != "pending" or gate.content is None or gate.previous is None:
        return {}
    leftovers = tuple(dict.fromkeys((*gate.leftovers, gate.content.name)))
    return {"content": gate.previous, "leftovers": leftovers}


def note_wanted(new: Approval) -> GateWrite:
    """Row 8: note the wanted approval, so that it is never forgotten (R5)."""
    return GateWrite(
        conditions=(absent_or_below("wanted_at", new.approved_at),), assign=wanted(new)
    )


def note_queued(new: Approval) -> GateWrite:
    """Note a newer approval that lets the running release end first. No step of that release
    reads it.

    It is never forgotten either: at the next rest the sweep starts it, unless it comes itself.
    """
    return GateWrite(
        conditions=(absent_or_below("queued_at", new.approved_at),),
        assign={"queued_at": new.approved_at, "queued": new.kept},
    )


def note_serves(gate: Gate, approved_at: int, now: int) -> GateWrite:
    """Row 4: the package already serves. Its approval counts as claimed, or it would return.

    If it was revoked before, that is over.
    """
    return replace(note_latest(gate, approved_at, now), remove=("revoked",))


def note_latest(gate: Gate, approved_at: int, now: int) -> GateWrite:
    """An approval that nothing has to be done for counts as claimed, or it would return."""
    return GateWrite(
        conditions=(absent("owner"), *newest(approved_at, now), unchanged(gate)),
        assign={"latest": approved_at},
    )
