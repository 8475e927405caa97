"""`make bench-account`: fifty releases at once and what they cost; writes results.md beside it.

Time is simulated; what is compared are ratios. The same use cases run as on AWS, between fakes
whose calls go through the twin's token buckets (twin/rates.py).
"""

import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from benchmarks.account.busy import Busy
from benchmarks.account.meter import ACTING, ASKING, SECONDS
from benchmarks.account.plays import released, settled, slowest_halt, swept

RESULTS = Path(__file__).with_name("results.md")
OTHERS, RELEASES, LARGE = 150, 50, 500


class Row(NamedTuple):
    """One figure, and what it may be at most."""

    what: str
    measured: float
    most: float


def report() -> str:
    """All measurements as a document."""
    one, many = released(OTHERS, 1), released(OTHERS, RELEASES)
    calm, restless = settled(LARGE, restless=False), settled(LARGE, restless=True)
    seconds, left = swept(OTHERS + RELEASES)
    at_once = max(longest for longest, _ in many.world.settles)
    rows = [
        Row("makespan of the releases at once, against one", many.makespan / one.makespan, 1.5),
        Row(f"longest settle at {LARGE} endpoints, s", calm.longest, 20),
        Row("the same where all others are modified meanwhile, s", restless.longest, 20),
        Row("the longest lock of these settles, s", max(calm.held, restless.held), 20),
        Row("longest settle of the releases at once, s", at_once, 20),
        Row(
            "longest from a halt's event to its weights call, s", slowest_halt(OTHERS, RELEASES), 5
        ),
        Row(f"sweep of {OTHERS + RELEASES} endpoints and groups, s", seconds, 300),
    ]
    left_over = f"{calm.leftovers}, and {restless.leftovers} where all others are modified"
    lines = [
        f"# {OTHERS + RELEASES} endpoints, {RELEASES} releases at once",
        "",
        "Written by `make bench-account`. Time is simulated. The rates are those of",
        "`twin/rates.py`; SageMaker's are assumed. An answer takes",
        f"{SECONDS['sagemaker']} s of SageMaker and {SECONDS['cloudwatch']} s of CloudWatch.",
        f"A client tries {ASKING} times; inside a lock and in a survey it tries {ACTING} time,",
        "and the task comes back.",
        "",
        "| | measured | at most |",
        "|---|---|---|",
        *(f"| {row.what} | {row.measured:.2f} | {row.most:g} |" for row in rows),
        "",
        f"Endings: {', '.join(f'{n} {what}' for what, n in many.world.endings().items())}.",
        f"Killed tasks: {many.world.killed}. Left out by the sweep: {left}.",
        f"Leftovers after six promotions at {LARGE} endpoints: {left_over}",
        "(one is what the last release would have gone back to).",
        "",
        f"Calls of the {RELEASES} releases (the ledger's apart):",
        "",
        "| API | tries | throttled | seconds |",
        "|---|---|---|---|",
        *_calls(many.world),
    ]
    return "\n".join([*lines, ""])


def _calls(world: Busy) -> Iterator[str]:
    buckets, seconds = world.meter.buckets, world.meter.seconds
    for name, tries in sorted(buckets.tries.items()):
        if not name.startswith("dynamodb"):
            yield f"| {name} | {tries} | {buckets.throttled.get(name, 0)} | {seconds[name]:.0f} |"


def main() -> None:
    """Play everything, write the results."""
    begun = time.monotonic()
    text = report()
    RESULTS.write_text(text, encoding="utf-8")
    sys.stdout.write(f"{text}\n{time.monotonic() - begun:.0f} s\n")


if __name__ == "__main__":
    main()
