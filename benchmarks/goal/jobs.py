"""What the benchmark of a goal's test simulates; each job is run in a process of its own."""

from typing import NamedTuple

from benchmarks.goal.rules import Case, Ending, played
from benchmarks.goal.worlds import ALIKE, APART, Alike, alike

SEED = 48_2026
"""Named before the first run; it chose no setting."""
EXPERIMENTS, WORLDS = 1000, 4000
MINUTES = 1500
MULTIPLES = (1.0, 2.0, 0.5, 0.0)
RATES = ((0.05, 0.01), (0.001, 0.0005), (0.5, 0.05))
CASES = [Case(*rate, multiple) for rate in RATES for multiple in MULTIPLES]


class Row(NamedTuple):
    """A rule in a case."""

    rate: float
    least: float
    multiple: float
    ending: Ending


def of_case(case: Case) -> list[Row]:
    return [Row(*case, ending) for ending in played(case, EXPERIMENTS, SEED)]


def of_number(number: int) -> Alike:
    return alike([*ALIKE, *APART][number], WORLDS, MINUTES, SEED)
