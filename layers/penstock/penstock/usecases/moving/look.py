"""Look: does the endpoint show the requested content?"""

from dataclasses import dataclass
from functools import cached_property

from penstock.domain import protocol
from penstock.domain.execution.announcements import TrafficShifted
from penstock.domain.execution.progress import DeploymentProgress, Phase, WaitProgress
from penstock.domain.execution.run import Run
from penstock.domain.execution.waits import POLL_SECONDS, until_calm
from penstock.domain.kinds.endpoint import BEYOND_UPDATES, EndpointView
from penstock.domain.ledger.content import difference
from penstock.domain.ledger.gate import WINDOW, Declined, Gate
from penstock.domain.reviewing.images import wrong_image
from penstock.ports.clock import Clock
from penstock.ports.evidence import Alarms
from penstock.ports.ledger import Ledger
from penstock.ports.people import Announcer
from penstock.ports.serving import Endpoints
from penstock.usecases.moving.beside import APPEARS_WITHIN_MS
from penstock.usecases.moving.look_beside import LookBeside
from penstock.usecases.moving.undone import Undone
from penstock.usecases.telling.outcomes import Outcomes


@dataclass(frozen=True)
class LookAtEndpoint:
    """Verifies a step by its content.

    InService proves nothing, because SageMaker undoes updates silently (R11).
    """

    ledger: Ledger
    endpoints: Endpoints
    alarms: Alarms
    announcer: Announcer
    outcomes: Outcomes
    clock: Clock

    def __call__(self, run: Run) -> Run:
        """One look, then wait on, ask golden requests, begin the watch, or roll back.

        The look renews the lease, because a new fleet may take longer than a lease lasts.
        """
        try:
            writer = run.writer(self.clock.now())
            gate = self.ledger.write(run.the_key, protocol.keep_alive(writer))
        except Declined:
            return self.outcomes.lost(run)
        if not gate.lock_free(self.clock.now()):
            return run.then("look", POLL_SECONDS)
        stage = run.the_stage
        if stage.target is None and not stage.beside:
            return self._begin_watch(run)
        view = self.endpoints.look(stage.about(run.the_endpoint))
        if stage.beside:
            return LookBeside(self.outcomes, self.clock)(run, stage.beside, view)
        if view is None:
            return self._unknown(run, run.waits_for("endpoint", self.clock.now()))
        if view.status in BEYOND_UPDATES:
            return run.back(self.outcomes.cause(run, view.condition))
        if not view.in_service:
            return self._changing(run, view)
        return self._verify(run, gate, view)

    def _changing(self, run: Run, view: EndpointView) -> Run:
        """Wait for SageMaker. A deployment that it makes by itself is judged meanwhile."""
        ours = run.the_stage.content.name if run.deploying else ""
        follows = run.deployment is not None and not view.deploys_another(ours)
        if not (run.deploying and (follows or view.deploys(ours))):
            return self.outcomes.wait(run, "look", until_calm(view.status))
        now, pending = self.clock.now(), view.pending
        began = DeploymentProgress(since=(pending and pending.since) or now)
        progress, phase = run.deployment or began, run.phase or Phase(since=now)
        return run.then("judge", deployment=progress, phase=phase, waiting=None)

    def _unknown(self, run: Run, waiting: WaitProgress) -> Run:
        if run.the_plan.first and self.clock.now() - waiting.since < APPEARS_WITHIN_MS:
            return run.then("look", POLL_SECONDS, waiting=waiting)
        return run.back(self.outcomes.cause(run, f"the endpoint {run.the_endpoint} is gone"))

    def _verify(self, run: Run, gate: Gate, view: EndpointView) -> Run:
        stage = run.the_stage
        if not view.content.same(stage.target):
            if not self._ours(run, gate, view):
                return self.outcomes.drifted(run, difference(view.content, gate.content))
            if run.deploying:
                return run.back(self._undone(run, gate, view))
            cause = view.failure or "SageMaker undid the update without a reason"
            return run.back(self.outcomes.cause(run, cause))
        run = run.but(stage=stage.deployed(), deployment=None) if run.deploying else run
        if wrong := self._wrong_image(run, view):
            return run.back(self.outcomes.cause(run, wrong))
        if run.asks_golden("verified"):
            return run.then("ask", waiting=None)
        return self._begin_watch(run)

    @cached_property
    def _undone(self) -> Undone:
        return Undone(self.alarms, self.outcomes, self.clock)

    def _ours(self, run: Run, gate: Gate, view: EndpointView) -> bool:
        known = any(view.content.same(content) for content in (gate.previous, gate.content))
        return known or run.the_plan.knows(run.the_endpoint, view.content)

    def _wrong_image(self, run: Run, view: EndpointView) -> str | None:
        """Why the resolved image is not the reviewed one. None if it is."""
        variant = run.the_stage.watched.variant
        if not run.the_stage.swaps:
            return None
        wrong = wrong_image(run.the_plan.images, view.images.get(variant, ()))
        return f"{variant} {wrong}" if wrong else None

    def _begin_watch(self, run: Run) -> Run:
        """Begin the watch, because the share is verified."""
        stage, now = run.the_stage, self.clock.now()
        writer, quiet = run.writer(now), now + stage.rules.quiet_minutes * 60_000
        try:
            if stage.final:
                self.ledger.write(run.the_key, protocol.enter_window(writer, quiet))
            elif stage.swaps:
                self.ledger.write(run.the_key, protocol.keep_quiet(writer, quiet))
        except Declined as declined:
            if not _entered(run, declined.gate):
                return run.back(self.outcomes.cause(run, "the release was stopped"))
        self._tell(run)
        return run.watch(Phase(since=now), now)

    def _tell(self, run: Run) -> None:
        before = run.the_stage.found_percent
        if before != run.the_stage.percent:
            self.announcer.announce(
                TrafficShifted(
                    release_id=run.release,
                    endpoint=run.the_endpoint,
                    model_package_arn=run.package,
                    from_percent=before,
                    to_percent=run.the_stage.percent,
                    reason=f"{run.the_stage.percent:g} % of the requests go to the new package",
                )
            )


def _entered(run: Run, gate: Gate) -> bool:
    """Whether an earlier run of this task entered the window and its answer was lost."""
    mine = gate.owner == run.execution and gate.release == run.release
    return mine and gate.step == WINDOW and gate.halt is None
