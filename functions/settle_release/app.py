"""Task "Settle the release": verify, clean up, write the end."""

from penstock.bootstrap import World
from penstock.entry import acting_task

handler = acting_task(World, World.settle)
