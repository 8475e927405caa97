"""Task "Stage the candidate": put it beside what serves, without traffic."""

from penstock.bootstrap import World
from penstock.entry import task

handler = task(World, World.stage)
