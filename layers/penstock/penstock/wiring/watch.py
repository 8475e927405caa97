"""For watch_stage."""

from penstock.bootstrap import World
from penstock.usecases.judging.watch import WatchStage
from penstock.wiring.ledger import ledger


def watch_stage(world: World) -> WatchStage:
    """Keep the token of a wait."""
    return WatchStage(ledger(world), world.clock)
