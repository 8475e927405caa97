"""`make bench-account`: fifty releases at once, and the calls and time that they need.

Time is simulated. There are two parts. On the twin, the deployed handlers and the state machine
run. On fakes, the use cases run, which simulates accounts too large for the twin within seconds.
Both throttle calls with the twin's token buckets (twin/core/rates.py). The report is written to
results.md in this folder.
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
    """One figure and its upper limit."""

    what: str
    measured: float
    most: float


class Section(NamedTuple):
    """A part of the report: its figures, and the lines before and after their table."""

    opening: Sequence[str]
    rows: Sequence[Row]
    endings: Mapping[str, int]
    closing: Sequence[str]

    def lines(self) -> Iterator[str]:
        """Return the section as Markdown."""
        yield from (*self.opening, "", *_table(self.rows), "")
        yield f"Endings: {', '.join(f'{n} {what}' for what, n in self.endings.items())}."
        yield from self.closing

    def missed(self) -> Iterator[str]:
        """Return each figure beyond its limit, and whether a release was not promoted."""
        for row in self.rows:
            if row.measured > row.most:
                yield f"{row.what}: {row.measured:.2f}, limit {row.most:g}"
        if {*self.endings} != {"promoted"}:
            yield f"not every release was promoted: {dict(self.endings)}"


OPENING = (
    f"# {OTHERS + RELEASES} endpoints, {RELEASES} releases at once",
    "",
    "Written by `make bench-account`. Time is simulated. The rate limits are those of",
    "`twin/core/rates.py`, where SageMaker's are assumed. SageMaker answers a call in",
    f"{SECONDS['sagemaker']} s and CloudWatch in {SECONDS['cloudwatch']} s.",
    f"A client tries a call {ASKING} times, or {HURRYING} times during a rollback. Inside a lock",
    f"and in a survey it tries {ACTING} time, and the whole task is repeated later.",
    "",
)


BETWEEN_FAKES = (
    "## On fakes",
    "",
    "The same use cases run one task after the other. Their calls use the same token buckets.",
)


def in_twin() -> Section:
    """Measure the deployed handlers and the state machine."""
    halted = len(MOMENTS)
    alone, crowd = played(0, 1), played(OTHERS - halted, RELEASES, halted)
    opening = (
        "## On the twin",
        "",
        "The template, the handlers, boto3's retries and the state machine run, and a sweep runs",
        f"meanwhile. {halted} other releases are already in progress. Alarms halt them",
        f"{', '.join(f'{at:g}' for at in MOMENTS)} s after the {RELEASES} approvals.",
    )
    rows = (
        Row("time for all releases / time for one", crowd.makespan / alone.makespan, 1.5),
        Row("longest settle, s", crowd.settle, 20),
        Row("longest time from an alarm to its weights call, s", crowd.halt, 5),
    )
    calls = _calls(crowd.buckets, lambda name, tries: tries * seconds_of(name.partition(" ")[0]))
    return Section(
        opening, rows, crowd.endings, ("", "Calls, without the ledger's:", "", *calls, "")
    )


def between_fakes() -> Section:
    """Measure the use cases, also in accounts that are too large for the twin."""
    one, many = released(OTHERS, 1), released(OTHERS, RELEASES)
    calm, restless = settled(LARGE, restless=False), settled(LARGE, restless=True)
    seconds, left = swept(OTHERS + RELEASES)
    at_once = max(longest for longest, _ in many.world.settles)
    rows = (
        Row("time for all releases / time for one", many.makespan / one.makespan, 1.5),
        Row(f"longest settle at {LARGE} endpoints, s", calm.longest, 20),
        Row("the same while all other endpoints are modified, s", restless.longest, 20),
        Row("longest lock of these settles, s", max(calm.held, restless.held), 20),
        Row(f"longest settle of {RELEASES} releases at once, s", at_once, 20),
        Row(
            "longest time from a halt event to its weights call, s",
            slowest_halt(OTHERS, RELEASES),
            5,
        ),
        Row(f"sweep of {OTHERS + RELEASES} endpoints and groups, s", seconds, 300),
        Row("killed tasks", many.world.killed, 0),
        Row("places and groups that the sweep left out", left, 0),
    )
    closing = (
        f"Leftovers after six promotions at {LARGE} endpoints: {calm.leftovers}, or",
        f"{restless.leftovers} while all other endpoints are modified. One of them is the rollback",
        "target of the last release.",
        "",
        f"Calls of the {RELEASES} releases, without the ledger's:",
        "",
        *_calls(many.world.meter.buckets, lambda name, _: many.world.meter.seconds[name]),
    )
    return Section(BETWEEN_FAKES, rows, many.world.endings(), closing)


def _table(rows: Sequence[Row]) -> Iterator[str]:
    yield "| | measured | limit |"
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
    """Measure everything and write the results. Return 1 if a figure is beyond its limit."""
    begun = time.monotonic()
    sections = (in_twin(), between_fakes())
    text = "\n".join([*OPENING, *(line for each in sections for line in each.lines()), ""])
    RESULTS.write_text(text, encoding="utf-8")
    missed = [f"missed: {what}" for each in sections for what in each.missed()]
    sys.stdout.write("\n".join([text, *missed, f"{time.monotonic() - begun:.0f} s", ""]))
    return bool(missed)


if __name__ == "__main__":
    sys.exit(main())
