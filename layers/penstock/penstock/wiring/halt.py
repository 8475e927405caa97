"""For halt_release."""

from penstock.adapters.reconciling import ReconcileFunction
from penstock.bootstrap import World
from penstock.entries.halt_events import HaltEvents
from penstock.usecases.halt import HaltRelease
from penstock.usecases.revoking import RevokeServing
from penstock.wiring.executions import executions
from penstock.wiring.ledger import ledger


def halt_events(world: World) -> HaltEvents:
    """Halt what an event is about."""
    reconciling = ReconcileFunction(world.client("lambda"), world.environment.reconcile_function)
    serving = RevokeServing(ledger(world), reconciling)
    return HaltEvents(halting(world), serving, world.clock, world.environment.home)


def halting(world: World) -> HaltRelease:
    """Flag a release, and wake its execution."""
    return HaltRelease(ledger(world), executions(world))
