"""Task "Look at the endpoint": check that it has reached its target."""

from penstock.bootstrap import World
from penstock.entries.tasks import task
from penstock.wiring.look import look_at_endpoint

handler = task(World, look_at_endpoint)
