"""Claims of a recovery: a dead execution's release, or work that reconcile found at rest (row
7, R23).
"""

from dataclasses import dataclass

from penstock.domain import protocol
from penstock.domain.execution.run import Run
from penstock.domain.kinds.endpoint import EndpointView
from penstock.domain.ledger.content import Content
from penstock.domain.ledger.gate import WINDOW, Gate
from penstock.ports.serving import Endpoints
from penstock.usecases.claiming.claim_writer import BROKEN_AT_REST, ClaimWriter
from penstock.usecases.moving.repair import mendable


@dataclass(frozen=True)
class RecoveryClaim:
    """Decides whether there is still something to recover. Reconcile only starts the recovery."""

    claim_writer: ClaimWriter
    endpoints: Endpoints

    def __call__(self, run: Run, gate: Gate) -> Run:
        """One try.

        Raises:
            Declined: Somebody else's write came between.
        """
        return self._resting(run, gate) if gate.at_rest else self._orphaned(run, gate)

    def _orphaned(self, run: Run, gate: Gate) -> Run:
        if self.claim_writer.alive(gate):
            return run.end("nothing_to_do", "the owner is alive")
        now = self.claim_writer.clock.now()
        if gate.step == WINDOW and not gate.halt:
            self.claim_writer.write(gate, protocol.take_over_window(gate, run.execution, now))
            return self.claim_writer.window(run, gate)
        self.claim_writer.write(gate, protocol.take_over(gate, run.execution, now))
        return self.claim_writer.back(run, gate)

    def _resting(self, run: Run, gate: Gate) -> Run:
        now = self.claim_writer.clock.now()
        if gate.tidy == "pending" and not (gate.drift or gate.attention):
            self.claim_writer.write(gate, protocol.claim_tidy(gate, run.execution, now))
            return self.claim_writer.back(run, gate)
        view = self.endpoints.look(gate.endpoint)
        if mendable(gate, view) and not gate.attention:
            write = protocol.claim_broken(gate, run.execution, now)
            return self.claim_writer.back(run, self.claim_writer.write(gate, write), BROKEN_AT_REST)
        if stray := _stray(gate, view):
            self.claim_writer.write(gate, protocol.claim_stray(gate, run.execution, stray, now))
            return self.claim_writer.back(run, gate)
        if gate.owes(now):
            return run.then("settle", outcome="at_rest")
        return run.end("nothing_to_do", f"{gate.endpoint} is as the ledger left it")


def _stray(gate: Gate, view: EndpointView | None) -> Content | None:
    """A staging configuration that the ledger did not leave there."""
    if view is None or not view.in_service or gate.content is None:
        return None
    halfway = view.content.staged(gate.endpoint) and view.content.several
    stray = halfway and not view.content.same(gate.content)
    return view.content if stray else None
