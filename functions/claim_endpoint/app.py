"""Task "Claim the endpoint": decide who holds it."""

from penstock.bootstrap import World
from penstock.entry import task

handler = task(World, World.claim)
