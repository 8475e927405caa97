"""A package that serves and was rejected: people are notified, or an earlier one serves again."""

from dataclasses import dataclass

from penstock.domain import protocol
from penstock.domain.errors import Missing, Refused, Unavailable
from penstock.domain.ledger.gate import Gate
from penstock.domain.ledger.known_good import good_before
from penstock.domain.ledger.record import ReleaseRecord
from penstock.domain.ledger.revocation import Revocation
from penstock.domain.policy.revocation import OnRevocation
from penstock.domain.reviewing.package import Package
from penstock.ports.clock import Clock
from penstock.ports.ledger import Ledger
from penstock.ports.registry import Policies, Registry
from penstock.usecases.sweeping.starter import Starter
from penstock.usecases.telling.outbox import Outbox


@dataclass(frozen=True)
class Revocations:
    """Looks at what serves at rest. Its note on the gate makes repeating it harmless.

    The policy that is in force when the revocation is noticed decides what follows.
    """

    ledger: Ledger
    registry: Registry
    policies: Policies
    starter: Starter
    outbox: Outbox
    clock: Clock

    def __call__(self, gate: Gate) -> str:
        """What was done, for the log. Empty if there was nothing to do, or nobody can tell now.

        Raises:
            Declined: Somebody else's write came between.
            Denied: The registry or the policy may not be read. Nothing is decided until it may.
        """
        try:
            return self._look(gate)
        except Unavailable:  # the next sweep looks again
            return ""

    def _look(self, gate: Gate) -> str:
        package = self._serving(gate)
        if package is None or package.approval != "Rejected":
            return self._over(gate)
        noted = gate.revoked
        if noted is None or noted.package != package.arn:
            return self._notice(gate, package)
        return self._go_back(gate, noted) if noted.goes_back else ""

    def _serving(self, gate: Gate) -> Package | None:
        try:
            return self.registry.package(gate.serving) if gate.serving else None
        except Missing:
            return None

    def _over(self, gate: Gate) -> str:
        if gate.revoked is None:
            return ""
        self.ledger.write(gate.key, protocol.forget_revoked(gate))
        return "what serves is no longer rejected"

    def _notice(self, gate: Gate, package: Package) -> str:
        """Note the revocation. Who has to act is told by the outbox, of which this write is
        part.
        """
        what, why = self._wanted(gate, package)
        before = f"the approval of {package.arn}, which serves, was revoked"
        goes_back = what == "roll_back"
        says: str | None = f"{before}; it keeps serving{why}"
        if goes_back and self._earlier(gate) is None:
            goes_back, says = False, _nowhere(gate)
        elif goes_back:
            says = _blocked(gate)
        noted = Revocation(package=package.arn, at=self.clock.now(), goes_back=goes_back, says=says)
        after = self._note(gate, noted)
        return self._go_back(after, noted) if goes_back else before

    def _wanted(self, gate: Gate, package: Package) -> tuple[OnRevocation, str]:
        """What the policy says of it, and an explanation where it cannot say `roll_back`."""
        try:
            policy = self.policies.policy(package.group).policy
        except (Missing, Refused) as error:
            return "notify", f", because its policy does not say what to do: {error}"
        if policy.place.key != gate.key:
            return "notify", ", because the policy of its group names another endpoint now"
        return policy.rollout.on_revocation, ""

    def _go_back(self, gate: Gate, noted: Revocation) -> str:
        if gate.attention or gate.drift:
            return "what serves was rejected, and the endpoint is blocked"
        to = self._earlier(gate)
        if to is None:
            self._note(gate, noted.stays(_nowhere(gate)))
            return "what serves was rejected, and there is nothing to go back to any more"
        return self.starter.revoked(gate, noted, to.release)

    def _earlier(self, gate: Gate) -> ReleaseRecord | None:
        """The newest known-good release before what serves whose package is still approved."""
        for record in good_before(gate, self.ledger.records(gate.key)):
            try:
                if self.registry.package(record.package).approval == "Approved":
                    return record
            except Missing:
                continue
        return None

    def _note(self, gate: Gate, noted: Revocation) -> Gate:
        after = self.ledger.write(gate.key, protocol.note_revoked(gate, noted))
        self.outbox(after)
        return after


def _nowhere(gate: Gate) -> str:
    return (
        f"the approval of {gate.serving}, which serves, was revoked; it keeps serving, because "
        "no earlier release with an approved package is left to go back to"
    )


def _blocked(gate: Gate) -> str | None:
    """What people are told where the rollback has to wait for them. None where it does not."""
    why = gate.attention or gate.drift
    if not why:
        return None
    return (
        f"the approval of {gate.serving}, which serves as far as the ledger knows, was revoked; "
        f"it is not taken back while the endpoint is blocked: {why}"
    )
