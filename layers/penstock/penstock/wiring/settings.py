"""The stack's settings: only who reads them has them."""

from functools import cache

from penstock.adapters.stack_settings import StackSettings
from penstock.bootstrap import SETTLING, World


@cache
def settings(world: World) -> StackSettings:
    """Read at most once an invocation, which `World.begin` begins."""
    name = world.environment.settings_parameter
    world.settings = StackSettings(world.client("ssm", SETTLING), name)
    return world.settings
