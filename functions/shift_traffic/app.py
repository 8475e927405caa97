"""Task "Shift traffic": open the gate one step."""

from penstock.bootstrap import World
from penstock.tasks import task
from penstock.wiring.shift import shift

handler = task(World, shift)
