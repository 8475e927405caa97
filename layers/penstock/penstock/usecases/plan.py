"""Plan: read everything anew after the claim, and lay down what the release is going to do."""

from dataclasses import dataclass

from penstock.domain import protocol
from penstock.domain.announcements import EndpointDrifted, ReleaseRefused, ReleaseStarted
from penstock.domain.content import Content
from penstock.domain.endpoint import BEYOND_UPDATES, EndpointView
from penstock.domain.errors import Missing, Refused
from penstock.domain.gate import Declined, Gate
from penstock.domain.plan import Plan, draw_plan
from penstock.domain.run import Run
from penstock.ports import Alarms, Announcer, Clock, Endpoints, Ledger
from penstock.usecases.admission import Admission, Admitted
from penstock.usecases.ending import Endings

CALM_SECONDS = 30


class Drifted(Refused):
    """The endpoint is not as the ledger left it."""


@dataclass(frozen=True)
class PlanRelease:
    """Touches no endpoint. A dry run touches not even the ledger."""

    admission: Admission
    ledger: Ledger
    endpoints: Endpoints
    alarms: Alarms
    announcer: Announcer
    endings: Endings
    clock: Clock

    def __call__(self, run: Run) -> Run:
        """Plan, wait for a calm endpoint, or refuse; a refusal gives the endpoint back."""
        gate = self.ledger.gate(run.the_endpoint)
        if not run.asked.dry_run and gate.owner != run.execution:
            return self.endings.lost(run)
        try:
            return self._plan(run, gate)
        except (Refused, Missing) as refused:
            return self._refuse(run, gate, refused)

    def _plan(self, run: Run, gate: Gate) -> Run:
        admitted = self.admission(run.asked)
        view = self.endpoints.look(run.the_endpoint)
        if view and view.status in BEYOND_UPDATES:
            raise Refused(f"the endpoint is {view.status}: {view.failure or 'no reason given'}")
        if view and not view.in_service and not run.asked.dry_run:
            return run.then("plan", CALM_SECONDS)
        base = self._base(run, gate, view)
        live = self.endpoints.setup(view, run.the_endpoint, base) if view and base else None
        self._check_alarms(run, admitted)
        plan = draw_plan(admitted.policy, admitted.package, run.release or "", live)
        notes = (*admitted.notes, *plan.notes, *plan.blueprint.differences)
        plan = plan.model_copy(update={"notes": notes})
        return (
            self._planned(run, gate, plan) if run.asked.dry_run else self._keep(run, plan, admitted)
        )

    def _base(self, run: Run, gate: Gate, view: EndpointView | None) -> str | None:
        """The configuration that the release starts from; None when there is no endpoint."""
        if view is None:
            if gate.content is None:
                return None
            raise Drifted(f"the endpoint is gone; the ledger left {gate.content.config}")
        if run.asked.dry_run and not gate.at_rest:
            found = gate.previous or gate.content  # what the release in hand has found
            return found.config if found else None
        if run.asked.adopt:
            self._adopt(run, view.content)
            return view.content.config
        if gate.content is None and gate.previous is None:
            raise Refused(f'{run.the_endpoint} exists already: adopt it with "adopt": true')
        if not any(view.content.same(known) for known in (gate.previous, gate.content) if known):
            expected = gate.content.config if gate.content else "nothing"
            raise Drifted(
                f"the endpoint shows {view.content.config} {view.content.weights}; "
                f"the ledger left {expected}"
            )
        return gate.previous.config if gate.previous else view.content.config

    def _adopt(self, run: Run, found: Content) -> None:
        if run.asked.dry_run:
            return
        self.ledger.write(run.the_endpoint, protocol.adopt(run.turn(self.clock.now()), found))

    def _check_alarms(self, run: Run, admitted: Admitted) -> None:
        """An alarm that fires before the start would end the release at once."""
        names = admitted.policy.alarms
        states = self.alarms.states(names)
        if missing := [name for name in names if name not in states]:
            raise Refused(f"the policy names alarms that do not exist: {', '.join(missing)}")
        firing = [name for name, state in states.items() if state.value == "ALARM"]
        if firing and not run.asked.fix_forward:
            raise Refused(
                f"already in ALARM: {', '.join(firing)} (a release that mends it: fix_forward)"
            )

    def _keep(self, run: Run, plan: Plan, admitted: Admitted) -> Run:
        record = {
            "plan": plan,
            "model": plan.blueprint.model_name,
            "reports": admitted.metrics,
        }
        write = protocol.plan(run.turn(self.clock.now()), plan.alarms, record)
        try:
            gate = self.ledger.write(run.the_endpoint, write)
        except Declined:
            return self.endings.lost(run)
        self.announcer.announce(
            ReleaseStarted(
                release_id=run.release,
                endpoint=plan.endpoint,
                model_package_arn=plan.package,
                strategy=plan.policy.rollout.strategy,
                stages=tuple(stage.says for stage in plan.stages),
                previous_model_package_arn=gate.serving,
                reason=run.asked.reason or "the package is approved",
            )
        )
        return run.then(plan.stages[0].act, plan=plan, position=0)

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
                self.ledger.write(run.the_endpoint, protocol.stop(run.turn(now), record, flags))
            except Declined:
                return self.endings.lost(run)
        about = run.about(reason)
        if drifted:
            self.announcer.announce(EndpointDrifted(**about))
        self.announcer.announce(ReleaseRefused(**about))
        return run.end("refused", reason, live_model_package_arn=gate.serving)
