"""One act on an endpoint: hold its lock, look, make at most one call (protocol, section 4)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from penstock.domain import protocol
from penstock.domain.errors import (
    Busy,
    Missing,
    NoCapacity,
    PenstockError,
    Unanswered,
    Unavailable,
)
from penstock.domain.execution.waits import LOCK_SECONDS
from penstock.domain.kinds.endpoint import EndpointView
from penstock.domain.ledger.content import Content
from penstock.domain.ledger.gate import Gate
from penstock.domain.ledger.place import Key
from penstock.domain.protocol import Writer
from penstock.ports.clock import Clock, TimeLeft
from penstock.ports.ledger import Ledger
from penstock.ports.serving import Endpoints
from penstock.usecases.moving.lock import Lock, NotAcquired

CALL_NEEDS_MS = 30_000
"""Least time left (ms) with which an instance starts a call.

It is killed before its lock expires.
"""
BUSY_SECONDS = 30

Result = Literal[
    "called",
    "done",
    "again",
    "busy",
    "braked",
    "unbraked",
    "lacking",
    "throttled",
    "unanswered",
    "missing",
    "roll_back",
    "lost",
    "person",
    "failed",
    "frozen",
    "empty",
]


class Snapshot(NamedTuple):
    """What the lock's holder sees: the endpoint (None if there is none) and the gate."""

    view: EndpointView | None
    gate: Gate


class Acted(NamedTuple):
    """Result of an act.

    `again` asks for another try in `seconds`, and so do `busy` (the endpoint accepts no call now)
    and `lacking` (live has too few instances). `braked` and `unbraked` are `busy` with a deployment
    whose brake was pulled or could not be. `throttled` is a transient failure of AWS. `frozen`
    keeps the call back.
    `snapshot` is what was seen when the endpoint was ready for a call.
    """

    result: Result
    reason: str = ""
    seconds: int = 0
    snapshot: Snapshot | None = None


Decide = Callable[[Snapshot], Acted | Callable[[], None]]
"""From what is seen to the result, or to the one call to make."""


class CallUnanswered(Unanswered):
    """The one call of an act was sent and no answer came."""


@dataclass(frozen=True)
class Act:
    """Acts on one endpoint, with at most one call per act."""

    ledger: Ledger
    endpoints: Endpoints
    clock: Clock

    def __call__(
        self,
        key: Key,
        writer: Writer,
        step: int,
        target: Content | None,
        decide: Decide,
        time_left: TimeLeft,
        *,
        beside: str | None = None,
        record: Mapping[str, Any] | None = None,
    ) -> Acted:
        """Hold the lock for one look and at most one call.

        `record` is written to the release's record with the lock. `beside` is another endpoint that
        is looked at, because the call does not change the place.
        """
        acquire = protocol.acquire(writer, step, target, record)
        try:
            with Lock(self.ledger).hold(key, acquire) as held:
                acted = self._call(held.gate, beside, decide, time_left)
        except NotAcquired as declined:
            return refusal(declined.gate, writer, step)
        except CallUnanswered as error:
            return Acted("unanswered", str(error), protocol.LOCK_MS // 1000)
        if held.expired:
            return Acted("again", "the lock expired before the call", LOCK_SECONDS)
        return acted

    def _call(self, gate: Gate, beside: str | None, decide: Decide, time_left: TimeLeft) -> Acted:
        """Look, then make the call that the decision names."""
        try:
            snapshot = Snapshot(self.endpoints.look(beside or gate.endpoint), gate)
        except Unavailable as error:
            return Acted("throttled", str(error), BUSY_SECONDS)
        view = snapshot.view
        if view and view.passing and not beside:
            return Acted("busy", f"the endpoint is {view.status}", BUSY_SECONDS, snapshot)
        decided = _decided(decide, snapshot)
        if isinstance(decided, Acted):
            return decided._replace(snapshot=snapshot)
        if time_left() < CALL_NEEDS_MS:
            return Acted("again", "too little time was left for a call", 1)
        return _made(decided, snapshot)


def _decided(decide: Decide, snapshot: Snapshot) -> Acted | Callable[[], None]:
    """Decide. A read without an answer changes nothing, so it does not keep the lock."""
    try:
        return decide(snapshot)
    except Unanswered as error:
        raise Unavailable(str(error)) from error


def _made(call: Callable[[], None], snapshot: Snapshot) -> Acted:
    """Make the call. A temporary refusal does not fail the release."""
    try:
        call()
    except Unanswered as error:
        raise CallUnanswered(str(error)) from error
    except Missing as error:
        return Acted("missing", str(error), BUSY_SECONDS, snapshot)
    except NoCapacity as error:
        return Acted("failed", f"no capacity: {error}", BUSY_SECONDS, snapshot)
    except Busy as error:
        return Acted("busy", str(error), BUSY_SECONDS, snapshot)
    except Unavailable as error:
        return Acted("throttled", str(error), BUSY_SECONDS, snapshot)
    except PenstockError as error:
        return Acted("failed", str(error), BUSY_SECONDS, snapshot)
    return Acted("called", "", BUSY_SECONDS, snapshot)


def refusal(gate: Gate, writer: Writer, step: int) -> Acted:
    """Why an acquire was declined, from the item that it met.

    `Outcomes.cause` handles a halt and a newer approval. What remains is a step that is over.
    """
    if gate.owner != writer.owner or gate.release != writer.release:
        return Acted("lost")
    if not gate.lock_free(writer.now):
        return Acted("again", "another instance holds the lock", LOCK_SECONDS)
    return Acted("roll_back", f"the release is past step {step} already")
