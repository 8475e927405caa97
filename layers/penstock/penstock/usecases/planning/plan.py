"""Plan: read everything again after the claim, and draw up what the release is going to do."""

from dataclasses import dataclass

from penstock.domain import protocol
from penstock.domain.errors import Missing, Refused
from penstock.domain.execution.announcements import ReleaseRefused, ReleaseStarted
from penstock.domain.execution.progress import RollbackCause
from penstock.domain.execution.run import Run
from penstock.domain.execution.waits import until_calm
from penstock.domain.kinds.endpoint import EndpointView
from penstock.domain.ledger.gate import Declined, Gate, Suspension
from penstock.domain.planning.known import NOTHING_KNOWN, Completed
from penstock.domain.planning.onward import walk_begun
from penstock.domain.planning.plan import Plan
from penstock.domain.planning.planning import draw_plan
from penstock.domain.planning.size import check_size
from penstock.domain.policy.limits import check_drawn
from penstock.ports.clock import Clock
from penstock.ports.evidence import Alarms
from penstock.ports.ledger import Ledger, Plans
from penstock.ports.people import Announcer
from penstock.ports.serving import Endpoints, Scaling
from penstock.usecases.claiming.admission import Admission, Admitted
from penstock.usecases.claiming.quarantine import quarantined
from penstock.usecases.package_stages import WriteStages
from penstock.usecases.planning.golden_requests import GoldenRead, GoldenRequests
from penstock.usecases.planning.life_cycle import life_cycle
from penstock.usecases.planning.starting_point import (
    Drifted,
    check_alarms,
    check_undoing_alarms,
    starting_config,
)
from penstock.usecases.planning.what_is_known import WhatIsKnown
from penstock.usecases.planning.what_serves import WhatServes
from penstock.usecases.telling.outcomes import Outcomes


