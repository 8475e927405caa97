"""Task "Promote the candidate": it serves all requests."""

from penstock.bootstrap import World
from penstock.entry import task

handler = task(World, World.promote)
