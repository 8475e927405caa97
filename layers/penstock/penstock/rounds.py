"""What the reconciler goes round: the endpoint of a dead execution, or everything."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter

from penstock.contracts import ExecutionEnded, SweepDue
from penstock.domain.execution.endings import gave_up
from penstock.ports import Executions, Ledger
from penstock.usecases.sweeping.aside import Aside, Thing
from penstock.usecases.sweeping.turns import Turns

ENDPOINTS_LEAVE_MS = 180_000
"""Milliseconds of a sweep that are the groups'."""

_EVENT: TypeAdapter[ExecutionEnded | SweepDue] = TypeAdapter(ExecutionEnded | SweepDue)


@dataclass(frozen=True)
class Rounds:
    """Answers the events of the rules `ended` and `sweep`.

    `count_untold` counts the endings that no task lived to count.
    """

    ledger: Ledger
    executions: Executions
    count_untold: Callable[[], None]
    reconcile: Callable[[str], str]
    sweep: Callable[[], dict[str, str]]
    aside: Aside
    turns: Turns

    def __call__(self, document: Mapping[str, Any]) -> dict[str, str]:
        """Reconcile what the event is about; answers what was done, by endpoint or group.

        An execution that failed owns nothing any more, but may have left scale-in suspended.

        What cannot be handled is set aside, endpoint by endpoint and group by group.

        Raises:
            pydantic.ValidationError: the event is of another source or malformed.
            PenstockError: the endpoints or the groups could not be listed.
        """
        event = _EVENT.validate_python(document)
        gates = self.ledger.gates()
        if isinstance(event, ExecutionEnded):
            ended = event.detail.execution_arn
            if gave_up(self.executions.cause(ended)):
                self.count_untold()
            left = [g for g in gates if g.owner == ended or (g.at_rest and g.suspension)]
            return {gate.endpoint: self._one(gate.endpoint) for gate in left}
        names = [gate.endpoint for gate in gates]
        done = self.turns("endpoint", names, self._one, ENDPOINTS_LEAVE_MS)
        return done | {f"group {group}": said for group, said in self.sweep().items()}

    def _one(self, endpoint: str) -> str:
        return self.aside(Thing("endpoint", endpoint), lambda: self.reconcile(endpoint))
