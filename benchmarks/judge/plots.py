"""Plots as SVG: the number of bad requests that each rule serves, on a logarithmic scale."""

import math
from collections.abc import Callable, Iterator
from xml.sax.saxutils import escape

from benchmarks.judge.tables import Contest

WIDTH, LEFT, RIGHT, TOP, LINE = 900, 256, 64, 74, 20
OURS_INK, RIVAL_INK, BEHIND_INK, GRID = "#0b6e4f", "#8a94a3", "#c0392b", "#e3e7ed"
STYLE = (
    "svg{background:#fff;font:12px system-ui,'Helvetica Neue',Arial,sans-serif}"
    "text{fill:#3c4654}.t{font-size:15px;font-weight:600;fill:#1d2733}.s{fill:#5b6878}"
)


def exposure(contests: list[Contest], mode: str) -> str:
    """Plot our judge and the best rival, with one row for each regression."""
    rows = [c for c in contests if c.best is not None and min(c.ours.bad, c.best.bad) > 0]
    rows.sort(key=lambda c: (c.ours.requests, c.kind != "tuned"))
    values = [v for c in rows if c.best for v in (c.ours.bad, c.best.bad)]
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    height = TOP + LINE * len(rows) + 40
    body = "\n".join(_body(rows, mode, low, high, height))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        f'width="{WIDTH}" height="{height}"><style>{STYLE}</style>\n{body}\n</svg>\n'
    )


def _body(rows: list[Contest], mode: str, low: int, high: int, height: int) -> Iterator[str]:
    def x(value: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * (math.log10(value) - low) / (high - low)

    yield _text(16, 24, f"Bad requests served by a whole release, {mode}", "t")
    yield f'<circle cx="22" cy="42" r="5" fill="{OURS_INK}"/>'
    yield _text(32, 46, "Penstock", "s")
    yield f'<circle cx="112" cy="42" r="4" fill="#fff" stroke="{RIVAL_INK}" stroke-width="2"/>'
    yield _text(122, 46, "best of four rules fitted to 1 % of false rollbacks", "s")
    yield _text(430, 46, "red: the rival serves fewer", "s")
    for power in range(low, high + 1):
        at = x(10.0**power)
        yield _line(at, TOP - 10, at, height - 34, GRID)
        yield _text(at, height - 16, f"{10.0**power:,g}", "s", "middle")
    for number, row in enumerate(rows):
        yield from _row(row, TOP + LINE * number, x)


def _row(row: Contest, y: float, x: Callable[[float], float]) -> Iterator[str]:
    assert row.best is not None  # noqa: S101 - filtered by the caller
    ink = RIVAL_INK if row.ahead else BEHIND_INK
    one, other = x(row.ours.bad), x(row.best.bad)
    name = f"{row.ours.requests:g}/min  {row.ours.scenario}"
    yield _text(LEFT - 12, y + 4, name, "", "end")
    yield _line(one, y, other, y, ink, 2)
    yield f'<circle cx="{other:.1f}" cy="{y}" r="4" fill="#fff" stroke="{ink}" stroke-width="2"/>'
    yield f'<circle cx="{one:.1f}" cy="{y}" r="5" fill="{OURS_INK}"/>'
    if other > one:
        yield _text(other + 9, y + 4, row.best.rule, "s")
    else:
        yield _text(other - 9, y + 4, row.best.rule, "s", "end")


def _line(x1: float, y1: float, x2: float, y2: float, ink: str, width: int = 1) -> str:
    ends = f'x1="{x1:.1f}" y1="{y1}" x2="{x2:.1f}" y2="{y2}"'
    return f'<line {ends} stroke="{ink}" stroke-width="{width}"/>'


def _text(x: float, y: float, text: str, role: str, anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y}" class="{role}" text-anchor="{anchor}">{escape(text)}</text>'
