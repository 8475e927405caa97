"""What a release starts from: known content, and alarms that do not fire."""

from penstock.domain.errors import Refused
from penstock.domain.execution.run import Run
from penstock.domain.kinds.endpoint import BEYOND_UPDATES, EndpointView
from penstock.domain.kinds.taken_over import one_variant
from penstock.domain.ledger.content import difference
from penstock.domain.ledger.gate import Gate
from penstock.ports.evidence import Alarms

_DELETE = "delete it, and the next release creates it"
_WAYS_OUT = {
    "UpdateRollbackFailed": "update it to a configuration that works, which repairs it, and "
    'release with "adopt": true',
    "Deleting": "release again when it is gone, and the release creates it",
}


class Drifted(Refused):
    """The endpoint is not as the ledger left it."""


def starting_config(run: Run, gate: Gate, view: EndpointView | None) -> str | None:
    """The configuration that the release starts from. None if there is no endpoint.

    Raises:
        Drifted: Somebody changed the endpoint. Only `adopt` accepts it.
        Refused: The release cannot start from it.
    """
    if view is None:
        if gate.content is None:
            return None
        raise Drifted(difference(None, gate.content))
    if view.status in BEYOND_UPDATES:
        raise Refused(_beyond_updates(gate, view))
    if run.asked.dry_run and not gate.at_rest:
        found = gate.previous or gate.content  # what the release in hand has found
        return found.name if found else None
    return _adopted(run, gate, view) if run.asked.adopt else _known(run, gate, view)


def _beyond_updates(gate: Gate, view: EndpointView) -> str:
    """The endpoint's condition, with a way out if the ledger knows no content of it."""
    if gate.content is not None:
        return view.condition
    return f"{view.condition}; {_WAYS_OUT.get(view.status, _DELETE)}"


def _adopted(run: Run, gate: Gate, view: EndpointView) -> str:
    if view.content.several:
        variants = {**view.content.weights, **view.content.shadows}
        raise one_variant(run.the_endpoint, variants, known=gate.content is not None)
    if not view.content.name:
        raise Refused(f"SageMaker shows no configuration of endpoint {run.the_endpoint}")
    return view.content.name


def _known(run: Run, gate: Gate, view: EndpointView) -> str:
    if gate.content is None:
        raise Refused(f'{run.the_endpoint} already exists; take it over with "adopt": true')
    if not any(view.content.same(known) for known in (gate.previous, gate.content)):
        raise Drifted(difference(view.content, gate.content))
    return gate.previous.name if gate.previous else view.content.name


def check_undoing_alarms(alarms: Alarms, names: tuple[str, ...]) -> None:
    """Check the alarms that undo a deployment: SageMaker goes back at once while one fires.

    Raises:
        Refused: One fires. No fix can be deployed like this, so `fix_forward` changes nothing.
    """
    states = alarms.states(names)
    if firing := [name for name, state in states.items() if state.value == "ALARM"]:
        raise Refused(
            f"already in ALARM: {', '.join(firing)}; SageMaker would undo the deployment at once, "
            "so release a fix with another strategy"
        )


def check_alarms(alarms: Alarms, names: tuple[str, ...], *, fix_forward: bool) -> None:
    """Check the policy's alarms, because one that fires before the start would end the release at
    once.

    Raises:
        Refused: An alarm already fires or does not exist.
    """
    states = alarms.states(names)
    if missing := [name for name in names if name not in states]:
        raise Refused(f"the policy names alarms that do not exist: {', '.join(missing)}")
    firing = [name for name, state in states.items() if state.value == "ALARM"]
    if firing and not fix_forward:
        raise Refused(
            f"already in ALARM: {', '.join(firing)}; to release a fix anyway, set"
            ' "fix_forward": true'
        )
