"""For sweep."""

from collections.abc import Callable

from penstock.adapters.reconciling import ReconcileFunction
from penstock.bootstrap import World
from penstock.ports.clock import TimeLeft
from penstock.usecases.sweeping.sweep import Sweep
from penstock.usecases.sweeping.turns import Turns
from penstock.wiring.ledger import ledger
from penstock.wiring.packages import notes, policies


def sweep(world: World, log: Callable[[str], None], time_left: TimeLeft) -> Sweep:
    """Hand everything over."""
    function = world.environment.reconcile_function
    return Sweep(
        ledger=ledger(world),
        policies=policies(world),
        feeders=notes(world),
        reconciling=ReconcileFunction(world.client("lambda"), function),
        turns=Turns(notes(world), time_left),
        only_one=notes(world),
        clock=world.clock,
        pause=world.sleep,
        log=log,
    )
