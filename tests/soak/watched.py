"""Fakes that show every change to the promises before anybody builds on it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from penstock.domain.announcements import Announcement
from penstock.domain.gate import Gate, GateWrite
from penstock.domain.judging.judgement import AlarmState
from tests.fakes.alarms import FakeAlarms
from tests.fakes.cloud import FakeCloud
from tests.fakes.fleets import Endpoint, Fleet, Outcome
from tests.fakes.ledger import FakeLedger
from tests.fakes.sagemaker import Take
from tests.unit.protocol import world

if TYPE_CHECKING:
    from tests.soak.promises import Promises


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

    Not of a call that lands late: what scaled after it was sent, no call can retain.
    """

    promises: "Promises"
    late = False

    def _land(self, take: Take) -> None:
        self.late = True
        super()._land(take)
        self.late = False

    def _begin(
        self, found: Endpoint, fleet: Fleet, status: str, seconds: int, outcome: Outcome
    ) -> None:
        if not self.late:
            self.promises.begun(found.fleet, fleet)
        super()._begin(found, fleet, status, seconds, outcome)


class WatchedAlarms(FakeAlarms):
    """Who read which alarm when."""

    promises: "Promises"

    def states(self, names: tuple[str, ...]) -> Mapping[str, AlarmState]:
        found = super().states(names)
        self.promises.read(names, found)
        return found


class WatchedAnnouncer(world.WiredAnnouncer):
    """What is told has to be true when it is told."""

    promises: "Promises"

    def announce(self, announcement: Announcement) -> None:
        self.promises.told(announcement)
        super().announce(announcement)
