"""For halt_release."""

from penstock.bootstrap import World
from penstock.entries.halt_events import HaltEvents
from penstock.usecases.halt import HaltRelease
from penstock.wiring.executions import executions
from penstock.wiring.ledger import ledger


def halt_events(world: World) -> HaltEvents:
    """Halt what an event is about."""
    return HaltEvents(halting(world), world.clock, world.environment.home)


def halting(world: World) -> HaltRelease:
    """Flag a release, and wake its execution."""
    return HaltRelease(ledger(world), executions(world))
