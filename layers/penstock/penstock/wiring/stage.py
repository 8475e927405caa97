"""For stage_candidate and promote_candidate: either may be the first act of a release."""

from penstock.bootstrap import World
from penstock.usecases.moving.act import Act
from penstock.usecases.moving.advance import Advance
from penstock.usecases.moving.swap import Swap
from penstock.usecases.patient import Patient
from penstock.wiring.acting import endpoints_inside, serving
from penstock.wiring.freezing import freezing
from penstock.wiring.ledger import ledger
from penstock.wiring.plans import plans
from penstock.wiring.preparing import alarms_inside, scaling
from penstock.wiring.telling import outcomes, patient


def stage(world: World) -> Patient:
    """Put the candidate beside what serves."""
    return patient(world, "stage", _first(world))


def promote(world: World) -> Patient:
    """Have the candidate serve all requests."""
    return patient(world, "promote", _first(world))


def _first(world: World) -> Advance:
    act = Act(ledger(world), endpoints_inside(world), world.clock)
    swap = Swap(serving(world), alarms_inside(world), scaling(world), plans(world))
    return Advance(act, swap, outcomes(world), freezing(world))
