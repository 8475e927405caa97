"""Resume scale-in, at the end of a release or afterwards at rest."""

from contextlib import suppress
from dataclasses import dataclass
from typing import NamedTuple

from penstock.domain import protocol
from penstock.domain.errors import PenstockError, Unanswered, Unavailable
from penstock.domain.execution.announcements import AttentionNeeded
from penstock.domain.ledger.gate import Declined, Gate, Suspension
from penstock.ports.ledger import Ledger
from penstock.ports.people import Announcer
from penstock.ports.serving import Scaling


class Resumed(NamedTuple):
    """What is still suspended, and a refusal that people were not notified of yet."""

    left: Suspension | None = None
    refused: str | None = None


@dataclass(frozen=True)
class Resume:
    """Resumes the scale-in that the gate says is suspended.

    Its caller holds the lock, writes the result and publishes it.

    People are notified once for each cause. If the service is busy at the end of a release, they
    are notified only if it still is at the next sweep.
    """

    scaling: Scaling
    announcer: Announcer
    ledger: Ledger

    def __call__(self, gate: Gate) -> Resumed:
        """Resume, and return what is still suspended.

        No ending waits for it; the sweep tries again.

        Raises:
            Unanswered: The call may still take effect, so the lock must not be released.
        """
        owed = gate.suspension
        if owed is None:
            return Resumed()
        try:
            self.scaling.resume(gate.endpoint, owed.variant)
        except Unanswered:
            raise
        except PenstockError as error:
            if not gate.at_rest and isinstance(error, Unavailable):
                return Resumed(owed)
            return Resumed(owed, str(error) if str(error) != owed.refused else None)
        return Resumed()

    def tell(self, gate: Gate, resumed: Resumed) -> None:
        """Notify people, after the lock is released. `gate` is as the end left it.

        If this is not noted, they are notified again.
        """
        left, reason = resumed
        if left is None or reason is None:
            return
        if self._tell(gate, f"scale-in of {left.variant} is still suspended: {reason}"):
            noted = left.refused_for(reason)
            with suppress(Declined):  # claimed meanwhile: that release resumes it
                self.ledger.write(gate.key, protocol.note_refused(gate, noted))

    def _tell(self, gate: Gate, reason: str) -> bool:
        return self.announcer.announce(
            AttentionNeeded(
                release_id=gate.release,
                endpoint=gate.endpoint,
                model_package_arn=gate.package,
                reason=reason,
                advice="Penstock tries again with every sweep. To resume scale-in by hand, see"
                ' "Auto-scaling during a release" in the runbook',
            )
        )
