"""What a function sees of endpoints and alarms outside a lock, where a call may be made again."""

from penstock.adapters.alarms import CloudWatchAlarms
from penstock.adapters.endpoints import SageMakerEndpoints
from penstock.bootstrap import World


def endpoints(world: World) -> SageMakerEndpoints:
    """For who only looks."""
    return SageMakerEndpoints(world.client("sagemaker"))


def alarms(world: World) -> CloudWatchAlarms:
    """The policy's alarms and a release's own."""
    return CloudWatchAlarms(world.client("cloudwatch"))
