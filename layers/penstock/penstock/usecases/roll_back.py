"""Going back comes first: RESTORE the shares, then TIDY the configuration, one call at a time."""

from collections.abc import Callable
from dataclasses import dataclass

from penstock.domain import naming
from penstock.domain.announcements import AttentionNeeded
from penstock.domain.blueprint import CANDIDATE
from penstock.domain.content import WHOLE, Content
from penstock.domain.endpoint import EndpointView
from penstock.domain.gate import ROLLBACK, Gate
from penstock.domain.run import Run, Waiting, Why
from penstock.ports import Announcer, Serving, TimeLeft
from penstock.usecases.act import BUSY_SECONDS, Act, Acted, Sight
from penstock.usecases.ending import Endings

TIDY_FOR_MS = 6 * 3_600_000
"""TIDY is retried for six hours; then the sweep goes on with it."""
RESTORES_BEFORE_ALARM = 3
SLOW_AFTER_TRIES = 10
SLOW_SECONDS = 300
REASON_LIMIT = 300


@dataclass(frozen=True)
class RollBack:
    """Brings the endpoint back to `previous`, never the configuration before the shares (R21)."""

    act: Act
    serving: Serving
    announcer: Announcer
    endings: Endings

    def __call__(self, run: Run, time_left: TimeLeft) -> Run:
        """One look, and the one call that it asks for."""
        run = run if run.why else run.model_copy(update={"why": self._failed(run)})
        acted = self.act(
            run.the_endpoint,
            run.turn(self.act.clock.now()),
            ROLLBACK,
            self.act.ledger.gate(run.the_endpoint).previous,
            lambda sight: self._decide(run, sight),
            time_left,
        )
        waiting = run.waiting or Waiting(since=self.act.clock.now())
        return self._follow(run, acted, waiting)

    def _failed(self, run: Run) -> Why:
        """A task failed for good; the state machine noted how."""
        error = run.error or {}
        said = f"{error.get('Error', 'unknown')}: {error.get('Cause', '')}"[:REASON_LIMIT]
        return self.endings.why(run, f"a step failed: {said}")

    def _decide(self, run: Run, sight: Sight) -> Acted | Callable[[], None]:
        view, gate = sight
        if view is None:
            gone = gate.previous is None and gate.content is None
            return Acted("done") if gone else Acted("empty", f"{run.the_endpoint} is gone")
        if gate.previous is None:
            return self._nothing_before(run, view)
        if not view.in_service:
            return Acted("empty", f"the endpoint is {view.status}: {view.failure or ''}")
        if view.content.same(gate.previous):
            return Acted("done")
        if not self._ours(run, gate, view.content):
            return Acted("person", f"somebody put {view.content.config} on the endpoint")
        if view.content.shape(CANDIDATE) == "staging":
            weights = {name: WHOLE for name in view.content.weights if name != CANDIDATE}
            return lambda: self.serving.shift(run.the_endpoint, {**weights, CANDIDATE: 0})
        if self._given_up(run, view.content):
            return Acted("done")
        return lambda: self.serving.tidy(run.the_endpoint, gate.previous)

    def _nothing_before(self, run: Run, view: EndpointView) -> Acted | Callable[[], None]:
        """A first release: what failed is removed, what serves has nothing to go back to."""
        if view.status == "Failed" and run.plan and run.plan.first:
            return lambda: self.serving.tidy(run.the_endpoint, None)
        return Acted("empty", f"{run.the_endpoint} serves its first package; nothing came before")

    def _ours(self, run: Run, gate: Gate, shown: Content) -> bool:
        """A staging configuration of ours, or what this release or the ledger knows (R10)."""
        if len(shown.weights) > 1:
            return naming.is_staging(run.the_endpoint, shown.config)
        final = run.plan.final if run.plan else None
        return any(shown.same(content) for content in (final, gate.content, gate.target))

    def _given_up(self, run: Run, shown: Content) -> bool:
        """Restored, and TIDY was tried long enough, or something newer waits for the endpoint."""
        if run.waiting is None or run.waiting.tries == 0:
            return False
        if shown.shape(CANDIDATE) != "restored":
            return False
        late = self.act.clock.now() - run.waiting.since > TIDY_FOR_MS
        newer = self.endings.ledger.gate(run.the_endpoint).newer_wanted(run.approved_at)
        return late or newer

    def _follow(self, run: Run, acted: Acted, waiting: Waiting) -> Run:
        match acted.result:
            case "done":
                return self._done(run, acted)
            case "called" | "failed" | "missing":
                return self._try_on(run, acted, waiting)
            case "again":
                told = self.endings.patience(run, waiting, acted.reason)
                return run.then("roll_back", acted.seconds or BUSY_SECONDS, waiting=told)
            case "lost":
                return self.endings.lost(run)
            case "person":
                return self.endings.drifted(run, acted.reason)
            case _:
                return self.endings.needs_attention(run, acted.reason)

    def _done(self, run: Run, acted: Acted) -> Run:
        sight = acted.sight
        back = sight is None or sight.view is None or sight.view.content.same(sight.gate.previous)
        outcome = "rolled_back" if back else "tidy_pending"
        return run.then("settle", outcome=outcome, waiting=None)

    def _try_on(self, run: Run, acted: Acted, waiting: Waiting) -> Run:
        """A call is out, or was refused: look again later, and tell people when it drags on."""
        tried = waiting.model_copy(update={"tries": waiting.tries + 1})
        if self._hopeless(acted, tried):
            return self.endings.needs_attention(run, acted.reason)
        if tried.tries > RESTORES_BEFORE_ALARM and not tried.told:
            self._tell(run, acted.reason or "the endpoint did not stay as asked")
            tried = tried.model_copy(update={"told": True})
        slow = tried.tries > SLOW_AFTER_TRIES
        return run.then("roll_back", SLOW_SECONDS if slow else BUSY_SECONDS, waiting=tried)

    def _hopeless(self, acted: Acted, waiting: Waiting) -> bool:
        """Six hours on, and users are still on the package that had to go."""
        late = self.act.clock.now() - waiting.since > TIDY_FOR_MS
        view = acted.sight.view if acted.sight else None
        stable = view is not None and view.content.shape(CANDIDATE) == "stable"
        return late and stable

    def _tell(self, run: Run, reason: str) -> None:
        self.announcer.announce(
            AttentionNeeded(
                release_id=run.release,
                endpoint=run.the_endpoint,
                model_package_arn=run.package,
                reason=f"rolling back takes more than {RESTORES_BEFORE_ALARM} tries: {reason}",
                advice="Penstock goes on trying; look at quotas, permissions and the endpoint",
            )
        )
