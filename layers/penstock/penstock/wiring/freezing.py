"""The freeze, for whoever goes forward."""

from penstock.adapters.freezes import ParameterFreezes
from penstock.bootstrap import SETTLING, World
from penstock.usecases.freezing import Freezing
from penstock.wiring.settings import settings
from penstock.wiring.telling import teller


def freezing(world: World) -> Freezing:
    """Read at every question, because people write it while releases run."""
    freezes = ParameterFreezes(world.client("ssm", SETTLING), settings(world).control_path)
    return Freezing(freezes, teller(world), world.clock)
