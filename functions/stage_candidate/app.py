"""Task "Stage the candidate": put it beside what serves, without traffic."""

from penstock.bootstrap import World
from penstock.entry import acting_task

handler = acting_task(World, World.stage)
