"""Stage, shift, promote: one step forward on the endpoint."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from penstock.domain.errors import Unavailable
from penstock.domain.execution.progress import Frozen, WaitProgress
from penstock.domain.execution.run import Run
from penstock.domain.execution.waits import Wait, until_calm, wait_for
from penstock.domain.kinds.endpoint import EndpointView
from penstock.domain.ledger.content import CANDIDATE, difference
from penstock.domain.ledger.planned import Planned
from penstock.domain.moments import MINUTE_MS
from penstock.domain.planning.stage import Stage
from penstock.ports.clock import TimeLeft
from penstock.ports.serving import Serving
from penstock.usecases.freezing import Freezing
from penstock.usecases.moving.act import BUSY_SECONDS, Act, Acted, Snapshot
from penstock.usecases.moving.beside import next_beside
from penstock.usecases.telling.outcomes import Outcomes

CONSISTENT_AFTER_TRIES = 6
"""A new resource may be "not found" for so long (facts 3.1). After that it counts as missing."""

LIVE_PATIENCE = 2
"""Live's instances are awaited for so many times `update_minutes`.

Lost instances come back in minutes; instances that somebody removed do not.
"""


Call = Callable[[Snapshot], None]
"""The one call of a stage, given what the holder of the lock sees."""


class Calling(Protocol):
    """Makes the call of the stage in hand."""

    def __call__(self, run: Run) -> Call:
        """Prepare the call: everything it needs is read before the lock is acquired."""
        ...


@dataclass(frozen=True)
class Shift:
    """Changes shares. It needs only the stage: it creates no alarm and suspends nothing."""

    serving: Serving

    def __call__(self, run: Run) -> Call:
        """Request the shares of the stage in hand."""
        return lambda _: self.serving.shift(run.the_endpoint, run.the_stage.content)


@dataclass(frozen=True)
class Advance:
    """Performs the act of the stage in hand."""

    act: Act
    calling: Calling
    outcomes: Outcomes
    freezing: Freezing

    def __call__(self, run: Run, time_left: TimeLeft) -> Run:
        """One try. The look state waits for its effect.

        A freeze is asked about before the lock is acquired, because Parameter Store may be slow.
        Where the call may be made already, only what the endpoint shows inside the lock tells.
        """
        frozen = not _goes_on_anyway(run) and self.freezing.of_run(run) is not None
        if frozen and not _may_be_made(run):
            return self._kept_back(run)
        stage, call = run.the_stage, self.calling(run)
        decide = self._decide_beside if stage.beside else self._decide
        writer = run.writer(self.act.clock.now())
        acted = self.act(
            run.the_key,
            writer,
            stage.step,
            stage.target,
            lambda snapshot: _unless(frozen, decide(run, snapshot, call)),
            time_left,
            beside=stage.beside and stage.beside.endpoint,
        )
        return self._follow(run, acted)

    def _kept_back(self, run: Run) -> Run:
        frozen = Frozen(since=self.act.clock.now(), before_call=True)
        return run.then("judge", frozen=frozen, waiting=None)

    def _decide(self, run: Run, snapshot: Snapshot, call: Call) -> Acted | Callable[[], None]:
        plan, stage, view = run.the_plan, run.the_stage, snapshot.view
        if view is None:
            if plan.first and stage.final:
                return lambda: call(snapshot)
            return Acted("empty", f"the endpoint {run.the_endpoint} is gone")
        if not view.in_service:
            return Acted("empty", view.condition)
        if view.content.same(stage.target):
            return Acted("done")
        start = [snapshot.gate.previous, snapshot.gate.content] if stage.begins else []
        expected = [stage.found, *start]
        if any(view.content.same(content) for content in expected if content):
            if lacking := _lacking(plan, stage, view):
                return Acted("lacking", lacking, BUSY_SECONDS)
            return lambda: call(snapshot)
        if not plan.knows(run.the_endpoint, view.content):
            return Acted("person", difference(view.content, snapshot.gate.content))
        return Acted("roll_back", f"the endpoint shows {view.content.name} instead")

    def _decide_beside(
        self, run: Run, snapshot: Snapshot, call: Call
    ) -> Acted | Callable[[], None]:
        beside = run.the_stage.beside
        over = next_beside(beside, snapshot.view) if beside else None
        return over or (lambda: call(snapshot))

    def _follow(self, run: Run, acted: Acted) -> Run:
        if acted.result in {"called", "done"} or _under_way(run, acted):
            asked = WaitProgress(since=self.act.clock.now(), spent=run.troubled_ms)
            return run.then("look", acted.seconds, waiting=asked)
        match acted.result:
            case "frozen":
                return self._kept_back(run)
            case "throttled":
                raise Unavailable(acted.reason)
            case "again":  # a lock that is held runs out, and no time left comes back
                return run.then(run.the_stage.act, acted.seconds)
            case "missing":
                return self._missing(run, acted)
            case "busy" | "unanswered" | "lacking":
                return self.outcomes.wait(run, run.the_stage.act, _wait(run, acted))
            case "lost":
                return self.outcomes.lost(run)
            case "person":
                return self.outcomes.drifted(run, acted.reason)
            case _:
                return run.back(self.outcomes.cause(run, acted.reason))

    def _missing(self, run: Run, acted: Acted) -> Run:
        waiting = run.waits_for("created", self.act.clock.now())
        if waiting.tries >= CONSISTENT_AFTER_TRIES:
            return run.back(self.outcomes.cause(run, acted.reason))
        return run.then(run.the_stage.act, acted.seconds, waiting=waiting.again())


def _under_way(run: Run, acted: Acted) -> bool:
    """Whether the deployment was asked for before, and its answer was lost: it is judged now."""
    view = acted.snapshot.view if acted.snapshot else None
    return run.deploying and view is not None and view.deploys(run.the_stage.content.name)


def _goes_on_anyway(run: Run) -> bool:
    """Whether a freeze changes nothing: the share becomes smaller, or the place is not changed."""
    lowers = run.the_stage.percent < run.the_stage.found_percent
    return lowers or run.the_stage.beside is not None


def _may_be_made(run: Run) -> bool:
    """Whether the call of the stage was sent before, or an instance died that may have sent it."""
    return run.waiting is not None and run.waiting.what == "answer"


def _unless(frozen: bool, decided: Acted | Callable[[], None]) -> Acted | Callable[[], None]:
    """What was decided. A call that was not made yet is not made in a freeze."""
    return decided if isinstance(decided, Acted) or not frozen else Acted("frozen")


def _wait(run: Run, acted: Acted) -> Wait:
    """Wait before the call. A wait of another kind starts again."""
    view = acted.snapshot.view if acted.snapshot else None
    if acted.result == "lacking":
        minutes = LIVE_PATIENCE * run.update_minutes
        return wait_for("live", acted.reason, minutes * MINUTE_MS)
    if acted.result == "unanswered":
        return wait_for("answer", acted.reason)._replace(seconds=acted.seconds)
    return until_calm(view.status) if view and view.passing else wait_for("endpoint", acted.reason)


def _lacking(plan: Planned, stage: Stage, view: EndpointView) -> str | None:
    """Why no share may grow: live has fewer than F instances."""
    there = view.instances(plan.live_variant)
    raises = stage.raises and stage.content.share(CANDIDATE) > view.content.share(CANDIDATE)
    if not raises or there >= plan.floor:
        return None
    return f"{plan.live_variant} has {there} of the {plan.floor} instances that it had at the claim"
