"""What the claim itself ends is told as well; later states tell their endings themselves."""

from collections.abc import Callable
from dataclasses import dataclass

from penstock.domain.announcements import Announcement, ReleaseRefused, ReleaseSuperseded
from penstock.domain.run import Run
from penstock.ports import Announcer


@dataclass(frozen=True)
class ToldClaim:
    """A claim whose refusals reach the bus and people."""

    claim: Callable[[Run], Run]
    announcer: Announcer

    def __call__(self, run: Run) -> Run:
        """One try, like the claim's own."""
        after = self.claim(run)
        if after.ending and (said := _SAID.get(after.ending.ending)):
            self.announcer.announce(said(**after.about(after.ending.reason)))
        return after


_SAID: dict[str, type[Announcement]] = {
    "refused": ReleaseRefused,
    "superseded": ReleaseSuperseded,
}
