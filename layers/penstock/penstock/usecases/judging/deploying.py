"""A deployment under way: its steps are told, and what is judged begins with its traffic."""

from dataclasses import dataclass

from penstock.domain.execution.announcements import TrafficShifted
from penstock.domain.execution.progress import Phase
from penstock.domain.execution.run import Run
from penstock.domain.judging.assessment import Finding
from penstock.domain.judging.judgement import Verdict
from penstock.domain.kinds.endpoint import EndpointView
from penstock.domain.kinds.pending import PendingDeployment
from penstock.domain.moments import MINUTE_MS
from penstock.domain.planning.deployment import GRACE
from penstock.ports.clock import Clock
from penstock.ports.people import Announcer


@dataclass(frozen=True)
class Deploying:
    """Follows what SageMaker shows. It changes nothing: SageMaker shifts by itself."""

    announcer: Announcer
    clock: Clock

    def follow(self, run: Run, phase: Phase, view: EndpointView | None) -> tuple[Run, Phase]:
        """The release after a look.

        The phase begins again once the new fleet has traffic: its warm-up counts from there.
        """
        progress, now = run.deployment, self.clock.now()
        if view is None or view.pending is None or progress is None:
            return run, phase
        pending = view.pending
        if progress.traffic_since is None and pending.has_traffic:
            run = run.but(deployment=progress.with_traffic(now))
            phase = phase.from_now(now)
        return self._reached(run, pending), phase

    def verdict(
        self, run: Run, verdict: Verdict, view: EndpointView | None, finding: Finding | None
    ) -> Verdict:
        """What follows while SageMaker shifts: only to hold on, or to roll back.

        A deployment that outlasts its time-out for long is stopped, so that people hear of it.
        """
        deployment, progress = run.the_stage.deploys, run.deployment
        if deployment is None or progress is None or verdict.action == "roll_back":
            return verdict
        count = view.counts.get(run.the_plan.live_variant, 1) if view else run.the_plan.floor
        minutes = (self.clock.now() - progress.since) / MINUTE_MS
        timeout = deployment.timeout(count)
        if minutes > timeout + GRACE:
            reason = (
                f"SageMaker has not ended the deployment within its {timeout} minutes and "
                f"{GRACE} more"
            )
            return Verdict("roll_back", reason)
        done = f"{run.the_stage.found_percent:g} % of the capacity"
        said = f"SageMaker deploys, minute {minutes:.0f} of at most {timeout}, {done}"
        return Verdict("hold", f"{said}: {finding.seen}" if finding else said)

    def _reached(self, run: Run, pending: PendingDeployment) -> Run:
        """Tell a step once. The minute in which it came is not judged."""
        before, percent = run.the_stage.found_percent, pending.percent
        if percent is None or percent <= before:
            return run
        told = self.announcer.announce(
            TrafficShifted(
                release_id=run.release,
                endpoint=run.the_endpoint,
                model_package_arn=run.package,
                from_percent=before,
                to_percent=percent,
                reason=f"SageMaker sends requests to {percent:g} % of the new fleet's capacity",
            )
        )
        if not told:
            return run
        left = run.comparison and run.comparison.leaves_share(self.clock.now())
        return run.but(stage=run.the_stage.reaching(percent), comparison=left)
