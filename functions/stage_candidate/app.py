"""Task "Stage the candidate": deploy it beside the live model, without traffic."""

from penstock.bootstrap import World
from penstock.entries.tasks import task
from penstock.wiring.stage import stage

handler = task(World, stage)
