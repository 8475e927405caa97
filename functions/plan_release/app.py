"""Task "Plan the release": read policy, package and endpoint again, and decide the stages."""

from penstock.bootstrap import World
from penstock.entries.tasks import task
from penstock.wiring.plan import plan_release

handler = task(World, plan_release)
