"""`make bench-attacks`: the tables of docs/judge.md that are not about rivals, as they stand there.

`.venv/bin/python -m benchmarks.figures [RELEASES] [TABLE ...]`: each cell simulates so many
releases with fixed seeds. A table is named strata, latency, holdback or attacks.
"""

import os
import sys
from collections.abc import Sequence
from multiprocessing import get_context

from benchmarks.figures import attacks, holdback, latency, strata
from benchmarks.figures.tables import Table, simulated
from benchmarks.markdown import table

TABLES: dict[str, Sequence[Table]] = {
    "strata": (strata.TABLE,),
    "latency": (latency.TABLE,),
    "holdback": (holdback.FINDS, holdback.PRICE),
    "attacks": (attacks.TABLE,),
}
RELEASES = 200


def main(releases: int, names: Sequence[str]) -> None:
    """Print the tables, each row as soon as it and those before are simulated."""
    wanted = [each for name in names for each in TABLES[name]]
    jobs = [(row, releases) for each in wanted for row in each.rows]
    with get_context("spawn").Pool(os.cpu_count()) as pool:
        found = pool.imap(simulated, jobs)
        for each in wanted:
            sys.stdout.write(f"{each.title}, {releases} releases each:\n\n")
            for line in table(each.head, (next(found) for _ in each.rows)):
                sys.stdout.write(f"{line}\n")
                sys.stdout.flush()
            sys.stdout.write("\n")


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else RELEASES, sys.argv[2:] or list(TABLES))
