"""Writes that end releases, and notes about an endpoint at rest (sections 5 to 7)."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from penstock.domain.ledger.content import Content
from penstock.domain.ledger.gate import (
    CLAIMED,
    Gate,
    GateWrite,
    absent,
    equals,
    lock_free,
    unchanged,
)
from penstock.domain.ledger.incidents import Stuck
from penstock.domain.protocol import life_cycles
from penstock.domain.protocol.parts import (
    FRESH,
    GONE_AT_REST,
    Writer,
    mine,
    outbox,
    promoted,
    record,
    silent,
)


class CleanupResult(NamedTuple):
    """Result of a clean-up: configurations left for the next one, and releases of which nothing
    is left.
    """

    later: tuple[str, ...] = ()
    retired: tuple[str, ...] = ()


def settle_promoted(
    gate: Gate, final: Content, cleaned: CleanupResult, now: int, reason: str | None = None
) -> GateWrite:
    """End a release as promoted, unless somebody halted it during the clean-up (R12).

    `reason`: why, where there is more to say than that every stage passed.
    """
    content = final.serving(gate.package)
    return GateWrite(
        conditions=(equals("lock", gate.lock), absent("halt")),
        assign={
            "content": content,
            "serving": gate.package,
            **_leftovers(cleaned),
            **life_cycles.stages_promoted(gate),
            **outbox(gate, gate.release or ""),
        },
        remove=(
            *GONE_AT_REST,
            *FRESH,
            *("tidy", "tidy_after", "revoked"),
            *_no_leftovers(cleaned),
        ),
        records=_records(gate, promoted(content, now, reason), cleaned),
    )


def settle_rolled_back(gate: Gate, said: Mapping[str, Any], cleaned: CleanupResult) -> GateWrite:
    """End a release as rolled back: the previous content serves alone, and this is verified."""
    back = _back(gate)
    gone = tuple(name for name in ("content", "serving") if name not in back)
    return GateWrite(
        conditions=(equals("lock", gate.lock),),
        assign={**back, **_leftovers(cleaned), **_ended(gate, back.get("serving"), said)},
        remove=(
            *GONE_AT_REST,
            *FRESH,
            *("halt", "tidy", "tidy_after"),
            *gone,
            *_revocation_over(gate),
            *_no_leftovers(cleaned),
        ),
        records=_records(gate, said, cleaned),
    )


def settle_tidy_pending(
    gate: Gate, shown: Content, after: int, said: Mapping[str, Any], cleaned: CleanupResult
) -> GateWrite:
    """End a release as tidy pending: users are on the previous package, and the sweep puts the
    configuration back.
    """
    serving = gate.previous.package if gate.previous else gate.serving
    content = shown.serving(serving)
    return GateWrite(
        conditions=(equals("lock", gate.lock),),
        assign={
            "content": content,
            "tidy": "pending",
            "tidy_after": after,
            **({"serving": serving} if serving else {}),
            **_leftovers(cleaned),
            **_ended(gate, serving, said),
        },
        remove=(
            *GONE_AT_REST,
            *("halt", "recoveries", "repair"),
            *(() if serving else ("serving",)),
            *_revocation_over(gate),
            *_no_leftovers(cleaned),
        ),
        records=_records(gate, said, cleaned),
    )


def give_up(
    writer: Writer, gate: Gate, said: Mapping[str, Any], flags: Mapping[str, str]
) -> GateWrite:
    """End a release that makes no more calls: somebody changed the endpoint (`drift`) or a
    person is needed (`attention`).
    """
    words = (writer.release if said else "attention", *(n for n in flags if n == "drift"))
    return GateWrite(
        conditions=(*mine(writer), lock_free(writer.now)),
        assign={
            **flags,
            **outbox(gate, *words),
            **(life_cycles.stages_ended(gate, gate.serving) if said else {}),
        },
        remove=(*GONE_AT_REST, "halt"),
        records={writer.release: said} if said else {},
    )


def refuse(
    writer: Writer, gate: Gate, said: Mapping[str, Any], flags: Mapping[str, str]
) -> GateWrite:
    """Give the endpoint back before anything was done.

    A late plan must not end a release whose steps have begun, so the step has to be CLAIMED.
    """
    write = give_up(writer, gate, said, flags)
    return replace(write, conditions=(*write.conditions, equals("step", CLAIMED)))


def count_recovery(gate: Gate) -> GateWrite:
    """Count a recovery for a dead owner, so that recoveries cannot go on for ever.

    A lock that is still held does not matter here: the recovery's claim waits for it.
    """
    return GateWrite(
        conditions=silent(gate),
        assign={"recoveries": gate.recoveries + 1},
    )


def uncount_recovery(gate: Gate) -> GateWrite:
    """Take back a count, because the recovery could not be started."""
    return GateWrite(
        conditions=(*silent(gate), equals("recoveries", gate.recoveries)),
        assign={"recoveries": gate.recoveries - 1},
    )


def note_lapsed(gate: Gate, now: int) -> GateWrite:
    """Note that a running owner's lease is over, as a sweep first saw at `now` (ms)."""
    return GateWrite(conditions=silent(gate), assign={"lapsed": now})


