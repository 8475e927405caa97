"""Task "Roll back": first the shares, then the configuration."""

from penstock.bootstrap import World
from penstock.entry import acting_task

handler = acting_task(World, World.roll_back)
