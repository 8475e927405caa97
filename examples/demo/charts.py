"""One chart per scenario: traffic shares, answers and decisions by simulated minute."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from xml.etree.ElementTree import Element

from examples.demo.markup import element
from examples.demo.report import Band, Minute, Scenario, Span, Step, Told

WIDTH, LEFT, RIGHT = 960, 52, 12
ROW, GAP, SHARES, ANSWERS, AXIS = 20, 34, 120, 100, 24
BAND = 22
LETTER = 6.4  # the width of one, about
BADGE = 9
INSIDE = 90  # percent; the label of a higher column is inside the column


class Ruler:
    """Converts minutes to x coordinates."""

    def __init__(self, minutes: float) -> None:
        self.minutes = max(minutes, 1.0)

    def __call__(self, minute: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * min(minute, self.minutes) / self.minutes

    def ticks(self) -> Iterator[int]:
        """Return the whole minutes to label, about a dozen."""
        every = next(step for step in (1, 2, 5, 10, 20, 60, 1440) if self.minutes / step <= 12)  # noqa: PLR2004
        yield from range(0, int(self.minutes) + 1, every)


def chart(scenario: Scenario) -> Element:
    """Return the chart as an SVG. The page's style sheet gives it its colours."""
    x = Ruler(scenario.simulated_seconds / 60)
    rows = _rows(scenario.timeline, x)
    first = ROW * (max(rows, default=0) + 1) + GAP
    top = first + len(scenario.bands) * (BAND + GAP)
    below = top + SHARES + GAP
    foot = below + ANSWERS
    return element(
        "svg",
        element("title", f"{scenario.title}: traffic, answers and decisions by simulated minute"),
        *(
            _band(band, x, first + place * (BAND + GAP))
            for place, band in enumerate(scenario.bands)
        ),
        _shares(scenario, x, top),
        _answers(scenario, x, below),
        _hurt(scenario, x, top, foot),
        axis(x, foot),
        _decisions(scenario.timeline, rows, x, foot),
        viewBox=f"0 0 {WIDTH} {foot + AXIS}",
        role="img",
    )


def _band(band: Band, x: Ruler, top: float) -> Element:
    group = element("g", element("text", band.title, class_="name", x=LEFT, y=top - 8))
    for span in band.spans:
        group.append(_span(span, x(span.minute), x(span.until), top))
    return group


def _span(span: Span, start: float, end: float, top: float) -> Element:
    """Draw a part of a band, with its label where it fits."""
    wide = max(end - start, 1.0)
    words = f"minute {span.minute:g} to {span.until:g}: {span.text}"
    box = element("rect", x=start, width=wide, y=top, height=BAND)
    fits = LETTER * len(span.label) < wide
    label = element("text", span.label, class_="middle", x=start + wide / 2, y=top + 15)
    return element(
        "g", element("title", words), box, label if fits else None, class_=f"span {span.role}"
    )


def _shares(scenario: Scenario, x: Ruler, top: float) -> Element:
    ends = [*(step.minute for step in scenario.shares[1:]), x.minutes]
    drawn = panel(f"share of {scenario.unit}, percent", top, SHARES, ["0", "50", "100"])
    for step, end in zip(scenario.shares, ends, strict=False):
        for name, low, high in _stacked(step, scenario.model):
            drawn.append(
                element(
                    "rect",
                    element("title", f"{name}: {high - low:g} % from minute {step.minute:g}"),
                    class_=_role(name, scenario.model),
                    x=x(step.minute),
                    width=max(x(end) - x(step.minute), 0.5),
                    y=top + SHARES * (1 - high / 100),
                    height=SHARES * (high - low) / 100,
                )
            )
    for label in _labels(scenario, x, top):
        drawn.append(label)
    return drawn


def _hurt(scenario: Scenario, x: Ruler, top: float, foot: float) -> Element | None:
    """Shade the time from the first bad request to traffic restored, across both panels."""
    restored = scenario.first_bad_request_to_restored
    if restored is None:
        return None
    minutes = restored.simulated_seconds / 60
    start, end = x(restored.from_minute), x(restored.from_minute + minutes)
    words = f"{minutes:.1f} min from the first bad request to traffic restored"
    return element(
        "g",
        element("rect", class_="hurt", x=start, width=end - start, y=top, height=foot - top),
        element("text", words, class_="hurting", x=start, y=top - 8),
    )


def _stacked(step: Step, model: str) -> Iterator[tuple[str, float, float]]:
    """Yield (model, low, high) with the candidate at the bottom, on the axis."""
    low = 0.0
    for name in sorted(step.shares, key=lambda name: (name != model, name)):
        if step.shares[name] > 0:
            yield name, low, low + step.shares[name]
            low += step.shares[name]


