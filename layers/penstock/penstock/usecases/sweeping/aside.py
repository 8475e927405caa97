"""Set aside what cannot be handled, notify people once, and continue with everything else."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from penstock.domain.errors import PenstockError
from penstock.domain.execution.announcements import AttentionNeeded
from penstock.domain.ledger.trouble import Trouble, sentence, trouble
from penstock.ports.clock import Clock
from penstock.ports.ledger import Troubles
from penstock.ports.people import Announcer

_ADVICE = "Fix it; the next sweep tries again. Everything else goes on meanwhile."


class Thing(NamedTuple):
    """What one piece of a sweep is about, in words that stay; and its endpoint, if it has one."""

    about: str
    endpoint: str | None = None

    def __str__(self) -> str:
        return self.about


@dataclass(frozen=True)
class Aside:
    """Isolates the parts of a sweep. `log` is called while the error is being handled."""

    troubles: Troubles
    announcer: Announcer
    clock: Clock
    log: Callable[[str], None]

    def __call__(self, thing: Thing, work: Callable[[], str]) -> str:
        """Do the work. Returns its result, or why the thing was left out."""
        try:
            done = work()
            if self.troubles.trouble(str(thing)):
                self.troubles.end_trouble(str(thing))
        except Exception as error:  # one bad thing keeps no other waiting
            self.log(str(thing))
            return f"left out: {self._told(thing, error)}"
        return done

    def _told(self, thing: Thing, error: Exception) -> str:
        try:
            return self._set_aside(thing, error)
        except PenstockError as untold:  # the next sweep tells
            return f"{sentence(error)}; people could not be notified: {untold}"

    def _set_aside(self, thing: Thing, error: Exception) -> str:
        """Notify people before remembering it: rather twice than never."""
        now, before = self.clock.now(), self.troubles.trouble(str(thing))
        seen = trouble(str(thing), error, before, now)
        if seen.due(now):
            self.announcer.announce(_attention(thing, seen))
            seen = seen.as_told()
        if seen != before:
            self.troubles.note_trouble(seen)
        return seen.reason


def _attention(thing: Thing, seen: Trouble) -> AttentionNeeded:
    return AttentionNeeded(
        endpoint=thing.endpoint,
        reason=f"The {thing} is left out of the sweep: {seen.reason}",
        advice=_ADVICE,
    )
