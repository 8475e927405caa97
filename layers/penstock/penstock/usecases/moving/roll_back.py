"""Roll back: first RESTORE the shares, then TIDY the configuration, one call at a time."""

from dataclasses import dataclass
from functools import cached_property

from penstock.domain import protocol
from penstock.domain.errors import PenstockError
from penstock.domain.execution import stuck_text
from penstock.domain.execution.mishap import mishap
from penstock.domain.execution.progress import RollbackCause, WaitProgress
from penstock.domain.execution.run import Outcome, Run
from penstock.domain.kinds.endpoint import EndpointView
from penstock.domain.ledger.gate import ROLLBACK, Declined, Gate
from penstock.domain.planning.budget import ROUNDS_BACK
from penstock.domain.spread import spread
from penstock.ports.clock import TimeLeft
from penstock.ports.people import Announcer
from penstock.ports.serving import Brakes, Serving
from penstock.usecases.moving.act import BUSY_SECONDS, Act, Acted
from penstock.usecases.moving.way_back import WayBack
from penstock.usecases.telling.outcomes import Outcomes
from penstock.usecases.telling.stuck import StuckWay

SLOW_AFTER_TRIES = 10
SLOW_SECONDS = 300
"""Seconds between refused tries. The alarm on stuck rollbacks has to look back further."""
HASTY_ROUNDS, STUCK_SECONDS = 100, 120
"""After so many rounds, an endpoint that accepts no call is looked at only once in so many
seconds.
"""
HASTE_MS = 30_000
HASTY_SECONDS, THROTTLED_SECONDS = (1, 2), (20, 40)
"""Seconds (least, most) until a throttled call is tried again: in the first half minute, and
later.
"""