def _labels(scenario: Scenario, x: Ruler, top: float) -> Iterator[Element]:
    """Label the candidate's share wherever it rises."""
    shares = [step.shares.get(scenario.model, 0.0) for step in scenario.shares]
    risen = zip([0.0, *shares], scenario.shares, strict=False)
    for before, step in risen:
        share = step.shares.get(scenario.model, 0.0)
        if share > before:
            y = top + max(SHARES * (1 - share / 100) - 4, 12)
            role = "value" if share < INSIDE else "value inside"
            yield element("text", f"{share:g} %", class_=role, x=x(step.minute) + 3, y=y)


def _answers(scenario: Scenario, x: Ruler, top: float) -> Element:
    totals = {
        minute: list(group)
        for minute, group in groupby(scenario.minutes, key=lambda row: row.minute)
    }
    most = _round_up(max((sum(map(_all, group)) for group in totals.values()), default=0))
    drawn = panel("answers per minute", top, ANSWERS, ["0", f"{most // 2}", f"{most}"])
    width = max(x(1) - x(0) - 2, 1)
    for minute, group in totals.items():
        height = 0.0
        for role, count, words in _layers(group, scenario.model):
            tall = ANSWERS * count / most
            height += tall
            drawn.append(
                element(
                    "rect",
                    element("title", f"minute {minute}: {count} {words}"),
                    class_=role,
                    x=x(minute) + 1,
                    width=min(width, max(WIDTH - RIGHT - x(minute) - 1, 0.5)),
                    y=top + ANSWERS - height,
                    height=tall,
                )
            )
    return drawn


def _layers(group: Sequence[Minute], model: str) -> Iterator[tuple[str, int, str]]:
    """Yield failures first, so that a few are visible on the axis, then candidate and live."""
    ordered = sorted(group, key=lambda row: (row.model != model, row.model))
    for row in ordered:
        if row.failed:
            yield "failed", row.failed, f"failed by {row.model}"
    for row in ordered:
        if row.served:
            yield _role(row.model, model), row.served, f"served by {row.model}"


def panel(title: str, top: float, height: float, ticks: Sequence[str]) -> Element:
    """Return a panel's title and its horizontal lines, labelled from the bottom to the top."""
    drawn = element("g", element("text", title, class_="name", x=LEFT, y=top - 8))
    for place, tick in enumerate(ticks):
        y = top + height * (1 - place / (len(ticks) - 1))
        drawn.append(element("line", class_="grid", x1=LEFT, x2=WIDTH - RIGHT, y1=y, y2=y))
        drawn.append(element("text", tick, class_="tick end", x=LEFT - 6, y=y + 4))
    return drawn


def axis(x: Ruler, foot: float) -> Element:
    """Return the labels of the minutes."""
    marks = [
        element("text", f"{minute}", class_="tick middle", x=x(minute), y=foot + 16)
        for minute in x.ticks()
    ]
    unit = element("text", "min", class_="tick end", x=LEFT - 18, y=foot + 16)
    return element("g", unit, *marks)


def _decisions(timeline: Sequence[Told], rows: Sequence[int], x: Ruler, foot: float) -> Element:
    """Draw a numbered badge for each moment, with a line through both panels."""
    group = element("g")
    for number, (told, row) in enumerate(zip(timeline, rows, strict=True), start=1):
        at, y = x(told.minute), ROW * row + BADGE + 2
        group.append(element("line", class_="moment", x1=at, x2=at, y1=y, y2=foot))
        group.append(
            element(
                "g",
                element("title", f"minute {told.minute:g}: {told.title}. {told.text}"),
                element("circle", cx=at, cy=y, r=BADGE),
                element("text", f"{number}", class_="middle", x=at, y=y + 4),
                class_="badge bad" if told.bad else "badge",
            )
        )
    return group


def _rows(timeline: Sequence[Told], x: Ruler) -> list[int]:
    """Return a row for each moment, so that no badge covers another."""
    taken: list[float] = []
    rows = []
    for told in timeline:
        at = x(told.minute)
        free = (row for row, end in enumerate(taken) if at - end > 2 * BADGE + 1)
        row = next(free, len(taken))
        taken[row : row + 1] = [at]
        rows.append(row)
    return rows


def _role(name: str, model: str) -> str:
    return "candidate" if name == model else "live"


def _all(row: Minute) -> int:
    return row.served + row.failed


def _round_up(most: int) -> int:
    """Round up to an even number of two significant digits, so that half of it is whole."""
    unit = 2 * int(10 ** max(len(str(most)) - 2, 0))
    return max(-(-most // unit) * unit, 2)
