"""What a release sets up around an endpoint, inside a lock: its alarms, and no scale-in."""

from penstock.adapters.alarms import CloudWatchAlarms
from penstock.adapters.scaling import AutoScaling
from penstock.bootstrap import ACTING, World


def scaling(world: World) -> AutoScaling:
    """The scale-in of an endpoint's variants."""
    return AutoScaling(world.client("application-autoscaling", ACTING))


def alarms_inside(world: World) -> CloudWatchAlarms:
    """A throttled call is tried again once the lock is given back."""
    return CloudWatchAlarms(world.client("cloudwatch", ACTING))
