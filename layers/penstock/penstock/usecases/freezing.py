"""Freezing: whether a freeze holds an endpoint back. If nobody can tell, it does."""

from dataclasses import dataclass

from penstock.domain.errors import PenstockError
from penstock.domain.execution.announcements import AttentionNeeded
from penstock.domain.execution.run import Run
from penstock.domain.policy.freeze import HeldBack, unreadable
from penstock.ports.clock import Clock
from penstock.ports.control import Freezes
from penstock.ports.people import Announcer

UNREADABLE_ADVICE = (
    'correct or delete the freeze (see "Freeze" in the runbook), or give the function its '
    "permission back; going back works meanwhile"
)


@dataclass(frozen=True)
class Freezing:
    """Reads the freeze for whoever is about to go forward. Whoever goes back does not ask."""

    freezes: Freezes
    announcer: Announcer
    clock: Clock

    def of_endpoint(self, endpoint: str) -> HeldBack | None:
        """Why nothing on the endpoint goes forward. None if nothing holds it back."""
        try:
            freeze = self.freezes.freeze()
        except PenstockError as error:
            return unreadable(error)
        if freeze is None or not freeze.holds(endpoint, self.clock.now()):
            return None
        return HeldBack(freeze.says, freeze.ends_at)

    def of_run(self, run: Run) -> HeldBack | None:
        """The same for a release, which may have been started despite a freeze."""
        return None if run.asked.during_freeze else self.of_endpoint(run.the_endpoint)

    def tell(self, run: Run, held: HeldBack) -> bool:
        """Notify people of a freeze that cannot be read. Whether that is done."""
        return self.announcer.announce(
            AttentionNeeded(advice=UNREADABLE_ADVICE, **run.about(held.reason))
        )
