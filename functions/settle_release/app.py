"""Task "Settle the release": verify, clean up, write the end."""

from penstock.bootstrap import World
from penstock.entry import task
from penstock.wiring.settle import settle

handler = task(World, settle)
