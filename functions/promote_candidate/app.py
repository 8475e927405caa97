"""Task "Promote the candidate": it serves all requests."""

from penstock.bootstrap import World
from penstock.tasks import task
from penstock.wiring.stage import promote

handler = task(World, promote)
