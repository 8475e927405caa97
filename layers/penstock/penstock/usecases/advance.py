"""Stage, shift, promote: one step forward on the endpoint."""

from collections.abc import Callable
from dataclasses import dataclass

from penstock.domain import checks
from penstock.domain.blueprint import CANDIDATE
from penstock.domain.content import difference
from penstock.domain.endpoint import EndpointView
from penstock.domain.errors import Unavailable
from penstock.domain.plan import Plan, Stage
from penstock.domain.progress import Waiting
from penstock.domain.run import Run
from penstock.ports import Alarms, Scaling, Serving, TimeLeft
from penstock.usecases.act import BUSY_SECONDS, SLOW_SECONDS, Act, Acted, Sight
from penstock.usecases.ending import GOES_BACK, Endings

CONSISTENT_AFTER_TRIES = 6
"""What was just created may be "not found" for a moment (facts 3.1); after this it is missing."""

PATIENCE = 2
"""After so many times `update_minutes` a wait for live's instances is no wait any more."""


@dataclass(frozen=True)
class Advance:
    """Does the act of the stage in hand.

    `alarms` and `scaling` are None for a shift, which makes none and suspends nothing.
    """

    act: Act
    serving: Serving
    alarms: Alarms | None
    scaling: Scaling | None
    endings: Endings

    def __call__(self, run: Run, time_left: TimeLeft) -> Run:
        """One try; the endpoint's answer is awaited in the state that looks."""
        plan, stage = run.the_plan, run.stage
        turn = run.turn(self.act.clock.now())
        acted = self.act(
            plan.endpoint,
            turn,
            stage.step,
            plan.target(stage),
            lambda sight: self._decide(run, sight),
            time_left,
        )
        return self._follow(run, acted)

    def _decide(self, run: Run, sight: Sight) -> Acted | Callable[[], None]:
        plan, stage, view = run.the_plan, run.stage, sight.view
        if view is None:
            if plan.first and stage.act == "promote":
                return lambda: self._call(plan, stage, sight, alone=True)
            return Acted("empty", f"the endpoint {plan.endpoint} is gone")
        if not view.in_service:
            return Acted("empty", view.condition)
        if view.content.same(plan.target(stage)):
            return Acted("done")
        start = [sight.gate.previous, sight.gate.content] if run.position == 0 else []
        expected = [run.found, *start]
        if any(view.content.same(content) for content in expected if content):
            if lacking := _lacking(plan, stage, view):
                return self._wait_for_live(run, lacking)
            return lambda: self._call(plan, stage, sight, alone=run.position == 0)
        if not plan.knows(view.content):
            return Acted("person", difference(view.content, sight.gate.content))
        return Acted("roll_back", f"the endpoint shows {view.content.config} instead")

    def _wait_for_live(self, run: Run, lacking: str) -> Acted:
        """Instances that were lost come back in minutes; those that were taken away do not."""
        minutes = _patience(run)
        waited = self.act.clock.now() - run.waiting.since if run.waiting else 0
        if waited > minutes * 60_000:
            return Acted("roll_back", f"{lacking}, for {minutes} minutes")
        return Acted("lacking", lacking, BUSY_SECONDS)

    def _call(self, plan: Plan, stage: Stage, sight: Sight, *, alone: bool) -> None:
        """The alarms before the traffic; the first act clears what an earlier release left.

        It suspends scale-in as well, which the gate has noted before.
        """
        suspension = sight.gate.suspension
        if self.scaling and alone and suspension:
            self.scaling.suspend(plan.endpoint, suspension.variant)
        if self.alarms:
            left = checks.every_name(plan.endpoint) if alone else ()
            self.alarms.renew(plan.checks(stage), plan.blueprint.tags, left)
        match stage.act:
            case "stage":
                self.serving.stage(plan)
            case "shift":
                self.serving.shift(plan.endpoint, plan.target(stage).weights)
            case "promote":
                self.serving.promote(plan, _instances(plan, sight.view))

    def _follow(self, run: Run, acted: Acted) -> Run:
        since = run.waiting or Waiting(since=self.act.clock.now())
        match acted.result:
            case "called":
                return run.then("look", acted.seconds, waiting=since)
            case "done":
                return run.then("look", waiting=since)
            case "missing" if since.tries < CONSISTENT_AFTER_TRIES:
                again = since.model_copy(update={"tries": since.tries + 1})
                return run.then(run.stage.act, acted.seconds, waiting=again)
            case "throttled":
                raise Unavailable(acted.reason)
            case "again" | "unanswered":
                return self._again(run, since, acted)
            case "lacking":
                then = f"; after {_patience(run)} minutes the release goes back"
                return self._wait(run, since, acted, then)
            case "lost":
                return self.endings.lost(run)
            case "person":
                return self.endings.drifted(run, acted.reason)
            case _:
                return run.back(self.endings.why(run, acted.reason))

    def _again(self, run: Run, since: Waiting, acted: Acted) -> Run:
        if overdue := self.endings.overdue(run, since, acted.reason):
            return run.back(self.endings.why(run, overdue))
        return self._wait(run, since, acted, GOES_BACK)

    def _wait(self, run: Run, since: Waiting, acted: Acted, then: str) -> Run:
        told = self.endings.patience(run, since, acted.reason, then)
        seconds = SLOW_SECONDS if told.told else acted.seconds or BUSY_SECONDS
        return run.then(run.stage.act, seconds, waiting=told)


def _patience(run: Run) -> int:
    """Minutes for which live's instances are waited for."""
    return PATIENCE * run.the_plan.policy.rollout.update_minutes


def _lacking(plan: Plan, stage: Stage, view: EndpointView) -> str | None:
    """No step raises the candidate while live has fewer than F instances."""
    there = view.instances(plan.live_variant)
    raises = plan.target(stage).share(CANDIDATE) > view.content.share(CANDIDATE)
    if stage.act != "shift" or not raises or there >= plan.floor:
        return None
    return f"{plan.live_variant} has {there} of the {plan.floor} instances it began with"


def _instances(plan: Plan, view: EndpointView | None) -> int | None:
    """max(F, present): counts are retained or raised, never lowered."""
    return None if view is None else max(plan.floor, view.counts.get(plan.live_variant, 0))
