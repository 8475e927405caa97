"""Failures to publish do not harm a release: they are logged instead of raised."""

from dataclasses import dataclass, field

from penstock.domain.errors import PenstockError
from penstock.domain.execution.announcements import Announcement
from penstock.domain.execution.run import Run
from penstock.ports.people import Announcer


@dataclass(frozen=True)
class Teller:
    """Announcer for the middle of a release, and for endings that are also in the ledger's
    outbox.
    """

    announcer: Announcer
    _untold: list[str] = field(default_factory=list)

    def announce(self, announcement: Announcement) -> bool:
        """Publish, and return whether it worked. A caller that must be sure publishes again, or
        relies on the outbox.
        """
        try:
            return self.announcer.announce(announcement)
        except PenstockError as error:
            self._untold.append(f"{announcement.detail_type} was not published: {error}")
            return False

    def noted(self, run: Run) -> Run:
        """The document with the failures to publish since the last time, for log and metrics."""
        trouble = "; ".join((*([run.trouble] if run.trouble else []), *self._taken()))
        return run.but(trouble=trouble) if trouble else run

    def added(self, said: str) -> str:
        """The same for a line of the log."""
        return "; ".join((said, *self._taken()))

    def _taken(self) -> tuple[str, ...]:
        taken = tuple(self._untold)
        self._untold.clear()
        return taken
