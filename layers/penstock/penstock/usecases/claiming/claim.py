"""Claim the endpoint, by the rows of the protocol's section 3. Only the ledger changes."""

from dataclasses import dataclass
from functools import cached_property

from penstock.domain.errors import Damaged
from penstock.domain.execution.run import Run
from penstock.domain.ledger.gate import ROLLBACK, WINDOW, Declined, Gate
from penstock.ports.clock import Clock
from penstock.ports.evidence import Alarms, Archive
from penstock.ports.executions import Executions
from penstock.ports.ledger import Ledger
from penstock.ports.serving import Endpoints
from penstock.usecases.claiming.answer import AnswerGate
from penstock.usecases.claiming.claim_recovery import RecoveryClaim
from penstock.usecases.claiming.claim_release import ReleaseClaim
from penstock.usecases.claiming.claim_rollback import RollbackClaim
from penstock.usecases.claiming.claim_writer import ClaimWriter
from penstock.usecases.freezing import Freezing

RETRY_SECONDS = 5


@dataclass(frozen=True)
class Claim:
    """Decides who holds the endpoint."""

    ledger: Ledger
    executions: Executions
    alarms: Alarms
    endpoints: Endpoints
    freezing: Freezing
    archive: Archive
    clock: Clock

    def __call__(self, run: Run) -> Run:
        """One try. If somebody else's write came between, the claim is tried again soon."""
        try:
            return self._decide(run, self.ledger.gate(run.the_key))
        except Damaged as damaged:
            return run.end("refused", str(damaged))
        except Declined:
            return run.then("claim", wait_seconds=RETRY_SECONDS)

    @cached_property
    def _claim_writer(self) -> ClaimWriter:
        return ClaimWriter(self.ledger, self.executions, self.clock)

    def _decide(self, run: Run, gate: Gate) -> Run:
        if gate.owner == run.execution:
            return self._mine(run, gate)
        match run.asked.action:
            case "release":
                return ReleaseClaim(self._claim_writer, self.alarms, self.freezing)(run, gate)
            case "rollback":
                return RollbackClaim(self._claim_writer)(run, gate)
            case "answer":
                return AnswerGate(self.ledger, self.executions, self.archive, self.clock)(run, gate)
            case "recover":
                return RecoveryClaim(self._claim_writer, self.endpoints)(run, gate)

    def _mine(self, run: Run, gate: Gate) -> Run:
        """Row 1: this task ran before, and its answer was lost (R1)."""
        own = run.claims
        if gate.step == ROLLBACK and gate.release == own.release:
            return self._claim_writer.go_back(
                run, own._replace(package=gate.package or own.package)
            )
        if gate.step == ROLLBACK:
            return self._claim_writer.back(run, gate)
        if gate.step == WINDOW:
            return self._claim_writer.window(run, gate)
        return self._claim_writer.held(run, own)
