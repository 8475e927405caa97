"""Task "Plan the release": read everything anew and lay the stages down."""

from penstock.bootstrap import World
from penstock.tasks import task
from penstock.wiring.plan import plan

handler = task(World, plan)
