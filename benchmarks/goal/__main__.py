"""`make bench-goal`: the goal's test against others, in results.md and results.json."""

import json
import sys
import time
from collections.abc import Iterator, Sequence
from multiprocessing import get_context
from pathlib import Path

from benchmarks.goal.jobs import (
    CASES,
    EXPERIMENTS,
    MINUTES,
    RATES,
    SEED,
    WORLDS,
    Row,
    of_case,
    of_number,
)
from benchmarks.goal.worlds import ALIKE, APART, Alike
from benchmarks.markdown import table

HERE = Path(__file__).parent


def main() -> None:
    begun = time.monotonic()
    with get_context("spawn").Pool(2) as pool:
        rows = [row for found in pool.imap(of_case, CASES) for row in found]
        index = range(len(ALIKE) + len(APART))
        worlds = list(pool.imap(of_number, index))
    document = {
        "cases": [[*row[:3], *row.ending] for row in rows],
        "worlds": [list(each) for each in worlds],
    }
    lines = [json.dumps(each) for each in document["cases"]]
    others = [json.dumps(each) for each in document["worlds"]]
    (HERE / "results.json").write_text(
        '{"cases": [\n' + ",\n".join(lines) + '\n], "worlds": [\n' + ",\n".join(others) + "\n]}\n"
    )
    (HERE / "results.md").write_text("\n".join(report(rows, worlds)) + "\n")
    sys.stderr.write(f"{time.monotonic() - begun:.0f} s\n")


def report(rows: Sequence[Row], worlds: Sequence[Alike]) -> Iterator[str]:
    yield "# The test of a goal against others"
    yield ""
    yield (
        f"`make bench-goal`. {EXPERIMENTS:,} experiments of each case, seed {SEED}, at a share of "
        "50 %. Times are parts of the length of the two-sided z-test that is planned in advance "
        "for the least effect (5 % of error, a power of 80 %) and looked at once, here five days; "
        "`-`: later than three times that. Figures are good to about two or three points, and "
        "times to 0.03."
    )
    for rate, least in RATES:
        yield ""
        yield f"## {100 * rate:g} %, least effect {100 * least:g} points"
        yield ""
        shown = [row for row in rows if row[:2] == (rate, least)]
        yield from table(
            (
                *("true effect", "rule", "better", "worse", "no difference"),
                *("better: median", "80 %", "any decision: median"),
            ),
            (_cells(row) for row in shown),
        )
    yield ""
    yield "## Worlds with changing rates"
    yield ""
    yield (
        f"{WORLDS:,} experiments of {MINUTES} minutes each, looked at every minute, confidence "
        "95 %. In percent: wrong decisions (better or worse, though the variants are alike), "
        "intervals that ever missed the true effect, and how often z-tests of the pooled outcomes "
        "would have found a difference, at the end or at any full hour. Figures are good to about "
        "0.7."
    )
    yield ""
    yield from table(
        ("world", "alike", "wrong", "interval missed", "z-test at the end", "z-test every hour"),
        (_world(each) for each in worlds),
    )


def _cells(row: Row) -> Sequence[str]:
    rule, better, worse, none, median, likely, decided = row.ending
    times = (median, likely, decided)
    return (
        f"{row.multiple:g} x the least",
        rule,
        *(f"{100 * share:.1f} %" for share in (better, worse, none)),
        *("-" if each is None else f"{each:.2f}" for each in times),
    )


def _world(found: Alike) -> Sequence[str]:
    shares = (found.wrong, found.missed, found.at_the_end, found.hourly)
    return (found.world, "yes" if found.alike else "no", *(_percent(each) for each in shares))


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.1f}"


if __name__ == "__main__":
    main()
