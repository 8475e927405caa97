"""For sweep."""

from collections.abc import Callable

from penstock.adapters.reconciling import ReconcileFunction
from penstock.bootstrap import World
from penstock.ports.clock import TimeLeft
from penstock.usecases.sweeping.round_robin import RoundRobin
from penstock.usecases.sweeping.sweep import Sweep
from penstock.wiring.ledger import ledger
from penstock.wiring.packages import policies, sweep_notes


def sweep(world: World, log: Callable[[str], None], time_left: TimeLeft) -> Sweep:
    """Hand everything over."""
    function = world.environment.reconcile_function
    return Sweep(
        ledger=ledger(world),
        policies=policies(world),
        feeders=sweep_notes(world),
        reconciling=ReconcileFunction(world.client("lambda"), function),
        round_robin=RoundRobin(sweep_notes(world), time_left),
        only_one=sweep_notes(world),
        clock=world.clock,
        pause=world.sleep,
        log=log,
    )
