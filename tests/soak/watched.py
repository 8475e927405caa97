"""Fakes that show every change to the promises before anybody builds on it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from penstock.domain.execution.announcements import Announcement
from penstock.domain.judging.judgement import AlarmState
from penstock.domain.ledger.gate import Gate, GateWrite
from tests.fakes.alarms import FakeAlarms
from tests.fakes.cloud import FakeCloud
from tests.fakes.fleets import Endpoint, Fault, Fleet, Outcome, Update
from tests.fakes.ledger import FakeLedger
from tests.fakes.sagemaker import Take
from tests.fakes.wire import Wire
from tests.worlds import world

if TYPE_CHECKING:
    from tests.soak.promises import Promises


def goes_back(wire: Wire) -> bool:
    """Whether the instance that runs now brings an endpoint back."""
    return wire.current.name.endswith("Roll back")


class WatchedLedger(FakeLedger):
    """Every accepted write is a transition of one gate."""

    promises: "Promises"

    def _write(self, endpoint: str, write: GateWrite) -> Gate:
        before = self.peek(endpoint)
        after = super()._write(endpoint, write)
        self.promises.written(before, after)
        return after


class WatchedCloud(FakeCloud):
    """Every change that begins on an endpoint; what it shows when it is looked at.

    `sent`: what was there when the call in hand was sent, which may have been a while ago. Until
    `undone_until` (ms) SageMaker undoes the weights of every way back.
    """

    promises: "Promises"
    sent: Fleet | None = None
    undone_until: int = 0

    def weigh(self, endpoint: str, weights: Mapping[str, int]) -> None:
        if goes_back(self.wire) and self.clock.now() < self.undone_until:
            self.faults.setdefault("weights", []).insert(0, Fault(outcome="undone"))
        super().weigh(endpoint, weights)

    def _answer(self, call: str, endpoint: str, subject: str, take: Take) -> None:
        self.pass_time()
        there = self.endpoints.get(endpoint)
        sent = there.fleet if there else None

        def taken(outcome: Outcome) -> None:
            self.sent = sent
            try:
                take(outcome)
            finally:
                self.sent = None

        super()._answer(call, endpoint, subject, taken)

    def _begin(
        self, found: Endpoint, fleet: Fleet, status: str, seconds: int, outcome: Outcome
    ) -> Update:
        self.promises.begun(self.sent or found.fleet, found.fleet, fleet)
        return super()._begin(found, fleet, status, seconds, outcome)


class WatchedAlarms(FakeAlarms):
    """Who read which alarm when."""

    promises: "Promises"

    def states(self, names: tuple[str, ...]) -> Mapping[str, AlarmState]:
        found = super().states(names)
        self.promises.read(names, found)
        return found


class WatchedAnnouncer(world.WiredAnnouncer):
    """An announcement has to be true when it is published."""

    promises: "Promises"

    def announce(self, announcement: Announcement) -> bool:
        self.promises.told(announcement)
        return super().announce(announcement)
