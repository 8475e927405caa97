"""Stages about an endpoint beside the place: a rehearsal endpoint comes up, and goes again."""

from dataclasses import dataclass

from penstock.domain.execution.run import Run
from penstock.domain.execution.waits import POLL_SECONDS, Wait, wait_for
from penstock.domain.kinds.endpoint import BEYOND_UPDATES, EndpointView
from penstock.domain.moments import MINUTE_MS
from penstock.domain.planning.rehearsal import PATIENCE
from penstock.domain.planning.stage import Beside
from penstock.domain.reviewing.images import wrong_image
from penstock.ports.clock import Clock
from penstock.usecases.moving.act import Acted
from penstock.usecases.telling.outcomes import Outcomes

APPEARS_WITHIN_MS = 180_000
"""How long a new endpoint may be unknown, in ms."""


def made_by_us(endpoint: str, view: EndpointView | None) -> EndpointView | None:
    """A rehearsal endpoint, if a release made it: its configuration has its name."""
    return view if view and view.content.name == endpoint else None


def next_beside(beside: Beside, view: EndpointView | None) -> Acted | None:
    """The result of an act on an endpoint beside, inside the lock. None: the call is to be made."""
    ours = made_by_us(beside.endpoint, view)
    if beside.up and view and ours is None:
        return Acted("empty", _taken(beside))
    if beside.up:
        return Acted("done") if ours else None
    return None if ours and ours.status != "Deleting" else Acted("done")


@dataclass(frozen=True)
class LookBeside:
    """Looks whether an endpoint beside is there, or is gone, as its stage wants it."""

    outcomes: Outcomes
    clock: Clock

    def __call__(self, run: Run, beside: Beside, view: EndpointView | None) -> Run:
        """Wait on, go to the judge, or roll back. Only its answers are judged."""
        if not beside.up:
            return self._going(run, beside, made_by_us(beside.endpoint, view))
        if view is None:
            return self._unknown(run, beside)
        if made_by_us(beside.endpoint, view) is None:
            return self._back(run, _taken(beside))
        return self._coming(run, beside, view)

    def _coming(self, run: Run, beside: Beside, view: EndpointView) -> Run:
        named = f"the rehearsal endpoint {beside.endpoint}"
        if view.status in BEYOND_UPDATES:
            return self._back(run, f"{named} is {view.status}: {view.failure or 'no reason given'}")
        if not view.in_service:
            limit = PATIENCE * run.update_minutes * MINUTE_MS
            return self._wait(run, wait_for("endpoint", f"{named} is {view.status}", limit))
        variant = run.the_stage.watched.variant
        if wrong := wrong_image(run.the_plan.images, view.images.get(variant, ())):
            return self._back(run, f"{variant} of {named} {wrong}")
        return run.then("judge", waiting=None)

    def _going(self, run: Run, beside: Beside, view: EndpointView | None) -> Run:
        if view is None:
            return run.then("judge", waiting=None)
        said = f"the rehearsal endpoint {beside.endpoint} is {view.status} and not deleted yet"
        limit = PATIENCE * run.update_minutes * MINUTE_MS
        return self._wait(run, wait_for("endpoint", said, limit))

    def _unknown(self, run: Run, beside: Beside) -> Run:
        waiting = run.waits_for("endpoint", self.clock.now())
        if self.clock.now() - waiting.since < APPEARS_WITHIN_MS:
            return run.then("look", POLL_SECONDS, waiting=waiting)
        return self._back(run, f"the rehearsal endpoint {beside.endpoint} is gone")

    def _wait(self, run: Run, wait: Wait) -> Run:
        return self.outcomes.wait(run, "look", wait)

    def _back(self, run: Run, reason: str) -> Run:
        return run.back(self.outcomes.cause(run, reason))


def _taken(beside: Beside) -> str:
    return f"there is an endpoint {beside.endpoint} already that no rehearsal created"
