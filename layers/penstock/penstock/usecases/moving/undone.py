"""Why SageMaker undid a deployment: no field says it, so it is told as far as it can be told."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from penstock.domain.execution.progress import RollbackCause
from penstock.domain.execution.run import Run
from penstock.domain.judging.judgement import AlarmState
from penstock.domain.kinds.endpoint import EndpointView
from penstock.domain.ledger.gate import Gate
from penstock.domain.moments import MINUTE_MS
from penstock.domain.planning.brake import brake_name
from penstock.ports.clock import Clock
from penstock.ports.evidence import Alarms
from penstock.usecases.telling.outcomes import Outcomes


class Undoing(NamedTuple):
    """The cause as a sentence, and whether it speaks against the package."""

    reason: str
    against: bool = False


@dataclass(frozen=True)
class Undone:
    """An endpoint that is InService on what served before was rolled back, never deployed."""

    alarms: Alarms
    outcomes: Outcomes
    clock: Clock

    def __call__(self, run: Run, gate: Gate, view: EndpointView) -> RollbackCause:
        """The cause: a halt, an alarm, the time-out, or what SageMaker says (facts-2, B)."""
        now, brake = self.clock.now(), brake_name(gate.endpoint)
        began = run.deployment.since if run.deployment else run.waits_for("endpoint", now).since
        minutes = ((view.modified or now) - began) / MINUTE_MS
        states = self.alarms.states((*gate.alarms, brake))
        fired = _fired(states, gate.started_at)
        deployment = run.the_stage.deploys
        timeout = deployment and deployment.timeout(view.counts.get(run.the_plan.live_variant, 1))
        if fired:
            cause = Undoing(f"the alarm {fired} fired", against=fired != brake)
        elif timeout and minutes >= timeout:
            cause = Undoing(f"it was not done within its {timeout} minutes")
        else:
            cause = Undoing(view.failure or "SageMaker gives no reason")
        reason = (
            f"SageMaker undid the deployment after {max(0, minutes):.0f} minutes: {cause.reason}"
        )
        found = self.outcomes.cause(run, reason)
        if found.kind != "failure" or not cause.against:
            return found
        return found.speaking_against(reason)


def _fired(states: Mapping[str, AlarmState], after: int) -> str | None:
    return min((name for name, state in states.items() if state.fires_since(after)), default=None)
