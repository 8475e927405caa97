"""Trouble of telling is no trouble of the model: what cannot be told is noted, not raised."""

from dataclasses import dataclass, field

from penstock.domain.errors import PenstockError
from penstock.domain.execution.announcements import Announcement
from penstock.domain.execution.run import Run
from penstock.ports import Announcer


@dataclass(frozen=True)
class Teller:
    """Announcer for the middle of a release, and for ends that the ledger keeps as untold."""

    announcer: Announcer
    _untold: list[str] = field(default_factory=list)

    def announce(self, announcement: Announcement) -> bool:
        """Whether it is told; whoever has to be sure says it again, or has the ledger keep it."""
        try:
            return self.announcer.announce(announcement)
        except PenstockError as error:
            self._untold.append(f"{announcement.detail_type} was not published: {error}")
            return False

    def noted(self, run: Run) -> Run:
        """The document with what could not be told since the last time, for log and metrics."""
        trouble = "; ".join((*([run.trouble] if run.trouble else []), *self._taken()))
        return run.but(trouble=trouble) if trouble else run

    def added(self, said: str) -> str:
        """The same for a line of the log."""
        return "; ".join((said, *self._taken()))

    def _taken(self) -> tuple[str, ...]:
        taken = tuple(self._untold)
        self._untold.clear()
        return taken