@dataclass(frozen=True)
class PlanRelease:
    """Draws and stores the plan.

    It changes no endpoint, and a dry run does not even change the ledger.
    """

    admission: Admission
    ledger: Ledger
    plans: Plans
    endpoints: Endpoints
    alarms: Alarms
    scaling: Scaling
    known: WhatIsKnown
    golden: GoldenRequests
    stages: WriteStages
    announcer: Announcer
    outcomes: Outcomes
    clock: Clock

    def __call__(self, run: Run) -> Run:
        """Plan, wait for the endpoint to settle, or refuse. A refusal gives the endpoint back."""
        gate = self.ledger.gate(run.the_key)
        if not run.asked.dry_run and gate.owner != run.execution:
            return self.outcomes.lost(run)
        try:
            return self._plan(run, gate)
        except Declined:
            return self.outcomes.lost(run)
        except (Refused, Missing) as refused:
            return self._refuse(run, gate, refused)

    def _plan(self, run: Run, gate: Gate) -> Run:
        admitted = self.admission(run.asked)
        if kept := quarantined(self.ledger, run.asked, admitted):
            raise Refused(kept)
        if admitted.policy.endpoint.casefold() != run.the_endpoint.casefold():
            named = admitted.policy.endpoint
            raise Refused(f"the policy names the endpoint {named} now, not {run.the_endpoint}")
        view = self.endpoints.look(run.the_endpoint)
        if view and view.passing and not run.asked.dry_run:
            return self._wait(run, view.status, admitted.policy.rollout.update_minutes)
        if view and view.repairable and gate.content and not _only_asks(run):
            return run.back(RollbackCause(kind="failure", reason=view.condition))
        base = starting_config(run, gate, view)
        live = self._serves(gate, view, run.the_endpoint, base) if view and base else None
        names, fix_forward = admitted.policy.alarms, run.asked.fix_forward
        check_alarms(self.alarms, names, fix_forward=fix_forward)
        read = self.golden.read(admitted.policy.golden)
        found, known = Completed(admitted.policy), NOTHING_KNOWN
        if live:
            found, known = self.known(admitted.policy, live)
        known = known._replace(golden=read.golden if read else None)
        plan = draw_plan(found.policy, admitted.package, run.release or "", live, known)
        if plan.planned.deploys and fix_forward:
            check_undoing_alarms(self.alarms, names)
        check_drawn(self.admission.limits(), plan.blueprint, self.admission.home)
        notes = (*admitted.notes, *found.notes, *plan.notes, *plan.blueprint.differences)
        plan = plan.noting(notes)
        after = self._planned(run, gate, plan) if run.asked.dry_run else walk_begun(run, plan)
        check_size(after, plan, admitted.metrics)
        if run.asked.dry_run:
            return after
        self._adopt(run, gate, view, plan.kind)
        suspends = live is not None and live.scale_in == "on"
        planned = self._keep(run, gate, plan, admitted, read, suspends=suspends)
        unwritten = self.stages(planned)
        return after.but(trouble=unwritten) if unwritten else after

    @property
    def _serves(self) -> WhatServes:
        registry = self.admission.registry
        return WhatServes(self.endpoints, self.ledger, self.plans, self.scaling, registry)

    def _adopt(self, run: Run, gate: Gate, view: EndpointView | None, kind: str) -> None:
        """Accept the endpoint's content if a person said `adopt`.

        A refused release adopts nothing.
        """
        if run.asked.adopt and view and not view.content.same(gate.content):
            writer = run.writer(self.clock.now())
            self.ledger.write(run.the_key, protocol.adopt(writer, view.content.of_kind(kind)))

    def _wait(self, run: Run, status: str, update_minutes: int) -> Run:
        """Waits for the endpoint to settle, and renews the lease so that nobody presumes this
        execution dead.
        """
        waits, calm = self.outcomes.waits, until_calm(status)
        if overdue := waits.overdue(run, calm):
            raise Refused(overdue)
        writer = run.writer(self.clock.now())
        self.ledger.write(run.the_key, protocol.keep_alive(writer))
        return waits.on(run, "plan", calm, "is refused", update_minutes)

    def _keep(
        self,
        run: Run,
        gate: Gate,
        plan: Plan,
        admitted: Admitted,
        read: GoldenRead | None,
        *,
        suspends: bool,
    ) -> Gate:
        self.golden.keep(read)
        self.plans.keep(run.the_key, plan)
        record = {
            "planned": plan.planned,
            "model": plan.blueprint.model_name,
            "reports": admitted.metrics,
            **({"made_of": admitted.made_of} if admitted.made_of else {}),
        }
        suspension = Suspension(variant=plan.live_variant) if suspends else None
        rehearsals = protocol.rehearsing(gate, plan.blueprint.rehearsal_name)
        shadow, writer = plan.blueprint.shadow_name, run.writer(self.clock.now())
        left = tuple(dict.fromkeys((*gate.leftovers, shadow))) if shadow else ()
        write = protocol.plan(writer, plan.alarms, record, suspension, rehearsals, left)
        cycle = life_cycle(gate, run.release or "", admitted)
        after = self.ledger.write(run.the_key, protocol.staging(write, gate, cycle))
        self.announcer.announce(
            ReleaseStarted(
                release_id=run.release,
                endpoint=plan.endpoint,
                model_package_arn=plan.package,
                strategy=plan.policy.rollout.strategy,
                stages=tuple(stage.says for stage in plan.stages),
                previous_model_package_arn=after.serving,
                reason=run.asked.reason or "the package is approved",
            )
        )
        return after

    def _planned(self, run: Run, gate: Gate, plan: Plan) -> Run:
        holder = f"held by {gate.owner}" if gate.owner else "free"
        return run.end(
            "planned",
            f"the endpoint is {holder}; nothing was done",
            plan=plan.model_dump(mode="json", exclude={"policy"}),
            live_model_package_arn=gate.serving,
        )

    def _refuse(self, run: Run, gate: Gate, refused: Exception) -> Run:
        reason, drifted = str(refused), isinstance(refused, Drifted)
        if not run.asked.dry_run:
            now = self.clock.now()
            record = {"state": "refused", "reason": reason, "ended_at": now}
            flags = {"drift": reason} if drifted else {}
            try:
                refusal = protocol.refuse(run.writer(now), gate, record, flags)
                self.outcomes.outbox(self.ledger.write(run.the_key, refusal))
            except Declined:
                return self.outcomes.lost(run)
        else:
            self.announcer.announce(ReleaseRefused(**run.about(reason)))
        return run.end("refused", reason, live_model_package_arn=gate.serving)


def _only_asks(run: Run) -> bool:
    """Whether the release must not repair the endpoint: it is a dry run, or it adopts."""
    return run.asked.dry_run or run.asked.adopt
