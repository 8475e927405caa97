"""The stages of packages' lives, for whoever decides or repairs them."""

from penstock.adapters.package_stages import SageMakerStages
from penstock.bootstrap import World
from penstock.usecases.package_stages import WriteStages
from penstock.wiring.ledger import ledger
from penstock.wiring.telling import teller


def stages(world: World) -> WriteStages:
    """Write what is due."""
    return WriteStages(ledger(world), SageMakerStages(world.client("sagemaker")), teller(world))
