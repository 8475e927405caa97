"""Publishes the endings of the claim. Later states publish their own."""

from collections.abc import Callable
from dataclasses import dataclass

from penstock.domain.execution.announcements import Announcement, ReleaseRefused, ReleaseSuperseded
from penstock.domain.execution.run import Run
from penstock.ports.clock import TimeLeft
from penstock.usecases.telling.teller import Teller


@dataclass(frozen=True)
class ToldClaim:
    """A claim whose refusals are published."""

    claim: Callable[[Run, TimeLeft], Run]
    teller: Teller

    def __call__(self, run: Run, time_left: TimeLeft) -> Run:
        """One try, like the claim's own."""
        after = self.claim(run, time_left)
        if after.ending and (said := _SAID.get(after.ending.ending)):
            self.teller.announce(said(**after.about(after.ending.reason)))
        return self.teller.noted(after)


_SAID: dict[str, type[Announcement]] = {
    "refused": ReleaseRefused,
    "superseded": ReleaseSuperseded,
}
