"""For ask_golden: it alone may invoke endpoints, and it may change none."""

from penstock.adapters.golden import S3GoldenFiles, SageMakerModels
from penstock.bootstrap import World, answering_within
from penstock.usecases.judging.ask_golden import AskGolden
from penstock.usecases.patient import Patient
from penstock.wiring.ledger import ledger
from penstock.wiring.plans import plans
from penstock.wiring.telling import outcomes, patient, teller


def ask_golden(world: World) -> Patient:
    """Ask the golden requests."""
    files = S3GoldenFiles(world.client("s3"), world.environment.evidence_bucket)
    models = SageMakerModels(
        lambda seconds: world.client("sagemaker-runtime", answering_within(seconds))
    )
    task = AskGolden(
        ledger=ledger(world),
        plans=plans(world),
        files=files,
        models=models,
        announcer=teller(world),
        outcomes=outcomes(world),
        clock=world.clock,
    )
    return patient(world, "ask", task)
