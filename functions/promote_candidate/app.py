"""Task "Promote the candidate": let it serve all requests."""

from penstock.bootstrap import World
from penstock.entries.tasks import task
from penstock.wiring.stage import promote

handler = task(World, promote)
