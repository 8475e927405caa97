"""Reconcile an endpoint at rest: does it show the expected content, and is anything due?"""

from dataclasses import dataclass

from penstock.domain import protocol
from penstock.domain.errors import Missing
from penstock.domain.kinds.endpoint import BROKEN, EndpointView
from penstock.domain.ledger.content import difference
from penstock.domain.ledger.gate import Gate
from penstock.ports.clock import Clock
from penstock.ports.ledger import Ledger
from penstock.ports.registry import Registry
from penstock.ports.serving import Endpoints
from penstock.usecases.freezing import Freezing
from penstock.usecases.moving.repair import mendable
from penstock.usecases.sweeping.revocations import Revocations
from penstock.usecases.sweeping.starter import Starter
from penstock.usecases.telling.outbox import Outbox
from penstock.usecases.telling.stuck import StuckAtRest

AT_REST = "at rest"


@dataclass(frozen=True)
class Resting:
    """The first row that fits, of those about rest in the protocol's section 6."""

    ledger: Ledger
    endpoints: Endpoints
    starter: Starter
    outbox: Outbox
    clock: Clock
    registry: Registry
    stuck: StuckAtRest
    freezing: Freezing
    revocations: Revocations

    def __call__(self, gate: Gate) -> str:
        """Returns what was done, for the log.

        A suspension blocks nothing else: whichever execution is first resumes scale-in.

        Raises:
            Declined: Somebody else's write came between.
        """
        said = self._due(gate)
        if gate.suspension:
            return f"{said}; {self.starter.recovery(gate, 'scale-in is still suspended')}"
        if gate.rehearsals:
            return f"{said}; {self.starter.recovery(gate, 'a rehearsal endpoint may be left')}"
        if said.startswith(AT_REST) and gate.untidy(self.clock.now()):
            return f"{said}; {self.starter.recovery(gate, 'ended releases left resources behind')}"
        return said

    def _due(self, gate: Gate) -> str:
        view = self.endpoints.look(gate.endpoint)
        if gate.attention:
            known = (self.stuck(gate, view), self.revocations(gate))
            return ": ".join(("blocked", *filter(None, known)))
        if mendable(gate, view):
            return self.starter.recovery(gate, "the endpoint is in UpdateRollbackFailed")
        if view is not None and view.status in BROKEN:
            return self._mark(gate, "attention", view.condition)
        if gate.content is not None and (said := self._content(gate, view)):
            return said
        if said := self.revocations(gate):
            return said
        if gate.to_come:
            return self._wanted(gate, *gate.to_come)
        return AT_REST

    def _wanted(self, gate: Gate, package: str, approved_at: int) -> str:
        """Start a waiting approval, unless it is frozen. A revoked one counts as decided."""
        try:
            approved = self.registry.package(package).approval == "Approved"
        except Missing:
            approved = False
        if approved and (held := self.freezing.of_endpoint(gate.endpoint)):
            return f"{AT_REST}; {held.reason}"
        if approved:
            return self.starter.wanted(gate, package, approved_at)
        self.ledger.write(gate.key, protocol.note_latest(gate, approved_at, self.clock.now()))
        return "the wanted approval was revoked"

    def _mark(self, gate: Gate, flag: str, reason: str) -> str:
        write = protocol.mark_rest(gate, {flag: reason})
        self.outbox(self.ledger.write(gate.key, write))
        return reason

    def _content(self, gate: Gate, view: EndpointView | None) -> str | None:
        if view is not None and not view.in_service:
            return None
        as_left = view is not None and view.content.same(gate.content)
        tidied = view is not None and gate.tidy == "pending" and view.content.same(gate.previous)
        if not (as_left or tidied):
            return self._differs(gate, view)
        if gate.drift:
            self.ledger.write(gate.key, protocol.mark_rest(gate, {}, ("drift",)))
            return "the drift is over"
        if gate.tidy == "pending" and gate.tidy_after < self.clock.now():
            return self.starter.recovery(gate, "the previous configuration is not back yet")
        return None

    def _differs(self, gate: Gate, view: EndpointView | None) -> str | None:
        """Handle other content: a late call of ours is rolled back, a person's change is
        reported once.
        """
        shown = view.content if view else None
        if shown and shown.shape != "stable" and shown.staged(gate.endpoint):
            return self.starter.recovery(
                gate, "the endpoint shows a staging configuration that no release holds"
            )
        reason = difference(shown, gate.content)
        if gate.drift == reason:
            return None
        return self._mark(gate, "drift", reason)
