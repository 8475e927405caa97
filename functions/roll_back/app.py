"""Task "Roll back": first the shares, then the configuration."""

from penstock.bootstrap import World
from penstock.entry import task

handler = task(World, World.roll_back)
