"""One round of a wait: is it over its limit, are people notified, and when is the next look."""

from dataclasses import dataclass

from penstock.domain.execution.announcements import AttentionNeeded
from penstock.domain.execution.progress import WaitProgress
from penstock.domain.execution.run import Next, Run
from penstock.domain.execution.stuck_text import lasted
from penstock.domain.execution.waits import Wait, exactly
from penstock.domain.ledger.incidents import due
from penstock.domain.moments import MINUTE_MS
from penstock.ports.clock import Clock
from penstock.ports.people import Announcer


@dataclass(frozen=True)
class Waits:
    """The rules of every wait for the endpoint."""

    announcer: Announcer
    clock: Clock

    def overdue(self, run: Run, wait: Wait) -> str | None:
        """Why the wait is over its limit. None if it is not.

        Transient failures of AWS do not count.
        """
        now = self.clock.now()
        late = run.waited(run.waits_for(wait.what, now), now) > wait.limit_ms
        return wait.overdue if late else None

    def on(
        self, run: Run, here: Next, wait: Wait, then: str = "", minutes: int | None = None
    ) -> Run:
        """Enter the state `here` again later.

        People are notified of a wait that outlasts `minutes` (None: `update_minutes`), as often as
        of a stuck rollback. `then` says what the release does at the limit.
        """
        now = self.clock.now()
        waiting = run.waits_for(wait.what, now)
        if _tells(waiting, now, run.update_minutes if minutes is None else minutes):
            waiting = self._tell(run, waiting, wait, then)
        return run.then(here, wait.poll_seconds(now - waiting.since), waiting=waiting)

    def _tell(self, run: Run, waiting: WaitProgress, wait: Wait, then: str) -> WaitProgress:
        now = self.clock.now()
        said = f"the release has waited {lasted(now - waiting.since)}: {wait.reason}"
        advice = "nothing to do yet: Penstock continues as soon as SageMaker allows it"
        if then:
            advice = f"{advice}; after {exactly(wait.limit_ms)} the release {then}"
        told = self.announcer.announce(AttentionNeeded(advice=advice, **run.about(said)))
        return waiting.told_at(now) if told else waiting


def _tells(waiting: WaitProgress, now: int, minutes: int) -> bool:
    late = now - waiting.since > minutes * MINUTE_MS
    return late and (waiting.told is None or due(waiting.since, waiting.told, now))
