"""For settle_release."""

from penstock.adapters.endpoints import SageMakerEndpoints
from penstock.adapters.serving.retiring import SageMakerRetiring
from penstock.adapters.sightings import DynamoSightings
from penstock.bootstrap import ACTING, World
from penstock.usecases.patient import Patient
from penstock.usecases.settling.cleanup import Cleanup
from penstock.usecases.settling.dismiss import Dismiss
from penstock.usecases.settling.resume import Resume
from penstock.usecases.settling.settle import Settle
from penstock.usecases.settling.survey import Survey
from penstock.usecases.telling.epilogue import Epilogue
from penstock.wiring.acting import endpoints_inside, serving
from penstock.wiring.ledger import ledger
from penstock.wiring.package_stages import stages
from penstock.wiring.preparing import alarms_inside, scaling
from penstock.wiring.telling import outcomes, patient, teller


def settle_release(world: World) -> Patient:
    """Verify, clean up, and write the end."""
    task = Settle(
        ledger=ledger(world),
        endpoints=endpoints_inside(world),
        cleanup=_cleanup(world),
        outcomes=outcomes(world),
        epilogue=Epilogue(ledger(world), teller(world), outcomes(world)),
        resume=Resume(scaling(world), teller(world), ledger(world)),
        stages=stages(world),
        dismiss=Dismiss(
            endpoints_inside(world), serving(world), teller(world), ledger(world), world.clock
        ),
        clock=world.clock,
    )
    return patient(world, "settle", task)


def _cleanup(world: World) -> Cleanup:
    retiring = SageMakerRetiring(world.client("sagemaker", ACTING))
    return Cleanup(ledger(world), _survey(world), retiring, alarms_inside(world))


def _survey(world: World) -> Survey:
    """Of all calls those of a clean-up are the least urgent: the first throttle ends it."""
    account = SageMakerEndpoints(world.client("sagemaker", ACTING))
    client, table = world.client("dynamodb"), world.environment.ledger_table
    return Survey(account, DynamoSightings(client, table, ledger(world), world.clock))
