"""Task "Roll back": restore the traffic first, then the configuration."""

from penstock.bootstrap import World
from penstock.entries.tasks import task
from penstock.wiring.roll_back import roll_back

handler = task(World, roll_back)
