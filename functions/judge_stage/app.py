"""Task "Judge what is seen": decide to advance, hold or roll back."""

from penstock.bootstrap import World
from penstock.entries.tasks import task
from penstock.wiring.judge import judge_stage

handler = task(World, judge_stage)
