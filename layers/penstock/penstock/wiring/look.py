"""For look_at_endpoint."""

from penstock.bootstrap import World
from penstock.usecases.moving.look import LookAtEndpoint
from penstock.usecases.patient import Patient, timeless
from penstock.wiring.alarms import alarms
from penstock.wiring.ledger import ledger
from penstock.wiring.looking import endpoints
from penstock.wiring.telling import outcomes, patient, teller


def look_at_endpoint(world: World) -> Patient:
    """See whether what was asked for is there."""
    task = LookAtEndpoint(
        ledger(world),
        endpoints(world),
        alarms(world),
        teller(world),
        outcomes(world),
        world.clock,
    )
    return patient(world, "look", timeless(task))
