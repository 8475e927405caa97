"""Going back comes first: RESTORE the shares, then TIDY the configuration, one call at a time."""

from dataclasses import dataclass
from functools import cached_property

from penstock.domain.announcements import AttentionNeeded
from penstock.domain.blueprint import CANDIDATE
from penstock.domain.errors import Unavailable
from penstock.domain.gate import ROLLBACK
from penstock.domain.mishap import mishap
from penstock.domain.progress import Waiting, Why
from penstock.domain.run import Run
from penstock.domain.spread import spread
from penstock.ports import Announcer, Serving, TimeLeft
from penstock.usecases.act import BUSY_SECONDS, Act, Acted
from penstock.usecases.ending import Endings
from penstock.usecases.way_back import WayBack

RESTORES_BEFORE_ALARM = 3
SLOW_AFTER_TRIES = 10
SLOW_SECONDS = 300
HASTE_MS = 30_000
HASTY_SECONDS = (1, 2)
"""When a throttled call is tried again in its first half minute; then it is trouble."""


@dataclass(frozen=True)
class RollBack:
    """Brings the endpoint back to `previous`, never the configuration before the shares (R21)."""

    act: Act
    serving: Serving
    announcer: Announcer
    endings: Endings

    def __call__(self, run: Run, time_left: TimeLeft) -> Run:
        """One look, and the one call that it asks for."""
        if run.why is None:  # a task failed for good; what it waited for is no wait of ours
            begun = {"why": self._failed(run), "waiting": None, "hindered": None}
            run = run.model_copy(update=begun)
        acted = self.act(
            run.the_endpoint,
            run.turn(self.act.clock.now()),
            ROLLBACK,
            self.act.ledger.gate(run.the_endpoint).previous,
            lambda sight: self._way(run, sight),
            time_left,
        )
        waiting = run.waiting or Waiting(since=self.act.clock.now())
        return self._follow(run, acted, waiting)

    @cached_property
    def _way(self) -> WayBack:
        return WayBack(self.act.ledger, self.serving, self.act.clock)

    def _failed(self, run: Run) -> Why:
        """The state machine noted how the task failed."""
        return self.endings.why(run, f"a step failed: {mishap(run.error or {})}")

    def _follow(self, run: Run, acted: Acted, waiting: Waiting) -> Run:
        match acted.result:
            case "done":
                return self._done(run, acted)
            case "called" | "failed" | "missing":
                return self._try_on(run, acted, waiting)
            case "again" | "throttled" | "unanswered" if self._unmended(acted, waiting):
                return self.endings.needs_attention(run, acted.reason)
            case "throttled":
                return self._soon(run, acted, waiting)
            case "again" | "unanswered":
                told = self.endings.patience(run, waiting, acted.reason)
                return run.then("roll_back", acted.seconds or BUSY_SECONDS, waiting=told)
            case "lost":
                return self.endings.lost(run)
            case "person":
                return self.endings.drifted(run, acted.reason)
            case _:
                return self.endings.needs_attention(run, acted.reason)

    def _soon(self, run: Run, acted: Acted, waiting: Waiting) -> Run:
        """At once for a while: users are on the candidate, and most throttles last a second."""
        now = self.act.clock.now()
        if now - waiting.since >= HASTE_MS:
            raise Unavailable(acted.reason)
        return run.then("roll_back", spread(f"{run.release} {now}", HASTY_SECONDS), waiting=waiting)

    def _done(self, run: Run, acted: Acted) -> Run:
        """Back where it was, or given up with nobody on the candidate."""
        view = acted.sight.view if acted.sight else None
        pending = view is not None and view.content.shape(CANDIDATE) == "restored"
        outcome = "tidy_pending" if pending else "rolled_back"
        return run.then("settle", outcome=outcome, waiting=None)

    def _try_on(self, run: Run, acted: Acted, waiting: Waiting) -> Run:
        """A call is out, or was refused: look again later, and tell people when it drags on."""
        tried = waiting.model_copy(update={"tries": waiting.tries + 1})
        if self._hopeless(run, acted, tried):
            return self.endings.needs_attention(run, acted.reason or "no configuration stayed")
        if tried.tries > RESTORES_BEFORE_ALARM and not tried.told:
            told = self._tell(run, acted.reason or "the endpoint did not stay as asked")
            tried = tried.model_copy(update={"told": told})
        slow = tried.tries > SLOW_AFTER_TRIES
        return run.then("roll_back", SLOW_SECONDS if slow else BUSY_SECONDS, waiting=tried)

    def _hopeless(self, run: Run, acted: Acted, waiting: Waiting) -> bool:
        """Six hours on, and users are still on the package that had to go, or on a mix."""
        view = acted.sight.view if acted.sight else None
        stable = view is not None and view.content.shape(CANDIDATE) == "stable"
        stuck = stable or run.rolls_back_on_request or self._unmended(acted, waiting)
        return self._way.late(waiting.since + run.troubled_ms) and stuck

    def _unmended(self, acted: Acted, waiting: Waiting) -> bool:
        """Six hours on, and SageMaker took no update that was to repair it."""
        view = acted.sight.view if acted.sight else None
        return view is not None and view.repairable and self._way.late(waiting.since)

    def _tell(self, run: Run, reason: str) -> bool:
        return self.announcer.announce(
            AttentionNeeded(
                release_id=run.release,
                endpoint=run.the_endpoint,
                model_package_arn=run.package,
                reason=f"rolling back takes more than {RESTORES_BEFORE_ALARM} tries: {reason}",
                advice="Penstock goes on trying; look at quotas, permissions and the endpoint",
            )
        )
