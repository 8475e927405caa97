"""Task "Settle the release": verify the end, clean up and record the outcome."""

from penstock.bootstrap import World
from penstock.entries.tasks import task
from penstock.wiring.settle import settle_release

handler = task(World, settle_release)
