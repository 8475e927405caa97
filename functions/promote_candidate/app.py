"""Task "Promote the candidate": it serves all requests."""

from penstock.bootstrap import World
from penstock.entry import acting_task

handler = acting_task(World, World.promote)
