"""The call that gives an endpoint another configuration, or makes one to rehearse on."""

from dataclasses import dataclass

from penstock.domain.execution.run import Run
from penstock.domain.planning import checks
from penstock.domain.planning.plan import Plan
from penstock.domain.planning.stage import Beside
from penstock.ports.evidence import Alarms
from penstock.ports.ledger import Plans
from penstock.ports.serving import Scaling, Serving
from penstock.usecases.moving.act import Snapshot
from penstock.usecases.moving.advance import Call


@dataclass(frozen=True)
class Swap:
    """Changes the configuration. Its alarms are created before it gets traffic."""

    serving: Serving
    alarms: Alarms
    scaling: Scaling
    plans: Plans

    def __call__(self, run: Run) -> Call:
        """Request the configuration of the stage in hand."""
        plan = self.plans.plan(run.the_key, run.release or "", run.the_plan.digest)
        if beside := run.the_stage.beside:
            return lambda snapshot: self._beside(plan, beside, snapshot)
        return lambda snapshot: self._call(run, plan, snapshot)

    def _beside(self, plan: Plan, beside: Beside, snapshot: Snapshot) -> None:
        """Create the rehearsal endpoint, or delete it as it was just seen."""
        if snapshot.view is None:
            self.serving.rehearse(plan)
        else:
            self.serving.remove(beside.endpoint, snapshot.view.content.of_kind(plan.kind))

    def _call(self, run: Run, plan: Plan, snapshot: Snapshot) -> None:
        """The first call of a release removes an earlier release's alarms and suspends scale-in,
        which the gate has noted before.
        """
        stage, suspension = run.the_stage, snapshot.gate.suspension
        alone = stage.begins
        if alone and suspension:
            self.scaling.suspend(plan.endpoint, suspension.variant)
        left = checks.every_name(plan.endpoint) if alone else ()
        self.alarms.renew(plan.checks(stage), plan.blueprint.tags, left)
        self.serving.forward(plan, stage, snapshot.view)
