"""Task "Claim the endpoint": decide which execution owns it."""

from penstock.bootstrap import World
from penstock.entries.tasks import task
from penstock.wiring.claim import claim_endpoint

handler = task(World, claim_endpoint)
