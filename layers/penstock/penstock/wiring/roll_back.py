"""For roll_back."""

from penstock.adapters.brakes import CloudWatchBrakes
from penstock.adapters.endpoints import SageMakerEndpoints
from penstock.bootstrap import HURRYING, World
from penstock.usecases.moving.act import Act
from penstock.usecases.moving.roll_back import RollBack
from penstock.usecases.patient import Patient
from penstock.wiring.acting import serving
from penstock.wiring.ledger import ledger
from penstock.wiring.telling import outcomes, patient, teller


def roll_back(world: World) -> Patient:
    """Put back what served before."""
    endpoints = SageMakerEndpoints(world.client("sagemaker", HURRYING))
    act = Act(ledger(world), endpoints, world.clock)
    brakes = CloudWatchBrakes(world.client("cloudwatch", HURRYING))
    back = RollBack(act, serving(world), brakes, teller(world), outcomes(world))
    return patient(world, "roll_back", back)
