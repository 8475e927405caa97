"""The one contended ledger item of an endpoint, and what a conditional write to it says.

A write is data: an adapter compiles it, the tests' ledger evaluates it, one contract holds both.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from penstock.domain.errors import Damaged, PenstockError
from penstock.domain.ledger.content import Content
from penstock.domain.ledger.incidents import Repair, Stuck
from penstock.domain.ledger.lifecycle import LifeCycle, StageDue
from penstock.domain.ledger.people import People
from penstock.domain.ledger.place import Key, Place, place_of
from penstock.domain.ledger.revocation import Revocation

CLAIMED, SHADOWED, STAGE, SHIFT, PROMOTE, WINDOW, ROLLBACK = 0, 8, 10, 20, 80, 90, 100
"""Steps of a release; they only grow. Shift k is SHIFT + k."""
REHEARSE, DISMISS = 4, 6
"""Steps before the first act on the place: its rehearsal endpoint is created, and is deleted."""


class Halt(BaseModel):
    """A flag on the gate: this release must roll back."""

    model_config = ConfigDict(defer_build=True, frozen=True, extra="ignore")

    by: Literal["alarm", "revocation", "person", "reconcile"] = Field(description="Who ordered it.")
    reason: str = Field(description="Why, as a sentence.")
    at: int = Field(description="When, in ms since 1970.")

    @property
    def against(self) -> str | None:
        """What speaks against the package: an alarm does, and a person's order does not."""
        return self.reason if self.by in {"alarm", "reconcile"} else None


class Suspension(BaseModel):
    """Scale-in that a release suspended or is about to suspend.

    Whoever ends the release resumes it.
    """

    model_config = ConfigDict(defer_build=True, frozen=True, extra="ignore")

    variant: str = Field(description="Name of the variant whose scale-in it is.")
    refused: str | None = Field(
        default=None,
        description="Why the last attempt to resume it failed, once people were notified.",
    )

    def refused_for(self, reason: str) -> "Suspension":
        """The last try did not resume it, and people know why."""
        return self.model_copy(update={"refused": reason})


class Rehearsal(BaseModel):
    """A rehearsal endpoint that a release created or is about to create.

    Whoever ends the release deletes it, or the sweep does.
    """

    model_config = ConfigDict(defer_build=True, frozen=True, extra="ignore")

    endpoint: str = Field(description="Name of the rehearsal endpoint, and of its configuration.")
    refused: str | None = Field(
        default=None,
        description="Why the last attempt to delete it failed, once people were notified.",
    )

    def refused_for(self, reason: str) -> "Rehearsal":
        """The last try did not delete it, and people know why."""
        return self.model_copy(update={"refused": reason})


