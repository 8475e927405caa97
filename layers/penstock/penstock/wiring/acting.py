"""What changes an endpoint, inside a lock: no call is made again there."""

from penstock.adapters.endpoints import SageMakerEndpoints
from penstock.adapters.serving.table import ServingByKind, serving_by_kind
from penstock.bootstrap import ACTING, World


def endpoints_inside(world: World) -> SageMakerEndpoints:
    """For a look inside a lock."""
    return SageMakerEndpoints(world.client("sagemaker", ACTING))


def serving(world: World) -> ServingByKind:
    """The calls that change an endpoint."""
    return serving_by_kind(world.client("sagemaker", ACTING))
