"""For shift_traffic: it may change weights alone, so it has neither alarms nor scale-in."""

from penstock.bootstrap import World
from penstock.usecases.moving.act import Act
from penstock.usecases.moving.advance import Advance, Shift
from penstock.usecases.patient import Patient
from penstock.wiring.acting import endpoints_inside, serving
from penstock.wiring.freezing import freezing
from penstock.wiring.ledger import ledger
from penstock.wiring.telling import outcomes, patient


def shift_traffic(world: World) -> Patient:
    """Open the gate one step."""
    act = Act(ledger(world), endpoints_inside(world), world.clock)
    task = Advance(act, Shift(serving(world)), outcomes(world), freezing(world))
    return patient(world, "shift", task)
