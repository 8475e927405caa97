"""Task "Shift traffic": open the gate one step."""

from penstock.bootstrap import World
from penstock.entry import acting_task

handler = acting_task(World, World.shift)
