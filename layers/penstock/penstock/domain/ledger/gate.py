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
from penstock.domain.ledger.place import Key, Place, place_of

CLAIMED, STAGE, SHIFT, PROMOTE, WINDOW, ROLLBACK = 0, 10, 20, 80, 90, 100
"""Steps of a release; they only grow. Shift k is SHIFT + k."""


class Halt(BaseModel):
    """This release must roll back: who said so, why, and when (ms)."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    by: Literal["alarm", "revocation", "person", "reconcile"]
    reason: str
    at: int


class Suspension(BaseModel):
    """Scale-in of this variant is suspended by a release of ours, or about to be.

    Whoever ends a release resumes it; `refused` is why the last try did not.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    variant: str
    refused: str | None = None

    def refused_for(self, reason: str) -> "Suspension":
        """The last try did not resume it, and people know why."""
        return self.model_copy(update={"refused": reason})


class Gate(BaseModel):
    """A place's gate as read. Times are milliseconds; absent attributes are None.

    Items keep the key under the name that it had when only endpoints had gates.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    key: Key = Field(alias="endpoint")
    owner: str | None = None
    lease_until: int = 0
    lapsed: int | None = None
    fence: int = 0
    lock: int | None = None
    lock_until: int = 0
    release: str | None = None
    approved_at: int = 0
    package: str | None = None
    alarms: tuple[str, ...] = ()
    started_at: int = 0
    quiet_until: int = 0
    step: int | None = None
    target: Content | None = None
    content: Content | None = None
    serving: str | None = None
    tidy: Literal["pending"] | None = None
    tidy_after: int = 0
    leftovers: tuple[str, ...] = ()
    clear_after: int = 0
    previous: Content | None = None
    halt: Halt | None = None
    token: str | None = None
    latest: int | None = None
    wanted_at: int | None = None
    wanted: str | None = None
    queued_at: int | None = None
    queued: str | None = None
    drift: str | None = None
    attention: str | None = None
    recoveries: int = 0
    repair: Repair | None = None
    stuck: Stuck | None = None
    suspension: Suspension | None = None
    untold: tuple[str, ...] = ()

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
    def to_come(self) -> tuple[str, int] | None:
        """The newest approval in here that nobody claimed: its package, and when (ms)."""
        noted = ((self.wanted, self.wanted_at), (self.queued, self.queued_at))
        open_ = [(p, at) for p, at in noted if p and at is not None and at > (self.latest or 0)]
        return max(open_, key=lambda one: one[1], default=None)

    def untidy(self, now: int) -> bool:
        """Whether leftovers are to be deleted at rest; not while a person is to look."""
        settled = self.at_rest and not (self.tidy or self.drift or self.attention)
        return settled and bool(self.leftovers) and self.clear_after <= now

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
class Test:
    """One comparison of a gate attribute with a value."""

    attribute: str
    operator: Literal["=", "<", "<=", "absent", "present"]
    value: Any = None


@dataclass(frozen=True)
class AnyOf:
    """Holds when one of its tests holds."""

    tests: tuple[Test, ...]


Condition = Test | AnyOf

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


def equals(attribute: str, value: Any) -> Test:
    """The attribute is there and has this value."""
    return Test(attribute, "=", value)


def absent(attribute: str) -> Test:
    """The attribute is not there."""
    return Test(attribute, "absent")


def absent_or_below(attribute: str, value: int) -> AnyOf:
    """The attribute is not there, or smaller."""
    return AnyOf((absent(attribute), Test(attribute, "<", value)))


def absent_or_at_most(attribute: str, value: int) -> AnyOf:
    """The attribute is not there, or not larger."""
    return AnyOf((absent(attribute), Test(attribute, "<=", value)))


def lock_free(now: int) -> AnyOf:
    """LOCK_FREE of the protocol: nobody acts, or whoever did was killed before now."""
    return AnyOf((absent("lock"), Test("lock_until", "<", now)))


def unchanged(gate: Gate) -> Test:
    """Nobody claimed, took over or acquired since `gate` was read."""
    return equals("fence", gate.fence) if gate.fence else absent("fence")
