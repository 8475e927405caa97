"""Task "Look at the endpoint": is what was asked for there?"""

from penstock.bootstrap import World
from penstock.tasks import task
from penstock.wiring.look import look

handler = task(World, look)
