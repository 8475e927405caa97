"""What the reconciler goes round: the endpoint of a dead execution, or everything."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter

from penstock.contracts import ExecutionEnded, SweepDue
from penstock.domain.endings import gave_up
from penstock.domain.errors import PenstockError
from penstock.ports import Executions, Ledger
from penstock.usecases.reconcile import Reconcile
from penstock.usecases.sweep import Sweep

_EVENT: TypeAdapter[ExecutionEnded | SweepDue] = TypeAdapter(ExecutionEnded | SweepDue)


@dataclass(frozen=True)
class Rounds:
    """Answers the events of the rules `ended` and `sweep`.

    `count_untold` counts the endings that no task lived to count.
    """

    ledger: Ledger
    executions: Executions
    count_untold: Callable[[], None]
    reconcile: Reconcile
    sweep: Sweep

    def __call__(self, document: Mapping[str, Any]) -> dict[str, str]:
        """Reconcile what the event is about; answers what was done, by endpoint or group.

        An execution that failed owns nothing any more, but may have left scale-in suspended.

        Raises:
            pydantic.ValidationError: the event is of another source or malformed.
            PenstockError: an endpoint could not be reconciled; everything else was done before.
        """
        event = _EVENT.validate_python(document)
        gates = self.ledger.gates()
        if isinstance(event, ExecutionEnded):
            ended = event.detail.execution_arn
            if gave_up(self.executions.cause(ended)):
                self.count_untold()
            left = [g for g in gates if g.owner == ended or (g.at_rest and g.suspension)]
            return {gate.endpoint: self.reconcile(gate.endpoint) for gate in left}
        failed: list[PenstockError] = []
        done = {gate.endpoint: self._one(gate.endpoint, failed) for gate in gates}
        done |= {f"group {group}": said for group, said in self.sweep().items()}
        if failed:
            raise failed[0]
        return done

    def _one(self, endpoint: str, failed: list[PenstockError]) -> str:
        """One endpoint's damage keeps no other waiting; it fails the round afterwards."""
        try:
            return self.reconcile(endpoint)
        except PenstockError as error:
            failed.append(error)
            return str(error)
