"""Writes of an owner while its release runs, and the halt that others write."""

from collections.abc import Mapping
from typing import Any

from penstock.domain.ledger.content import Content
from penstock.domain.ledger.gate import (
    CLAIMED,
    NEXT_FENCE,
    PROMOTE,
    ROLLBACK,
    WINDOW,
    Gate,
    GateWrite,
    Halt,
    Predicate,
    Rehearsal,
    Suspension,
    absent,
    equals,
    lock_free,
)
from penstock.domain.ledger.incidents import Repair, Stuck
from penstock.domain.ledger.people import People
from penstock.domain.protocol.parts import LEASE_MS, LOCK, LOCK_MS, Writer, mine, undisturbed

NO_REHEARSALS: Mapping[str, tuple[Rehearsal, ...]] = {}


def acquire(
    writer: Writer, step: int, target: Content | None, record: Mapping[str, Any] | None = None
) -> GateWrite:
    """Take the lock, without which nobody calls SageMaker (R6-R9). A halt refuses every step
    forward.

    `record` is what the step says of the release, such as what speaks against its package.
    """
    return GateWrite(
        conditions=(
            *mine(writer),
            Predicate("step", "<=", step),
            lock_free(writer.now),
            *(() if step == ROLLBACK else undisturbed(writer, step)),
        ),
        assign={
            "lock": NEXT_FENCE,
            "lock_until": writer.now + LOCK_MS,
            "step": step,
            "lease_until": writer.now + LEASE_MS,
        }
        | ({"target": target} if target else {}),
        remove=() if target else ("target",),
        counts=True,
        records={writer.release: record} if record else {},
    )


def release_lock(lock: int | None) -> GateWrite:
    """Release the lock. If the write is declined, the act's result is void."""
    return GateWrite(conditions=(equals("lock", lock),), remove=LOCK)


def note_repair(lock: int | None, repair: Repair) -> GateWrite:
    """Note, inside the lock, what is about to be tried or was tried against
    UpdateRollbackFailed.
    """
    return GateWrite(conditions=(equals("lock", lock),), assign={"repair": repair})


def note_stuck(writer: Writer, stuck: Stuck) -> GateWrite:
    """Note that people were notified of a stuck rollback. A successor continues the reminders."""
    return GateWrite(conditions=mine(writer), assign={"stuck": stuck})


def hand_over(writer: Writer) -> GateWrite:
    """End the own lease, so that a successor may take over at once. Nobody died, so it has all
    its tries.
    """
    return GateWrite(
        conditions=(*mine(writer), lock_free(writer.now)),
        assign={"lease_until": writer.now - 1},
        remove=("recoveries",),
    )


def plan(
    writer: Writer,
    alarms: tuple[str, ...],
    record: Mapping[str, Any],
    suspension: Suspension | None = None,
    rehearsals: Mapping[str, tuple[Rehearsal, ...]] = NO_REHEARSALS,
    leftovers: tuple[str, ...] = (),
) -> GateWrite:
    """Store the plan, so that a successor knows what this release may have created.

    The write also notes the suspension of scale-in and the rehearsal endpoint (`rehearsing`) before
    they are made, so that no death can hide them, and all `leftovers` if the release adds one: a
    configuration that whoever ends it deletes.
    """
    suspends = {"suspension": suspension} if suspension else {}
    left = {"leftovers": leftovers} if leftovers else {}
    return GateWrite(
        conditions=(*mine(writer), equals("step", CLAIMED)),
        assign={"alarms": alarms, "lease_until": writer.now + LEASE_MS}
        | {**suspends, **rehearsals, **left},
        records={writer.release: record},
    )


def adopt(writer: Writer, found: Content) -> GateWrite:
    """Accept the content that the endpoint shows, because a person said `adopt`."""
    return GateWrite(
        conditions=(*mine(writer), equals("step", CLAIMED)),
        assign={"content": found, "previous": found},
        remove=("tidy", "tidy_after", "serving", "drift", "revoked"),
    )


def watch(
    writer: Writer, token: str, seconds: int, step: int, record: Mapping[str, Any]
) -> GateWrite:
    """Store the task token of a wait.

    The write is declined if there is already a halt. Then there is no wait. `record` holds the last
    verdict, if there is one.
    """
    return GateWrite(
        conditions=(*mine(writer), *undisturbed(writer, step)),
        assign={"token": token, "lease_until": writer.now + seconds * 1000 + LEASE_MS},
        records={writer.release: record} if record else {},
    )


def keep_alive(writer: Writer) -> GateWrite:
    """Renew the lease during a wait for SageMaker. It is declined if somebody else holds the
    endpoint.
    """
    return GateWrite(conditions=mine(writer), assign={"lease_until": writer.now + LEASE_MS})


def keep_quiet(writer: Writer, until: int) -> GateWrite:
    """Begin the grace period after a swap, while the fleets are cold: alarm events before
    `until` (ms) are ignored.
    """
    return GateWrite(conditions=mine(writer), assign={"quiet_until": until})


def enter_window(writer: Writer, quiet_until: int) -> GateWrite:
    """Enter the watch window: the promotion is verified and there is no halt (R12)."""
    return GateWrite(
        conditions=(*mine(writer), equals("step", PROMOTE), absent("halt")),
        assign={
            "step": WINDOW,
            "quiet_until": quiet_until,
            "lease_until": writer.now + LEASE_MS,
        },
    )


def ask_people(writer: Writer, gate: Gate, people: People) -> GateWrite:
    """Note what the release waits for, unless somebody answered since `gate` was read."""
    return GateWrite(
        conditions=(*mine(writer), _as_read("people", gate.people)),
        assign={"people": people},
    )


def answer(gate: Gate, people: People) -> GateWrite:
    """Note the last answer of `people`, if the release still waits as `gate` was read.

    No condition of another write reads it, but a refusal is a halt too, so no step forward comes
    after it.
    """
    said = people.answers[-1]
    no = Halt(by="person", reason=said.sentence, at=said.at)
    return GateWrite(
        conditions=(
            Predicate("owner", "present"),
            equals("release", people.release),
            Predicate("step", "<=", people.step),
            absent("halt"),
            _as_read("people", gate.people),
        ),
        assign={"people": people},
        assign_once={} if said.approve else {"halt": no},
        records={people.release: {"answers": people.answers}},
    )


def _as_read(attribute: str, value: object) -> Predicate:
    return absent(attribute) if value is None else equals(attribute, value)


def halt(release: str, why: Halt) -> GateWrite:
    """Order the release to roll back (R15, R16). The flag is the information; a token only
    wakes.
    """
    return GateWrite(
        conditions=(
            Predicate("owner", "present"),
            equals("release", release),
            Predicate("step", "<", ROLLBACK),
        ),
        assign_once={"halt": why},
    )
