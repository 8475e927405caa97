"""Reconcile: find what events missed and what dead executions left. It never changes SageMaker."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from penstock.domain import protocol
from penstock.domain.errors import Missing, PenstockError, Unavailable
from penstock.domain.ledger.gate import WINDOW, Declined, Gate, Halt
from penstock.domain.ledger.place import Key
from penstock.ports.clock import Clock
from penstock.ports.evidence import Alarms
from penstock.ports.executions import Executions
from penstock.ports.ledger import Ledger
from penstock.ports.people import Announcer
from penstock.ports.registry import Policies, Registry
from penstock.ports.serving import Endpoints
from penstock.usecases.freezing import Freezing
from penstock.usecases.halt import TAKEN_BACK, HaltRelease
from penstock.usecases.package_stages import WriteStages
from penstock.usecases.sweeping.resting import Resting
from penstock.usecases.sweeping.revocations import Revocations
from penstock.usecases.sweeping.starter import Starter
from penstock.usecases.telling.outbox import Outbox
from penstock.usecases.telling.stuck import StuckAtRest, harmful

MOST_RECOVERIES = 3


@dataclass(frozen=True)
class Reconcile:
    """Handles one gate per call by the first row that fits. Repeating it is safe."""

    ledger: Ledger
    endpoints: Endpoints
    executions: Executions
    alarms: Alarms
    registry: Registry
    policies: Policies
    halting: HaltRelease
    stages: WriteStages
    freezing: Freezing
    announcer: Announcer
    clock: Clock
    count_stuck: Callable[[], None]

    def __call__(self, key: Key) -> str:
        """Reconciles one place and returns what was done, for the log.

        A failure on one place does not block the others.
        """
        gate = self.ledger.gate(key)
        try:
            if gate.untold:  # whoever decided it died before it could tell
                self._outbox(gate)
            unwritten = self.stages(gate)
            done = self._resting(gate) if gate.at_rest else self._held(gate)
            return "; ".join(filter(None, (done, unwritten)))
        except Declined:
            return "another writer was faster"
        except Unavailable as error:
            return f"not now: {error}"

    @cached_property
    def _starter(self) -> Starter:
        return Starter(self.executions, self.clock)

    @cached_property
    def _resting(self) -> Resting:
        return Resting(
            ledger=self.ledger,
            endpoints=self.endpoints,
            starter=self._starter,
            outbox=self._outbox,
            clock=self.clock,
            registry=self.registry,
            stuck=StuckAtRest(self.ledger, self.announcer, self.clock, self.count_stuck),
            freezing=self.freezing,
            revocations=Revocations(
                ledger=self.ledger,
                registry=self.registry,
                policies=self.policies,
                starter=self._starter,
                outbox=self._outbox,
                clock=self.clock,
            ),
        )

    @cached_property
    def _outbox(self) -> Outbox:
        return Outbox(self.ledger, self.announcer)

    def _held(self, gate: Gate) -> str:
        if not self.executions.running(gate.owner or ""):
            return self._recover(gate)
        now = self.clock.now()
        if protocol.stuck(gate, now):
            return self._succeed(gate)
        if gate.lease_until < now and not protocol.seen_lapsed(gate):
            self.ledger.write(gate.key, protocol.note_lapsed(gate, now))
        if gate.halt:
            if gate.token:
                self.executions.wake(gate.token)
            return "halted already"
        if fired := self._fired(gate):
            why = Halt(by="reconcile", reason=f"the alarm {fired} is in ALARM", at=self.clock.now())
            self.halting.halt(gate, why)
            return why.reason
        if gate.step is not None and gate.step <= WINDOW and self._rejected(gate.package):
            why = Halt(by="revocation", reason=TAKEN_BACK, at=self.clock.now())
            self.halting.halt(gate, why)
            return why.reason
        self.ledger.point_to(gate)  # an execution of the version before writes no pointers
        return "a release is under way"

    def _recover(self, gate: Gate) -> str:
        """Start a recovery for a dead owner, with a fresh name and at most MOST_RECOVERIES times
        (R17, R18).
        """
        if gate.recoveries >= MOST_RECOVERIES:
            return self._block(gate)
        counted = self.ledger.write(gate.key, protocol.count_recovery(gate))
        try:
            return self._starter.recovery(gate, "the owner no longer runs")
        except PenstockError:  # or calls that are refused would block the endpoint
            self.ledger.write(gate.key, protocol.uncount_recovery(counted))
            self._count_harm(gate)
            raise

    def _succeed(self, gate: Gate) -> str:
        """Start a successor for a running but silent owner. Nobody died, so it is not counted.

        If Lambda runs no rollback for hours, each successor is silent too. The endpoint must not be
        given up for that. The alarm notifies people, above all if no successor can start.
        """
        try:
            return self._starter.recovery(gate, "the owner is silent and its lease is over")
        finally:
            self._count_harm(gate)

    def _count_harm(self, gate: Gate) -> None:
        """Count a way back that makes no progress while users are on what has to go.

        If nobody can look now, the next sweep counts: why the start failed is what has to be said.
        """
        if not protocol.goes_back(gate):
            return
        try:
            view = self.endpoints.look(gate.endpoint)
        except Unavailable:
            return
        if harmful(gate, view):
            self.count_stuck()

    def _block(self, gate: Gate) -> str:
        """A release that had already ended (a stray, a pending TIDY) keeps its ending."""
        reason = f"{MOST_RECOVERIES} recoveries did not bring {gate.endpoint} to a known state"
        now = self.clock.now()
        said: dict[str, Any] = {"state": "needs_attention", "reason": reason, "ended_at": now}
        record = self.ledger.record(gate.key, gate.release) if gate.release else None
        if record and record.ended:
            said = {}
        self._outbox(self.ledger.write(gate.key, protocol.block(gate, reason, said, now)))
        return reason

    def _fired(self, gate: Gate) -> str | None:
        if self.clock.now() < gate.quiet_until:
            return None
        states = self.alarms.states(gate.alarms)
        return next((n for n, s in states.items() if s.fires_since(gate.started_at)), None)

    def _rejected(self, package: str | None) -> bool:
        try:
            return package is not None and self.registry.package(package).approval == "Rejected"
        except Missing:
            return False
