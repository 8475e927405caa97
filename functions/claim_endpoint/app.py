"""Task "Claim the endpoint": decide who holds it."""

from penstock.bootstrap import World
from penstock.tasks import task
from penstock.wiring.claim import claim

handler = task(World, claim)
