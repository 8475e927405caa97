"""`make bench-account`: fifty releases at once and what they cost; writes results.md beside it.

Time is simulated; what is compared are ratios. Twice: on the twin, where the deployed handlers and
the state machine run, and between fakes, which play in seconds what is too large for the twin.
Both have the twin's token buckets (twin/rates.py).
"""

import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from benchmarks.account.in_twin import MOMENTS, Played, played
from benchmarks.account.meter import ACTING, ASKING, SECONDS, seconds_of
from benchmarks.account.plays import Released, released, settled, slowest_halt, swept
from twin.rates import Buckets

RESULTS = Path(__file__).with_name("results.md")
OTHERS, RELEASES, LARGE = 150, 50, 500


class Row(NamedTuple):
    """One figure, and what it may be at most."""

    what: str
    measured: float
    most: float


def report() -> str:
    """All measurements as a document."""
    halted = len(MOMENTS)
    alone, crowd = played(0, 1), played(OTHERS - halted, RELEASES, halted)
    one, many = released(OTHERS, 1), released(OTHERS, RELEASES)
    lines = [
        f"# {OTHERS + RELEASES} endpoints, {RELEASES} releases at once",
        "",
        "Written by `make bench-account`. Time is simulated. The rates are those of",
        "`twin/rates.py`; SageMaker's are assumed. An answer takes",
        f"{SECONDS['sagemaker']} s of SageMaker and {SECONDS['cloudwatch']} s of CloudWatch.",
        f"A client tries {ASKING} times; inside a lock and in a survey it tries {ACTING} time,",
        "and the task comes back.",
        "",
        "## On the twin",
        "",
        "The template, the handlers, boto3's own retries and the state machine, with a sweep in",
        f"between. {halted} more releases are underway already, and an alarm stops each of them",
        f"{', '.join(f'{at:g}' for at in MOMENTS)} s after the {RELEASES} approvals.",
        "",
        *_table(_in_twin(alone, crowd)),
        "",
        f"Endings: {_said(crowd.endings)}.",
        "",
        "Calls (the ledger's apart):",
        "",
        *_calls(crowd.buckets, lambda name, tries: tries * seconds_of(name.partition(" ")[0])),
        "",
        "## Between fakes",
        "",
        "The same use cases, a task after the other, whose calls go through the same buckets.",
        "",
        *_between_fakes(one, many),
        "",
        f"Calls of the {RELEASES} releases (the ledger's apart):",
        "",
        *_calls(many.world.meter.buckets, lambda name, _: many.world.meter.seconds[name]),
    ]
    return "\n".join([*lines, ""])


def _in_twin(alone: Played, crowd: Played) -> list[Row]:
    return [
        Row("makespan of the releases at once, against one", crowd.makespan / alone.makespan, 1.5),
        Row("longest settle of the releases at once, s", crowd.settle, 20),
        Row("longest from an alarm to its weights call, s", crowd.halt, 5),
    ]


def _between_fakes(one: Released, many: Released) -> Iterator[str]:
    calm, restless = settled(LARGE, restless=False), settled(LARGE, restless=True)
    seconds, left = swept(OTHERS + RELEASES)
    at_once = max(longest for longest, _ in many.world.settles)
    halt = slowest_halt(OTHERS, RELEASES)
    yield from _table(
        [
            Row("makespan of the releases at once, against one", many.makespan / one.makespan, 1.5),
            Row(f"longest settle at {LARGE} endpoints, s", calm.longest, 20),
            Row("the same where all others are modified meanwhile, s", restless.longest, 20),
            Row("the longest lock of these settles, s", max(calm.held, restless.held), 20),
            Row("longest settle of the releases at once, s", at_once, 20),
            Row("longest from a halt's event to its weights call, s", halt, 5),
            Row(f"sweep of {OTHERS + RELEASES} endpoints and groups, s", seconds, 300),
        ]
    )
    yield ""
    yield f"Endings: {_said(many.world.endings())}."
    yield f"Killed tasks: {many.world.killed}. Left out by the sweep: {left}."
    left_over = f"{calm.leftovers}, and {restless.leftovers} where all others are modified"
    yield f"Leftovers after six promotions at {LARGE} endpoints: {left_over}"
    yield "(one is what the last release would have gone back to)."


def _said(endings: Mapping[str, int]) -> str:
    return ", ".join(f"{n} {what}" for what, n in endings.items())


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


def main() -> None:
    """Play everything, write the results."""
    begun = time.monotonic()
    text = report()
    RESULTS.write_text(text, encoding="utf-8")
    sys.stdout.write(f"{text}\n{time.monotonic() - begun:.0f} s\n")


if __name__ == "__main__":
    main()
