"""Task "Shift traffic": open the gate one step."""

from penstock.bootstrap import World
from penstock.entry import task

handler = task(World, World.shift)
