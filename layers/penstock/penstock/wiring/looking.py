"""What a function sees of endpoints outside a lock, where a call may be made again."""

from penstock.adapters.endpoints import SageMakerEndpoints
from penstock.bootstrap import World


def endpoints(world: World) -> SageMakerEndpoints:
    """For who only looks."""
    return SageMakerEndpoints(world.client("sagemaker"))
