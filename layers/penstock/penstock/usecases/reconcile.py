"""Reconcile: find what events lost and what dead executions left. Never writes to SageMaker."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from penstock.domain import naming, protocol
from penstock.domain.announcements import AttentionNeeded, EndpointDrifted
from penstock.domain.blueprint import CANDIDATE
from penstock.domain.endpoint import EndpointView
from penstock.domain.errors import Missing
from penstock.domain.gate import WINDOW, Declined, Gate, Halt
from penstock.ports import Alarms, Announcer, Clock, Endpoints, Executions, Ledger
from penstock.review_ports import Registry
from penstock.usecases.halt import HaltRelease

MOST_RECOVERIES = 3


@dataclass(frozen=True)
class Reconcile:
    """One gate a call: does the first thing that fits, and is always safe to repeat."""

    ledger: Ledger
    endpoints: Endpoints
    executions: Executions
    alarms: Alarms
    registry: Registry
    halting: HaltRelease
    announcer: Announcer
    clock: Clock

    def __call__(self, endpoint: str) -> str:
        """Answers what was done, for the log."""
        gate = self.ledger.gate(endpoint)
        try:
            return self._at_rest(gate) if gate.at_rest else self._held(gate)
        except Declined:
            return "somebody else was quicker"

    def _held(self, gate: Gate) -> str:
        expired = gate.lease_until < self.clock.now()
        if expired or not self.executions.running(gate.owner or ""):
            return self._recover(gate)
        if gate.halt:
            if gate.token:
                self.executions.wake(gate.token)
            return "halted already"
        if fired := self._fired(gate):
            why = Halt(by="reconcile", reason=f"the alarm {fired} is in ALARM", at=self.clock.now())
            self.halting.halt(gate, why)
            return why.reason
        if gate.step is not None and gate.step <= WINDOW and self._rejected(gate.package):
            self.halting.revoked(gate.package or "", self.clock.now())
            return "the approval was taken back"
        return "a release is under way"

    def _recover(self, gate: Gate) -> str:
        """A dead owner: a recovery with a fresh name, at most MOST_RECOVERIES times (R17, R18)."""
        if gate.recoveries >= MOST_RECOVERIES:
            return self._block(gate)
        counted = protocol.count_recovery(gate, self.clock.now())
        self.ledger.write(gate.endpoint, counted)
        return self._start_recovery(gate, "the owner is gone")

    def _block(self, gate: Gate) -> str:
        reason = f"{MOST_RECOVERIES} recoveries did not bring {gate.endpoint} to a known state"
        record = {"state": "needs_attention", "reason": reason, "ended_at": self.clock.now()}
        self.ledger.write(gate.endpoint, protocol.block(gate, reason, record, self.clock.now()))
        self._attention(gate, reason)
        return reason

    def _at_rest(self, gate: Gate) -> str:
        view = self.endpoints.look(gate.endpoint)
        if view is not None and view.status == "Failed" and not gate.attention:
            reason = f"the endpoint is Failed: {view.failure or 'no reason given'}"
            self.ledger.write(gate.endpoint, protocol.mark_rest(gate, {"attention": reason}))
            self._attention(gate, reason)
            return reason
        if gate.content is not None and (said := self._content(gate, view)):
            return said
        if gate.wanted_at is not None and gate.wanted and gate.wanted_at > (gate.latest or 0):
            return self._start_wanted(gate)
        return "at rest"

    def _content(self, gate: Gate, view: EndpointView | None) -> str | None:
        if view is not None and not view.in_service:
            return None
        as_left = view is not None and view.content.same(gate.content)
        tidied = view is not None and gate.tidy == "pending" and view.content.same(gate.previous)
        if not (as_left or tidied):
            return self._differs(gate, view)
        if gate.drift:
            self.ledger.write(gate.endpoint, protocol.mark_rest(gate, {}, ("drift",)))
            return "the drift is over"
        if gate.tidy == "pending" and gate.tidy_after < self.clock.now():
            return self._start_recovery(gate, "the configuration is still to be put back")
        return None

    def _differs(self, gate: Gate, view: EndpointView | None) -> str | None:
        """Ours and late, or a person's: the first is taken back, the second is reported once."""
        shown = view.content if view else None
        if shown and CANDIDATE in shown.weights and naming.is_staging(gate.endpoint, shown.config):
            return self._start_recovery(gate, "a staging configuration that nobody holds")
        left = gate.content.config if gate.content else "nothing"
        what = f"{shown.config} {shown.weights}" if shown else "no endpoint"
        reason = f"the endpoint shows {what}; the ledger left {left}"
        if gate.drift == reason:
            return None
        self.ledger.write(gate.endpoint, protocol.mark_rest(gate, {"drift": reason}))
        self.announcer.announce(
            EndpointDrifted(endpoint=gate.endpoint, reason=reason, release_id=gate.release)
        )
        return reason

    def _start_recovery(self, gate: Gate, reason: str) -> str:
        self._start("recover", gate, {"action": "recover", "endpoint": gate.endpoint})
        return f"recovery started: {reason}"

    def _start_wanted(self, gate: Gate) -> str:
        document = {
            "action": "release",
            "model_package_arn": gate.wanted,
            "approved_at": gate.wanted_at,
        }
        self._start("wanted", gate, document)
        return "a wanted approval was started"

    def _start(self, what: str, gate: Gate, document: Mapping[str, Any]) -> None:
        fresh = naming.release_id(f"{what} {gate.endpoint} {gate.fence}", self.clock.now())
        self.executions.start(f"{what}-{fresh}", document)

    def _fired(self, gate: Gate) -> str | None:
        if self.clock.now() < gate.quiet_until:
            return None
        states = self.alarms.states(gate.alarms)
        return next(
            (n for n, s in states.items() if s.value == "ALARM" and s.since >= gate.started_at),
            None,
        )

    def _rejected(self, package: str | None) -> bool:
        try:
            return package is not None and self.registry.package(package).approval == "Rejected"
        except Missing:
            return False

    def _attention(self, gate: Gate, reason: str) -> None:
        self.announcer.announce(
            AttentionNeeded(
                endpoint=gate.endpoint,
                release_id=gate.release,
                model_package_arn=gate.package,
                reason=reason,
                advice="see the runbook for blocked endpoints, then start a rollback or adopt",
            )
        )
