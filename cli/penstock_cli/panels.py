"""Panels of a small SVG: lines over minutes, drawn by hand."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple
from xml.sax.saxutils import escape

WIDTH, LEFT, RIGHT = 960.0, 76.0, 16.0

STYLE = """
svg { background: #ffffff; font: 12px system-ui, 'Helvetica Neue', Arial, sans-serif; }
text { fill: #5b6878; } .title { font-size: 17px; font-weight: 700; fill: #1b2430; }
.name { font-weight: 600; fill: #1b2430; } .end { text-anchor: end; }
.middle { text-anchor: middle; } .panel { fill: #f5f7f9; } .grid { stroke: #dfe4ea; }
.line { fill: none; stroke-width: 1.75; stroke-linejoin: round; }
.overall { stroke: #1b2430; stroke-width: 2.75; } .share { fill: #2f6fe4; fill-opacity: .22; }
.limit { stroke: #d2322a; stroke-dasharray: 6 4; }
.doubt { stroke: #b7791f; stroke-dasharray: 2 4; }
text.limit, text.doubt { stroke: #f5f7f9; stroke-width: 4px; stroke-dasharray: none; }
text.limit { fill: #d2322a; paint-order: stroke; }
text.doubt { fill: #8a5a12; paint-order: stroke; }
.verdict { stroke: #1b2430; stroke-dasharray: 2 3; } .asked { stroke: #2f6fe4; }
.colour0 { stroke: #2f6fe4; } .colour1 { stroke: #c2410c; } .colour2 { stroke: #1a7f4b; }
.colour3 { stroke: #7c3aed; } .colour4 { stroke: #be185d; } .colour5 { stroke: #0e7490; }
"""
COLOURS = 6

Curve = Sequence[tuple[float, float]]  # minute, value


class Panel(NamedTuple):
    """A frame: its place from `top`, the minutes and the values it spans."""

    top: float
    height: float
    minutes: tuple[float, float]
    values: tuple[float, float]

    def x(self, minute: float) -> float:
        """Across."""
        first, last = self.minutes
        return LEFT + (WIDTH - LEFT - RIGHT) * (minute - first) / (last - first)

    def y(self, value: float) -> float:
        """Down; what is outside is drawn at the edge."""
        least, most = self.values
        inside = min(max(value, least), most)
        return self.top + self.height * (most - inside) / (most - least)

    def frame(self, name: str, ticks: Iterable[tuple[float, str]]) -> list[str]:
        """Background, name above it, and labelled grid lines."""
        drawn = [
            f'<rect class="panel" x="{LEFT}" y="{self.top}" '
            f'width="{WIDTH - LEFT - RIGHT}" height="{self.height}"/>',
            text(LEFT, self.top - 8, name, "name"),
        ]
        for value, label in ticks:
            at = self.y(value)
            drawn += [self.level(value, "grid"), text(LEFT - 6, at + 4, label, "end")]
        return drawn

    def level(self, value: float, role: str) -> str:
        """A line across at this value."""
        at = f"{self.y(value):.1f}"
        return f'<line class="{role}" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{at}" y2="{at}"/>'

    def line(self, points: Curve, role: str) -> str:
        """Point to point."""
        joined = " ".join(f"{self.x(m):.1f},{self.y(v):.1f}" for m, v in points)
        return f'<polyline class="line {role}" points="{joined}"/>'

    def stairs(self, points: Curve) -> Curve:
        """Each value from its minute to the next one's."""
        after = [minute for minute, _ in points[1:]] + [self.minutes[1]]
        return [
            corner
            for (minute, value), end in zip(points, after, strict=True)
            for corner in ((minute, value), (end, value))
        ]

    def area(self, points: Curve, role: str) -> str:
        """Everything below the stairs."""
        steps = self.stairs(points)
        closed = [(steps[0][0], self.values[0]), *steps, (steps[-1][0], self.values[0])]
        joined = " ".join(f"{self.x(m):.1f},{self.y(v):.1f}" for m, v in closed)
        return f'<polygon class="{role}" points="{joined}"/>'


def text(x: float, y: float, words: str, role: str = "") -> str:
    """Words at a place."""
    return f'<text class="{role}" x="{x:.1f}" y="{y:.1f}">{escape(words)}</text>'


def upright(x: float, top: float, bottom: float, role: str) -> str:
    """A line down."""
    return f'<line class="{role}" x1="{x:.1f}" x2="{x:.1f}" y1="{top}" y2="{bottom}"/>'


def whole_steps(least: float, most: float, at_most: int) -> list[float]:
    """Round values within, at most so many of them."""
    span = most - least
    sizes = (base * 10.0**power for power in range(-3, 16) for base in (1, 2, 5))
    size = next(size for size in sizes if span / size <= at_most)
    first = -(-least // size)
    count = int((most - first * size) // size) + 1
    return [(first + k) * size for k in range(count)]
