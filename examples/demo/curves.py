"""A value over simulated minutes between its bounds, beside the values that decide."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple
from xml.etree.ElementTree import Element

from examples.demo.charts import AXIS, LEFT, RIGHT, WIDTH, Ruler, axis, panel
from examples.demo.markup import element

TOP, TALL, DOT = 28, 150, 3
ROOM_ABOVE = 16  # a line of text needs it


class Look(NamedTuple):
    """A value and its bounds at a minute."""

    minute: float
    low: float
    value: float
    high: float


class Mark(NamedTuple):
    """A value that decides something, or that is only `calm`."""

    value: float
    words: str
    calm: bool = False


class Curve(NamedTuple):
    """What is drawn. `lowest` and `highest` are the ends of the axis: bounds beyond them are cut.

    The axis has `parts`.
    """

    title: str
    looks: Sequence[Look]
    marks: Sequence[Mark]
    lowest: float
    highest: float
    written: Callable[[float], str]
    parts: int = 4


def curve(drawn: Curve, minutes: float) -> Element:
    """Return an SVG whose time axis is that of the scenario's chart."""
    x, y = Ruler(minutes), _Height(drawn)
    part, last = (drawn.highest - drawn.lowest) / drawn.parts, drawn.looks[-1]
    steps = [drawn.lowest + step * part for step in range(drawn.parts + 1)]
    said = (
        f"At minute {last.minute:g} it is {drawn.written(last.value)}, "
        f"between {drawn.written(last.low)} and {drawn.written(last.high)}."
    )
    return element(
        "svg",
        element("title", drawn.title),
        element("desc", said),
        panel(drawn.title, TOP, TALL, list(map(drawn.written, steps))),
        element("polygon", class_="bounds", points=_outline(drawn.looks, x, y)),
        *(_mark(mark, y) for mark in drawn.marks),
        element("polyline", class_="line", points=_points(drawn.looks, x, y)),
        *_dots(drawn, x, y),
        axis(x, TOP + TALL),
        viewBox=f"0 0 {WIDTH} {TOP + TALL + AXIS}",
        role="img",
    )


class _Height:
    """Converts values to y coordinates within the panel."""

    def __init__(self, drawn: Curve) -> None:
        self._low, self._high = drawn.lowest, drawn.highest

    def __call__(self, value: float) -> float:
        inside = min(max(value, self._low), self._high)
        return TOP + TALL * (self._high - inside) / (self._high - self._low)


def _outline(looks: Sequence[Look], x: Ruler, y: _Height) -> str:
    there = [(look.minute, look.low) for look in looks]
    back = [(look.minute, look.high) for look in reversed(looks)]
    return _joined((x(minute), y(value)) for minute, value in [*there, *back])


def _points(looks: Sequence[Look], x: Ruler, y: _Height) -> str:
    return _joined((x(look.minute), y(look.value)) for look in looks)


def _joined(points: Iterator[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)


def _mark(mark: Mark, y: _Height) -> Element:
    at, role = y(mark.value), "level" if mark.calm else "limit"
    fits_above = at - TOP > ROOM_ABOVE
    return element(
        "g",
        element("line", class_=role, x1=LEFT, x2=WIDTH - RIGHT, y1=at, y2=at),
        element("text", mark.words, class_=role, x=LEFT + 6, y=at + (-5 if fits_above else 13)),
    )


def _dots(drawn: Curve, x: Ruler, y: _Height) -> Iterator[Element]:
    for look in drawn.looks:
        words = (
            f"minute {look.minute:g}: {drawn.written(look.value)}, between "
            f"{drawn.written(look.low)} and {drawn.written(look.high)}"
        )
        at = {"cx": x(look.minute), "cy": y(look.value)}
        yield element("circle", element("title", words), class_="dot", r=DOT, **at)
        yield element(
            "line", class_="reach", x1=at["cx"], x2=at["cx"], y1=y(look.low), y2=y(look.high)
        )
