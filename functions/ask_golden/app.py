"""Task "Ask the golden requests": hold the candidate's answers against the expected ones."""

from penstock.bootstrap import World
from penstock.entries.tasks import task
from penstock.wiring.ask import ask_golden

handler = task(World, ask_golden)
