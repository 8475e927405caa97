"""Alarms as a function sees them outside a lock, where a call may be made again."""

from penstock.adapters.alarms import CloudWatchAlarms
from penstock.bootstrap import World


def alarms(world: World) -> CloudWatchAlarms:
    """The policy's alarms and a release's own."""
    return CloudWatchAlarms(world.client("cloudwatch"))
