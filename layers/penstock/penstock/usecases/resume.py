"""Scale-in is put back: by whoever ends a release, or afterwards at rest."""

from dataclasses import dataclass

from penstock.domain import protocol
from penstock.domain.announcements import AttentionNeeded
from penstock.domain.errors import PenstockError, Unanswered, Unavailable
from penstock.domain.gate import Declined, Gate, Suspension
from penstock.domain.run import Run
from penstock.ports import Announcer, Clock, Ledger, Scaling, TimeLeft
from penstock.usecases.act import CALL_NEEDS_MS, LOCK_SECONDS


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
        if reason != owed.refused:
            self._tell(gate, f"scale-in of {owed.variant} is still suspended: {reason}")
        return owed.model_copy(update={"refused": reason})

    def _tell(self, gate: Gate, reason: str) -> None:
        self.announcer.announce(
            AttentionNeeded(
                release_id=gate.release,
                endpoint=gate.endpoint,
                model_package_arn=gate.package,
                reason=reason,
                advice="Penstock tries again with every sweep; it can be resumed by hand as well",
            )
        )


@dataclass(frozen=True)
class ResumeAtRest:
    """After an end without a Settle, or one that could not resume scale-in: holds but the lock."""

    ledger: Ledger
    resume: Resume
    clock: Clock

    def __call__(self, run: Run, time_left: TimeLeft) -> Run:
        """One try. Whoever claims the endpoint before it takes over what is owed."""
        gate = self.ledger.gate(run.the_endpoint)
        if gate.suspension is None or not gate.at_rest:
            return run.end("nothing_to_do", "scale-in is no concern of this recovery any more")
        if time_left() < CALL_NEEDS_MS:
            return run.then("settle", 1)
        try:
            return self._hold(run, gate)
        except (Declined, Unanswered):
            return run.then("settle", LOCK_SECONDS)

    def _hold(self, run: Run, gate: Gate) -> Run:
        held = self.ledger.write(gate.endpoint, protocol.hold_at_rest(gate, self.clock.now()))
        left = self.resume(held)
        write = protocol.suspending(protocol.release_lock(held.lock), left)
        self.ledger.write(gate.endpoint, write)
        said = f"still suspended: {left.refused}" if left else "what it was before the release"
        return run.end(
            "nothing_to_do",
            f"nothing was due on the endpoint; scale-in is {said}",
            live_model_package_arn=gate.serving,
        )
