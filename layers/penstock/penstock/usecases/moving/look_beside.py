"""Look at an endpoint beside the place: is it there, or gone, as its stage wants it?"""

from dataclasses import dataclass

from penstock.domain.execution.run import Run
from penstock.domain.execution.waits import POLL_SECONDS, REHEARSAL_PATIENCE, Wait, wait_for
from penstock.domain.kinds.endpoint import BEYOND_UPDATES, EndpointView
from penstock.domain.moments import MINUTE_MS
from penstock.domain.planning.stage import Beside
from penstock.domain.reviewing.images import wrong_image
from penstock.ports.clock import Clock
from penstock.usecases.moving.beside import APPEARS_WITHIN_MS, made_by_us, taken
from penstock.usecases.telling.outcomes import Outcomes


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
            return self._back(run, taken(beside))
        return self._coming(run, beside, view)

    def _coming(self, run: Run, beside: Beside, view: EndpointView) -> Run:
        named = f"the rehearsal endpoint {beside.endpoint}"
        if view.status in BEYOND_UPDATES:
            return self._back(run, f"{named} is {view.status}: {view.failure or 'no reason given'}")
        if not view.in_service:
            limit = REHEARSAL_PATIENCE * run.update_minutes * MINUTE_MS
            return self._wait(run, wait_for("endpoint", f"{named} is {view.status}", limit))
        variant = run.the_stage.watched.variant
        if wrong := wrong_image(run.the_plan.images, view.images.get(variant, ())):
            return self._back(run, f"{variant} of {named} {wrong}")
        return run.then("judge", waiting=None)

    def _going(self, run: Run, beside: Beside, view: EndpointView | None) -> Run:
        if view is None:
            return run.then("judge", waiting=None)
        said = f"the rehearsal endpoint {beside.endpoint} is {view.status} and not deleted yet"
        limit = REHEARSAL_PATIENCE * run.update_minutes * MINUTE_MS
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