class Gate(BaseModel):
    """The gate of a place, as read from the ledger. An absent attribute is None."""

    model_config = ConfigDict(defer_build=True, frozen=True, extra="ignore")

    key: Key = Field(
        alias="endpoint",
        description=(
            "The place's key. Items keep it under the name from when only endpoints had gates."
        ),
    )
    owner: str | None = Field(
        default=None, description="ARN of the execution that holds the place. None at rest."
    )
    lease_until: int = Field(default=0, description="End of the owner's lease, in ms.")
    lapsed: int | None = Field(
        default=None,
        description="When a sweep first saw that a running owner's lease is over, in ms.",
    )
    fence: int = Field(
        default=0, description="Fencing token. Every claim, takeover and acquire increments it."
    )
    lock: int | None = Field(default=None, description="Fence of the instance that acts now.")
    lock_until: int = Field(default=0, description="When that lock expires, in ms.")
    release: str | None = Field(
        default=None, description="Id of the release in hand, or of the last one."
    )
    approved_at: int = Field(default=0, description="When its package was approved, in ms.")
    package: str | None = Field(default=None, description="ARN of its package.")
    alarms: tuple[str, ...] = Field(default=(), description="Names of the alarms that stop it.")
    started_at: int = Field(default=0, description="When it was claimed, in ms.")
    quiet_until: int = Field(
        default=0,
        description=(
            "End of the grace period after a swap, in ms: earlier alarm events are ignored."
        ),
    )
    step: int | None = Field(
        default=None,
        description="Position of the release, CLAIMED to ROLLBACK. It only grows. None at rest.",
    )
    target: Content | None = Field(
        default=None, description="Content that the last acquire asks for."
    )
    content: Content | None = Field(
        default=None, description="Content that was last verified, or accepted by adopt."
    )
    serving: str | None = Field(
        default=None, description="ARN of the package that `content` serves to users."
    )
    tidy: Literal["pending"] | None = Field(
        default=None, description="`pending` while the previous configuration is not back yet."
    )
    tidy_after: int = Field(
        default=0, description="When the sweep may try to put it back again, in ms."
    )
    leftovers: tuple[str, ...] = Field(
        default=(), description="Configurations of ended releases that are still to be deleted."
    )
    clear_after: int = Field(
        default=0, description="When the sweep may try to delete them again, in ms."
    )
    previous: Content | None = Field(default=None, description="Stable content to go back to.")
    halt: Halt | None = Field(default=None, description="Order to roll back the release in hand.")
    token: str | None = Field(
        default=None,
        description=(
            "Task token of the last wait. It wakes an execution and carries no information."
        ),
    )
    latest: int | None = Field(
        default=None,
        description="Highest approval time that was ever claimed, in ms (high-water mark).",
    )
    wanted_at: int | None = Field(
        default=None, description="When the package in `wanted` was approved, in ms."
    )
    wanted: str | None = Field(
        default=None, description="ARN of the newest package for which the holder has to yield."
    )
    queued_at: int | None = Field(
        default=None, description="When the package in `queued` was approved, in ms."
    )
    queued: str | None = Field(
        default=None, description="ARN of the newest package that waits for the next rest."
    )
    drift: str | None = Field(
        default=None,
        description="How the endpoint differs from the ledger after somebody's change.",
    )
    attention: str | None = Field(
        default=None, description="Why the endpoint is blocked until a person acts."
    )
    recoveries: int = Field(
        default=0,
        description="Recoveries that were started for dead owners since something last ended.",
    )
    repair: Repair | None = Field(
        default=None, description="What was tried against UpdateRollbackFailed."
    )
    stuck: Stuck | None = Field(default=None, description="A rollback that makes no progress.")
    people: People | None = Field(
        default=None, description="Where a release waits for people, and what they answered."
    )
    suspension: Suspension | None = Field(
        default=None, description="Scale-in that Penstock suspended or is about to suspend."
    )
    revoked: Revocation | None = Field(
        default=None, description="That the package in `serving` was rejected, once it is noticed."
    )
    life: LifeCycle | None = Field(
        default=None, description="Stages of packages' lives, of the last plan that had a policy."
    )
    stages: tuple[StageDue, ...] = Field(
        default=(), description="Stages that packages have not been given yet (outbox)."
    )
    rehearsals: tuple[Rehearsal, ...] = Field(
        default=(), description="Rehearsal endpoints that may exist and are still to be deleted."
    )
    untold: tuple[str, ...] = Field(
        default=(),
        description="Transactional outbox: outcomes that are decided and not yet published.",
    )

    @field_validator("key")
    @classmethod
    def _names_a_place(cls, key: Key) -> Key:
        place_of(key)
        return key

    @property
    def place(self) -> Place:
        """What it is the gate of."""
        return place_of(self.key)

    @property
    def endpoint(self) -> str:
        """What SageMaker and events call the place: its endpoint's name."""
        return self.place.name

    def lock_free(self, now: int) -> bool:
        """Whether no instance acts on the endpoint now."""
        return self.lock is None or self.lock_until < now

    def newer_wanted(self, approved_at: int) -> bool:
        """Whether somebody wants a package that was approved after `approved_at`."""
        return self.wanted_at is not None and self.wanted_at > approved_at

    def newer_queued(self, approved_at: int) -> bool:
        """Whether a package that was approved after `approved_at` waits for the next rest."""
        return self.queued_at is not None and self.queued_at > approved_at

    @property
    def waiting(self) -> tuple[tuple[str, int], ...]:
        """Approvals in here that nobody overtook: packages, and when (ms) they were approved."""
        noted = ((self.wanted, self.wanted_at), (self.queued, self.queued_at))
        return tuple((p, at) for p, at in noted if p and at is not None and at > (self.latest or 0))

    @property
    def to_come(self) -> tuple[str, int] | None:
        """The newest approval in here that nobody claimed: its package, and when (ms)."""
        return max(self.waiting, key=lambda one: one[1], default=None)

    def untidy(self, now: int) -> bool:
        """Whether leftovers are to be deleted at rest; not while a person is to look."""
        settled = self.at_rest and not (self.tidy or self.drift or self.attention)
        return settled and bool(self.leftovers) and self.clear_after <= now

    def owes(self, now: int) -> bool:
        """Whether there are chores at rest (`now` in ms)."""
        return bool(self.suspension or self.rehearsals) or self.untidy(now)

    @property
    def at_rest(self) -> bool:
        """Nobody holds the endpoint."""
        return self.owner is None


