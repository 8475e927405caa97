"""For resolve_request."""

from penstock.adapters.executions import ReviewFunction
from penstock.bootstrap import WAITING, World
from penstock.usecases.claiming.resolve import Resolve
from penstock.wiring.ledger import ledger
from penstock.wiring.packages import admission
from penstock.wiring.telling import teller


def resolve_request(world: World) -> Resolve:
    """A package without a review is reviewed first, by the function that does so."""
    function = ReviewFunction(world.client("lambda", WAITING), world.environment.review_function)
    return Resolve(admission(world, function), teller(world), ledger(world))
