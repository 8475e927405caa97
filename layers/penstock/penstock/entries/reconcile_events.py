"""Events that reconcile: of one place, one group, or a dead execution."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter

from penstock.domain.execution.endings import gave_up
from penstock.domain.ledger.place import Key, known_place
from penstock.entries.contracts import ExecutionEnded, GroupDue, PlaceDue, ReconcileDue, SweepDue
from penstock.ports.executions import Executions
from penstock.ports.ledger import Ledger
from penstock.usecases.sweeping.aside import Aside, Thing

Due = ExecutionEnded | ReconcileDue | SweepDue
_EVENT: TypeAdapter[Due] = TypeAdapter(Due)


@dataclass(frozen=True)
class ReconcileEvents:
    """Handles the events of the rule `ended` and the sweep's hand-overs.

    `count_given_up` counts the endings that no task survived to count.
    """

    ledger: Ledger
    executions: Executions
    count_given_up: Callable[[], None]
    reconcile: Callable[[Key], str]
    reconcile_group: Callable[[str], str]
    aside: Aside

    def __call__(self, document: Mapping[str, Any]) -> dict[str, str]:
        """Reconcile what the event is about; answers what was done, by endpoint or group.

        What cannot be handled is set aside: people hear of it once. The schedule's own event does
        nothing here. Its rule calls the function `sweep`; while that is deployed, the rule of the
        version before still calls this one.

        Raises:
            pydantic.ValidationError: the event is of another source or malformed.
            PenstockError: the gates could not be listed.
        """
        match _EVENT.validate_python(document):
            case ExecutionEnded() as ended:
                return self._ended(ended.detail.execution_arn)
            case ReconcileDue() as due:
                return self._due(due.detail)
            case SweepDue():
                return {}

    def _ended(self, execution: str) -> dict[str, str]:
        """Reconcile after an execution failed.

        It may still own its endpoint, or have left scale-in suspended. Nothing is counted before
        the gates are listed, because Lambda repeats an invocation that fails.
        """
        gates = self.ledger.gates()
        if gave_up(self.executions.cause(execution)):
            self.count_given_up()
        done: dict[str, str] = {}
        for gate in gates:
            if gate.owner == execution or (gate.at_rest and gate.suspension):
                done |= self._place(gate.key)
        return done

    def _due(self, due: PlaceDue | GroupDue) -> dict[str, str]:
        return self._place(due.key) if isinstance(due, PlaceDue) else self._group(due.group)

    def _place(self, key: Key) -> dict[str, str]:
        return {key: self.aside(_thing(key), lambda: self.reconcile(key))}

    def _group(self, group: str) -> dict[str, str]:
        said = self.aside(Thing(f"group {group}"), lambda: self.reconcile_group(group))
        return {f"group {group}": said} if said else {}


def _thing(key: Key) -> Thing:
    """What people call the place. A key that somebody edited may name none."""
    place = known_place(key)
    return Thing(str(place), place.name) if place else Thing(f"place {key}")
