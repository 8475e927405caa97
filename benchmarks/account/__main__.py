"""`make bench-account`: fifty releases at once and what they cost; writes results.md beside it.

Time is simulated; what is compared are ratios. Twice: on the twin, where the deployed handlers and
the state machine run, and between fakes, which play in seconds what is too large for the twin.
Both have the twin's token buckets (twin/core/rates.py).
"""

import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from benchmarks.account.in_twin import MOMENTS, played
from benchmarks.account.meter import ACTING, ASKING, HURRYING, SECONDS, seconds_of
from benchmarks.account.plays import released, settled, slowest_halt, swept
from twin.core.rates import Buckets

RESULTS = Path(__file__).with_name("results.md")
OTHERS, RELEASES, LARGE = 150, 50, 500


class Row(NamedTuple):
    """One figure, and what it may be at most."""

    what: str
    measured: float
    most: float


class Section(NamedTuple):
    """A part of the report: its figures, and the lines around their table."""

    opening: Sequence[str]
    rows: Sequence[Row]
    endings: Mapping[str, int]
    closing: Sequence[str]

    def lines(self) -> Iterator[str]:
        """As Markdown."""
        yield from (*self.opening, "", *_table(self.rows), "")
        yield f"Endings: {', '.join(f'{n} {what}' for what, n in self.endings.items())}."
        yield from self.closing

    def missed(self) -> Iterator[str]:
        """What is not as it has to be: a figure beyond its limit, a release not promoted."""
        for row in self.rows:
            if row.measured > row.most:
                yield f"{row.what}: {row.measured:.2f}, at most {row.most:g}"
        if {*self.endings} != {"promoted"}:
            yield f"not all are promoted: {dict(self.endings)}"


OPENING = (
    f"# {OTHERS + RELEASES} endpoints, {RELEASES} releases at once",
    "",
    "Written by `make bench-account`. Time is simulated. The rates are those of",
    "`twin/core/rates.py`; SageMaker's are assumed. An answer takes",
    f"{SECONDS['sagemaker']} s of SageMaker and {SECONDS['cloudwatch']} s of CloudWatch.",
    f"A client tries {ASKING} times, {HURRYING} on a way back; inside a lock and in a survey it",
    f"tries {ACTING} time, and the task comes back.",
    "",
)


BETWEEN_FAKES = (
    "## Between fakes",
    "",
    "The same use cases, a task after the other, whose calls go through the same buckets.",
)


def in_twin() -> Section:
    """The deployed handlers and the state machine."""
    halted = len(MOMENTS)
    alone, crowd = played(0, 1), played(OTHERS - halted, RELEASES, halted)
    opening = (
        "## On the twin",
        "",
        "The template, the handlers, boto3's own retries and the state machine, with a sweep in",
        f"between. {halted} more releases are underway already, and an alarm stops each of them",
        f"{', '.join(f'{at:g}' for at in MOMENTS)} s after the {RELEASES} approvals.",
    )
    rows = (
        Row("makespan of the releases at once, against one", crowd.makespan / alone.makespan, 1.5),
        Row("longest settle of the releases at once, s", crowd.settle, 20),
        Row("longest from an alarm to its weights call, s", crowd.halt, 5),
    )
    calls = _calls(crowd.buckets, lambda name, tries: tries * seconds_of(name.partition(" ")[0]))
    return Section(
        opening, rows, crowd.endings, ("", "Calls (the ledger's apart):", "", *calls, "")
    )


def between_fakes() -> Section:
    """The use cases, also in accounts that are too large for the twin."""
    one, many = released(OTHERS, 1), released(OTHERS, RELEASES)
    calm, restless = settled(LARGE, restless=False), settled(LARGE, restless=True)
    seconds, left = swept(OTHERS + RELEASES)
    at_once = max(longest for longest, _ in many.world.settles)
    rows = (
        Row("makespan of the releases at once, against one", many.makespan / one.makespan, 1.5),
        Row(f"longest settle at {LARGE} endpoints, s", calm.longest, 20),
        Row("the same where all others are modified meanwhile, s", restless.longest, 20),
        Row("the longest lock of these settles, s", max(calm.held, restless.held), 20),
        Row("longest settle of the releases at once, s", at_once, 20),
        Row(
            "longest from a halt's event to its weights call, s", slowest_halt(OTHERS, RELEASES), 5
        ),
        Row(f"sweep of {OTHERS + RELEASES} endpoints and groups, s", seconds, 300),
        Row("killed tasks", many.world.killed, 0),
        Row("what the sweep leaves out", left, 0),
    )
    closing = (
        f"Leftovers after six promotions at {LARGE} endpoints: {calm.leftovers}, and",
        f"{restless.leftovers} where all others are modified (one is what the last release would",
        "have gone back to).",
        "",
        f"Calls of the {RELEASES} releases (the ledger's apart):",
        "",
        *_calls(many.world.meter.buckets, lambda name, _: many.world.meter.seconds[name]),
    )
    return Section(BETWEEN_FAKES, rows, many.world.endings(), closing)


def _table(rows: Sequence[Row]) -> Iterator[str]:
    yield "| | measured | at most |"
    yield "|---|---|---|"
    yield from (f"| {row.what} | {row.measured:.2f} | {row.most:g} |" for row in rows)


def _calls(buckets: Buckets, seconds: Callable[[str, int], float]) -> Iterator[str]:
    yield "| API | tries | throttled | seconds |"
    yield "|---|---|---|---|"
    for name, tries in sorted(buckets.tries.items()):
        if not name.startswith("dynamodb"):
            throttled = buckets.throttled.get(name, 0)
            yield f"| {name} | {tries} | {throttled} | {seconds(name, tries):.0f} |"


def main() -> int:
    """Play everything, write the results; 1 if a figure is beyond its limit."""
    begun = time.monotonic()
    sections = (in_twin(), between_fakes())
    text = "\n".join([*OPENING, *(line for each in sections for line in each.lines()), ""])
    RESULTS.write_text(text, encoding="utf-8")
    missed = [f"missed: {what}" for each in sections for what in each.missed()]
    sys.stdout.write("\n".join([text, *missed, f"{time.monotonic() - begun:.0f} s", ""]))
    return bool(missed)


if __name__ == "__main__":
    sys.exit(main())
