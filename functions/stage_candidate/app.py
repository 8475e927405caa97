"""Task "Stage the candidate": put it beside what serves, without traffic."""

from penstock.bootstrap import World
from penstock.tasks import task
from penstock.wiring.stage import stage

handler = task(World, stage)