@dataclass(frozen=True)
class RollBack:
    """Brings the endpoint back to `previous`: first the shares, then the configuration (R21)."""

    act: Act
    serving: Serving
    brakes: Brakes
    announcer: Announcer
    outcomes: Outcomes

    def __call__(self, run: Run, time_left: TimeLeft) -> Run:
        """One look, and the one call that follows from it."""
        if run.why is None:  # a task failed for good; what it waited for is no wait of ours
            run = run.but(why=self._failed(run), waiting=None, hindered=None)
        gate = self.act.ledger.gate(run.the_key)
        acted = self.act(
            run.the_key,
            run.writer(self.act.clock.now()),
            ROLLBACK,
            gate.previous,
            lambda snapshot: self._way(run, snapshot),
            time_left,
            record=_noted(run),
        )
        return self._follow(run, gate, self._braked(run, acted))

    def _braked(self, run: Run, acted: Acted) -> Acted:
        """Pull the brake while SageMaker makes the release's deployment: no call can stop it.

        It is no change of SageMaker, so it needs no lock.
        """
        view = acted.snapshot.view if acted.snapshot else None
        if view is None or not _deploys(run, view):
            return acted
        try:
            self.brakes.pull(run.the_endpoint, run.the_plan.final.name)
        except PenstockError as error:
            said = f"the endpoint is {view.status}, and its brake cannot be pulled: {error}"
            return acted._replace(result="unbraked", reason=said)
        return acted._replace(result="braked")

    @cached_property
    def _heard(self) -> StuckWay:
        return StuckWay(self.act.ledger, self.announcer, self.act.clock)

    @cached_property
    def _way(self) -> WayBack:
        return WayBack(self.act.ledger, self.serving, self.act.clock)

    def _failed(self, run: Run) -> RollbackCause:
        """The cause of a failed task, as the state machine recorded it."""
        return self.outcomes.cause(run, f"a step failed: {mishap(run.error or {})}")

    def _follow(self, run: Run, gate: Gate, acted: Acted) -> Run:
        match acted.result:
            case "done":
                return self._done(run, acted)
            case "lost":
                return self.outcomes.lost(run)
            case "person":
                return self.outcomes.drifted(run, acted.reason)
            case "empty" | "roll_back":
                return self.outcomes.needs_attention(run, acted.reason)
            case _:
                return self._try_on(run, gate, acted)

    def _done(self, run: Run, acted: Acted) -> Run:
        """The rollback is done, or TIDY is given up while nobody is on the candidate."""
        view = acted.snapshot.view if acted.snapshot else None
        pending = view is not None and view.content.shape == "restored"
        outcome: Outcome = "tidy_pending" if pending else "rolled_back"
        return run.then("settle", outcome=outcome, waiting=None)

    def _try_on(self, run: Run, gate: Gate, acted: Acted) -> Run:
        """A call was made or refused: look again later, and notify people if it takes long."""
        waiting = self._waiting(run, gate, acted)
        if self._hopeless(run, acted, waiting):
            return self.outcomes.needs_attention(run, acted.reason or "no configuration stayed")
        if waiting.rounds > ROUNDS_BACK:
            return self._hand_over(run, gate, waiting)
        fresh = acted.result == "called" and not (run.waiting and run.waiting.taken)
        try:
            stuck = gate.stuck if fresh else self._heard(run, gate, waiting, _said(acted))
        except Declined:
            return self.outcomes.lost(run)
        return run.then(
            "roll_back",
            self._pause(run, acted, waiting),
            waiting=waiting,
            stuck=stuck is not None and stuck_text.harmed(gate, waiting.shown),
        )

    def _waiting(self, run: Run, gate: Gate, acted: Acted) -> WaitProgress:
        """The wait since the rollback began, whichever execution began it."""
        before = run.waits_for("way_back", gate.stuck.since if gate.stuck else self.act.clock.now())
        view = acted.snapshot.view if acted.snapshot else None
        seen = view.content if view and (view.in_service or view.repairable) else before.shown
        once = before.round(self.act.clock.now(), throttled=acted.result == "throttled")
        counts = acted.result in {"called", "failed", "missing", "unbraked"}
        taken = acted.result == "called" if counts else before.taken
        return (once.again() if counts else once).saw(seen, taken=taken)

    def _pause(self, run: Run, acted: Acted, waiting: WaitProgress) -> int:
        """Seconds until the next try.

        A throttled call is retried at once for a while, because users are on the candidate and most
        throttling lasts a second.
        """
        if acted.result in {"braked", "unbraked"}:  # its alarm forgets a minute without a datum
            return BUSY_SECONDS
        throttled, now = acted.result == "throttled", self.act.clock.now()
        if throttled and now - waiting.since < HASTE_MS:
            return spread(f"{run.release} {now}", HASTY_SECONDS)
        if waiting.tries > SLOW_AFTER_TRIES:
            return SLOW_SECONDS
        if waiting.rounds > HASTY_ROUNDS and acted.result in {"again", "busy", "throttled"}:
            return STUCK_SECONDS
        if throttled:
            return spread(f"{run.release} {now}", THROTTLED_SECONDS)
        return acted.seconds or BUSY_SECONDS

    def _hopeless(self, run: Run, acted: Acted, waiting: WaitProgress) -> bool:
        """Whether six hours of tries have not moved users off the package that has to go, or off
        a mix.
        """
        view = acted.snapshot.view if acted.snapshot else None
        late = self._way.late(run, waiting)
        if view is None or not late or waiting.rounds <= SLOW_AFTER_TRIES:
            return False
        if view.repairable:
            return True
        stable = view.content.shape == "stable" or run.goes_all_the_way
        return stable and acted.result in {"called", "failed", "missing"}

    def _hand_over(self, run: Run, gate: Gate, waiting: WaitProgress) -> Run:
        """End this execution before its history is full. A recovery continues from the ledger."""
        try:
            self.act.ledger.write(run.the_key, protocol.hand_over(run.writer(self.act.clock.now())))
        except Declined as declined:
            if declined.gate.owner != run.execution:
                return self.outcomes.lost(run)
            return run.then("roll_back", BUSY_SECONDS, waiting=waiting)
        standing = stuck_text.standing(gate, waiting.shown)
        return run.end(
            "needs_a_person",
            f"{standing}; another execution continues the rollback",
            live_model_package_arn=gate.serving,
        )


def _deploys(run: Run, view: EndpointView) -> bool:
    """Whether SageMaker makes the release's deployment, or undoes it.

    While it undoes one it may not show it any more.
    """
    if run.planned is None or not run.planned.deploys or not view.passing:
        return False
    return view.pending is None or view.pending.config == run.planned.final.name


def _noted(run: Run) -> dict[str, str]:
    """What the first write on the way back says, so that no death hides it: what speaks against
    the package, or what was found where live is kept by plan.
    """
    if run.why is None:
        return {}
    noted = {"quarantine": run.why.against, "finding": run.why.finding}
    return {name: said for name, said in noted.items() if said}


def _said(acted: Acted) -> str:
    """What AWS said to the last try."""
    if acted.reason:
        return acted.reason
    view = acted.snapshot.view if acted.snapshot else None
    undone = view.failure if view else None
    return f"SageMaker undid the last attempt: {undone or 'it gave no reason'}"
