"""For watch_stage."""

from penstock.bootstrap import World
from penstock.usecases.judging.watch import Watch
from penstock.wiring.ledger import ledger


def watch(world: World) -> Watch:
    """Keep the token of a wait."""
    return Watch(ledger(world), world.clock)
