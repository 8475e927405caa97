"""What the owner of an endpoint writes while its release goes on, and how others stop it."""

from collections.abc import Mapping
from typing import Any

from penstock.domain.ledger.content import Content
from penstock.domain.ledger.gate import (
    CLAIMED,
    NEXT_FENCE,
    PROMOTE,
    ROLLBACK,
    WINDOW,
    GateWrite,
    Halt,
    Suspension,
    Test,
    absent,
    equals,
    lock_free,
)
from penstock.domain.ledger.incidents import Repair, Stuck
from penstock.domain.protocol.parts import LEASE_MS, LOCK, LOCK_MS, Turn, mine, undisturbed


def acquire(turn: Turn, step: int, target: Content | None) -> GateWrite:
    """Begin to act: the only way to call SageMaker (R6-R9). Forward steps yield to a halt."""
    return GateWrite(
        conditions=(
            *mine(turn),
            Test("step", "<=", step),
            lock_free(turn.now),
            *(() if step == ROLLBACK else undisturbed(turn, step)),
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
    return GateWrite(conditions=(equals("lock", lock),), remove=LOCK)


def note_repair(lock: int | None, repair: Repair) -> GateWrite:
    """What is about to be tried, or was tried, against UpdateRollbackFailed: in the lock."""
    return GateWrite(conditions=(equals("lock", lock),), assign={"repair": repair})


def note_stuck(turn: Turn, stuck: Stuck) -> GateWrite:
    """People were told that the way back does not work; whoever takes over goes on from here."""
    return GateWrite(conditions=mine(turn), assign={"stuck": stuck})


def hand_over(turn: Turn) -> GateWrite:
    """Nobody died, so a successor has all its tries: it may take over at once."""
    return GateWrite(
        conditions=(*mine(turn), lock_free(turn.now)),
        assign={"lease_until": turn.now - 1},
        remove=("recoveries",),
    )


def plan(
    turn: Turn,
    alarms: tuple[str, ...],
    record: Mapping[str, Any],
    suspension: Suspension | None = None,
) -> GateWrite:
    """Keep the plan, so that whoever takes over knows what this release may have made.

    And what it is going to suspend: noted before it does, so that no death can hide it.
    """
    suspends = {"suspension": suspension} if suspension else {}
    return GateWrite(
        conditions=(*mine(turn), equals("step", CLAIMED)),
        assign={"alarms": alarms, "lease_until": turn.now + LEASE_MS, **suspends},
        records={turn.release: record},
    )


def adopt(turn: Turn, found: Content) -> GateWrite:
    """Accept what is there as what was verified, by a person's word."""
    return GateWrite(
        conditions=(*mine(turn), equals("step", CLAIMED)),
        assign={"content": found, "previous": found},
        remove=("tidy", "tidy_after", "serving", "drift"),
    )


def watch(turn: Turn, token: str, seconds: int, step: int, record: Mapping[str, Any]) -> GateWrite:
    """Keep the task token of a wait. Declined: a halt is there already, so there is no wait.

    `record`: what was last said about the release, if anything.
    """
    return GateWrite(
        conditions=(*mine(turn), *undisturbed(turn, step)),
        assign={"token": token, "lease_until": turn.now + seconds * 1000 + LEASE_MS},
        records={turn.release: record} if record else {},
    )


def keep_alive(turn: Turn) -> GateWrite:
    """Renew the lease while SageMaker takes its time. Declined: the endpoint is another's."""
    return GateWrite(conditions=mine(turn), assign={"lease_until": turn.now + LEASE_MS})


def keep_quiet(turn: Turn, until: int) -> GateWrite:
    """Both fleets are cold after a swap: alarm events before `until` are not listened to."""
    return GateWrite(conditions=mine(turn), assign={"quiet_until": until})


def enter_window(turn: Turn, quiet_until: int) -> GateWrite:
    """The promotion is verified and nobody spoke against it (R12)."""
    return GateWrite(
        conditions=(*mine(turn), equals("step", PROMOTE), absent("halt")),
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