def block(gate: Gate, reason: str, said: Mapping[str, Any], now: int) -> GateWrite:
    """Block the endpoint until a person's rollback or adopt, because recoveries did not help."""
    return GateWrite(
        conditions=(*silent(gate), lock_free(now)),
        assign={
            "attention": reason,
            **(_ended(gate, gate.serving, said) or outbox(gate, "attention")),
        },
        remove=(*GONE_AT_REST, "halt"),
        records=record(gate, said),
    )


def mark_rest(gate: Gate, flags: Mapping[str, str], remove: tuple[str, ...] = ()) -> GateWrite:
    """Note what the sweep found about an endpoint at rest. Nothing is changed on the endpoint."""
    return GateWrite(
        conditions=(absent("owner"), unchanged(gate)),
        assign={**flags, **outbox(gate, *flags)},
        remove=remove,
    )


def cleared(write: GateWrite, cleaned: CleanupResult, again: int) -> GateWrite:
    """Extend a write that ends a clean-up at rest. The rest of the leftovers waits until
    `again` (ms).
    """
    kept = {"leftovers": cleaned.later, "clear_after": again} if cleaned.later else {}
    gone = () if cleaned.later else ("leftovers", "clear_after")
    return replace(
        write,
        assign={**write.assign, **kept},
        remove=(*write.remove, *gone),
        records={release: {"retired": True} for release in cleaned.retired},
    )


def note_stuck_at_rest(gate: Gate, stuck: Stuck) -> GateWrite:
    """Note that people were notified of a blocked endpoint with requests on a package that has
    to go.
    """
    return GateWrite(conditions=(absent("owner"), unchanged(gate)), assign={"stuck": stuck})


def told(gate: Gate, words: Collection[str]) -> GateWrite:
    """Remove published words from the outbox. No condition of another write reads the outbox."""
    left = tuple(word for word in gate.untold if word not in words)
    return GateWrite(
        conditions=(equals("untold", gate.untold),),
        assign={"untold": left} if left else {},
        remove=() if left else ("untold",),
    )


def _ended(gate: Gate, serves: str | None, said: Mapping[str, Any]) -> dict[str, Any]:
    """Outbox entries of the release in hand, if this write ends it. `serves` is what serves
    then.
    """
    if not said:
        return {}
    return outbox(gate, gate.release or "") | life_cycles.stages_ended(gate, serves)


def _records(
    gate: Gate, said: Mapping[str, Any], cleaned: CleanupResult
) -> dict[str, Mapping[str, Any]]:
    """Records of the release that ends, and tombstones of releases of which nothing is left."""
    gone: dict[str, Mapping[str, Any]] = {name: {"retired": True} for name in cleaned.retired}
    return gone | record(gate, {**said, **gone.get(gate.release or "", {})})


def _back(gate: Gate) -> dict[str, Any]:
    if gate.previous is None:
        return {}
    back: dict[str, Any] = {"content": gate.previous}
    if gate.previous.package:
        back["serving"] = gate.previous.package
    return back


def _revocation_over(gate: Gate) -> tuple[str, ...]:
    """A revocation is over once another package serves. The way back to the same one keeps it."""
    serves = gate.previous.package if gate.previous else None
    kept = gate.revoked is not None and gate.revoked.package == serves
    return () if kept else ("revoked",)


def _leftovers(cleaned: CleanupResult) -> dict[str, Any]:
    return {"leftovers": cleaned.later} if cleaned.later else {}


def _no_leftovers(cleaned: CleanupResult) -> tuple[str, ...]:
    """New leftovers are due at the next rest, whatever an older `clear_after` says."""
    return ("clear_after",) if cleaned.later else ("leftovers", "clear_after")
