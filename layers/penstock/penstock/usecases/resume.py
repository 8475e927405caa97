"""Scale-in is put back: by whoever ends a release, or afterwards at rest."""

from dataclasses import dataclass

from penstock.domain.announcements import AttentionNeeded
from penstock.domain.errors import PenstockError, Unanswered, Unavailable
from penstock.domain.gate import Gate, Suspension
from penstock.ports import Announcer, Scaling


@dataclass(frozen=True)
class Resume:
    """Pays what the gate says is owed; its caller holds the lock and writes what is left."""

    scaling: Scaling
    announcer: Announcer

    def __call__(self, gate: Gate) -> Suspension | None:
        """What is still suspended afterwards: no end waits for it, the sweep tries again.

        People are told once for each cause; of a service that is busy at the end of a release
        only if it still is when the sweep tries.

        Raises:
            Unanswered: the call may still take effect, so the lock must not be given back.
        """
        owed = gate.suspension
        if owed is None:
            return None
        try:
            self.scaling.resume(gate.endpoint, owed.variant)
        except Unanswered:
            raise
        except PenstockError as error:
            if not gate.at_rest and isinstance(error, Unavailable):
                return owed
            return self._refused(gate, owed, str(error))
        return None

    def _refused(self, gate: Gate, owed: Suspension, reason: str) -> Suspension:
        said = f"scale-in of {owed.variant} is still suspended: {reason}"
        told = reason == owed.refused or self._tell(gate, said)
        return owed.model_copy(update={"refused": reason}) if told else owed

    def _tell(self, gate: Gate, reason: str) -> bool:
        return self.announcer.announce(
            AttentionNeeded(
                release_id=gate.release,
                endpoint=gate.endpoint,
                model_package_arn=gate.package,
                reason=reason,
                advice="Penstock tries again with every sweep; it can be resumed by hand as well",
            )
        )