def read_gate(key: Key, item: Mapping[str, Any]) -> Gate:
    """A gate from its attributes; a place that nobody released to has none.

    Raises:
        Damaged: an attribute is of another type than Penstock writes.
    """
    try:
        return Gate.model_validate({"endpoint": key, **item})
    except ValidationError as error:
        wrong = sorted({str(fault["loc"][0]) for fault in error.errors()})
        said = f"the ledger's gate of {key} was edited and cannot be read"
        raise Damaged(f"{said}: {', '.join(wrong)}") from error


@dataclass(frozen=True)
class Predicate:
    """One comparison of a gate attribute with a value."""

    attribute: str
    operator: Literal["=", "<", "<=", "absent", "present"]
    value: Any = None


@dataclass(frozen=True)
class AnyOf:
    """Holds when one of its tests holds."""

    predicates: tuple[Predicate, ...]


Condition = Predicate | AnyOf

NEXT_FENCE: Final = object()
"""As a value: the fence after this write."""


@dataclass(frozen=True)
class GateWrite:
    """One conditional update of a gate, with the release records decided by the same write.

    `assign` sets, `assign_once` sets what is absent, `remove` takes away; `fence` counts up by one
    when `counts`. `records` are release ids with the attributes to set on their `release#` items.
    """

    conditions: tuple[Condition, ...]
    assign: Mapping[str, Any] = field(default_factory=dict)
    assign_once: Mapping[str, Any] = field(default_factory=dict)
    remove: tuple[str, ...] = ()
    counts: bool = False
    records: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


class Declined(PenstockError):
    """The conditions did not hold; `gate` is what the ledger held instead."""

    def __init__(self, gate: Gate) -> None:
        super().__init__(f"the gate of {gate.endpoint} says otherwise")
        self.gate = gate


def equals(attribute: str, value: Any) -> Predicate:
    """The attribute is there and has this value."""
    return Predicate(attribute, "=", value)


def absent(attribute: str) -> Predicate:
    """The attribute is not there."""
    return Predicate(attribute, "absent")


def absent_or_below(attribute: str, value: int) -> AnyOf:
    """The attribute is not there, or smaller."""
    return AnyOf((absent(attribute), Predicate(attribute, "<", value)))


def absent_or_at_most(attribute: str, value: int) -> AnyOf:
    """The attribute is not there, or not larger."""
    return AnyOf((absent(attribute), Predicate(attribute, "<=", value)))


def lock_free(now: int) -> AnyOf:
    """LOCK_FREE of the protocol: nobody acts, or whoever did was killed before now."""
    return AnyOf((absent("lock"), Predicate("lock_until", "<", now)))


def unchanged(gate: Gate) -> Predicate:
    """Nobody claimed, took over or acquired since `gate` was read."""
    return equals("fence", gate.fence) if gate.fence else absent("fence")
