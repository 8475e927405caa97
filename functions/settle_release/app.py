"""Task "Settle the release": verify, clean up, write the end."""

from penstock.bootstrap import World
from penstock.tasks import task
from penstock.wiring.settle import settle

handler = task(World, settle)
