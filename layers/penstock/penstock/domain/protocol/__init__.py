"""The ledger protocol: who may write what to a gate, and under which conditions.

Each function answers one conditional write; the rules it carries (R1..R24) are those whose absence
breaks a promise, and tests/unit/protocol has the trace that breaks each.
"""

from penstock.domain.protocol.acts import (
    acquire,
    adopt,
    enter_window,
    halt,
    keep_alive,
    keep_quiet,
    note_repair,
    plan,
    release_lock,
    watch,
)
from penstock.domain.protocol.claims import (
    claim_at_rest,
    claim_broken,
    claim_from_window,
    claim_rollback,
    claim_stray,
    claim_tidy,
    note_latest,
    note_queued,
    note_wanted,
    take_over,
    take_over_window,
)
from penstock.domain.protocol.ends import (
    Rubbish,
    block,
    cleared,
    count_recovery,
    mark_rest,
    refuse,
    settle_promoted,
    settle_rolled_back,
    settle_tidy_pending,
    stop,
    told,
)
from penstock.domain.protocol.parts import LEASE_MS, LOCK_MS, Approval, Inconsistent, Turn
from penstock.domain.protocol.suspensions import hold_at_rest, suspending

__all__ = [
    "LEASE_MS",
    "LOCK_MS",
    "Approval",
    "Inconsistent",
    "Rubbish",
    "Turn",
    "acquire",
    "adopt",
    "block",
    "claim_at_rest",
    "claim_broken",
    "claim_from_window",
    "claim_rollback",
    "claim_stray",
    "claim_tidy",
    "cleared",
    "count_recovery",
    "enter_window",
    "halt",
    "hold_at_rest",
    "keep_alive",
    "keep_quiet",
    "mark_rest",
    "note_latest",
    "note_queued",
    "note_repair",
    "note_wanted",
    "plan",
    "refuse",
    "release_lock",
    "settle_promoted",
    "settle_rolled_back",
    "settle_tidy_pending",
    "stop",
    "suspending",
    "take_over",
    "take_over_window",
    "told",
    "watch",
]
