"""Task "Shift traffic": give the candidate the traffic share of its next step."""

from penstock.bootstrap import World
from penstock.entries.tasks import task
from penstock.wiring.shift import shift_traffic

handler = task(World, shift_traffic)
