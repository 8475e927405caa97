"""Task "Judge what is seen": advance, hold or roll back."""

from penstock.bootstrap import World
from penstock.entry import task

handler = task(World, World.judge)
