"""Write the stages that are due to packages into the registry."""

from contextlib import suppress
from dataclasses import dataclass

from penstock.domain import protocol
from penstock.domain.errors import Missing, PenstockError, Unavailable
from penstock.domain.execution.announcements import AttentionNeeded
from penstock.domain.ledger.gate import Declined, Gate
from penstock.domain.ledger.lifecycle import StageDue
from penstock.ports.ledger import Ledger
from penstock.ports.people import Announcer
from penstock.ports.registry import PackageStages

STAGE_ADVICE = (
    "the endpoint is not affected, and the sweep tries again; see "
    '"A stage that cannot be written" in the runbook'
)


@dataclass(frozen=True)
class WriteStages:
    """Writes each stage at least once. A stage that cannot be written never changes an ending.

    A stage is written without a lock: it is about a package, not about an endpoint.
    """

    ledger: Ledger
    packages: PackageStages
    announcer: Announcer

    def __call__(self, gate: Gate) -> str:
        """What could not be written, as a sentence for the log. Empty if everything was.

        Args:
            gate: The gate as it was last read or written. Its `stages` are written.
        """
        if not gate.stages:
            return ""
        failed: list[str] = []
        left: list[StageDue] = []
        for due in gate.stages:
            try:
                self.packages.set_stage(due.package, due.to)
            except Missing:  # the package was deleted
                continue
            except Unavailable as error:
                failed.append(_failed(due, error))
                left.append(due)
            except PenstockError as error:
                failed.append(_failed(due, error))
                left.append(self._told(gate, due, error))
        if tuple(left) != gate.stages:
            with suppress(Declined):  # more came up meanwhile: the sweep writes all again
                self.ledger.write(gate.key, protocol.stages_written(gate, tuple(left)))
        return "; ".join(failed)

    def _told(self, gate: Gate, due: StageDue, error: PenstockError) -> StageDue:
        """People are notified once for each cause."""
        if str(error) == due.refused:
            return due
        said = AttentionNeeded(
            endpoint=gate.endpoint,
            model_package_arn=due.package,
            reason=_failed(due, error),
            advice=STAGE_ADVICE,
        )
        return due.refused_for(str(error)) if self.announcer.announce(said) else due


def _failed(due: StageDue, error: PenstockError) -> str:
    return f"the stage of {due.package} in the registry is not {due.to.stage} yet: {error}"
