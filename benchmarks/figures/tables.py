"""What a table of docs/judge.md consists of."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

Cells = Sequence[str]
Row = Callable[[int], Cells]
"""From the number of simulated releases of each cell; a partial of a module's function, so that
another process can compute it."""


class Table(NamedTuple):
    """A table by its head and its rows, which are simulated one by one."""

    title: str
    head: Cells
    rows: Sequence[Row]


def simulated(job: tuple[Row, int]) -> Cells:
    """Compute one row, in whatever process."""
    row, releases = job
    return row(releases)
