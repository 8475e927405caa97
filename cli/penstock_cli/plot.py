"""A replay as a picture: evidence against its threshold, harm against the budget, shares."""

import math
from collections.abc import Iterator, Sequence
from textwrap import wrap

from penstock.domain.judging.judge_settings import JudgeSettings
from penstock_cli.minutes import OVERALL
from penstock_cli.panels import (
    COLOURS,
    LEFT,
    RIGHT,
    STYLE,
    WIDTH,
    Curve,
    Panel,
    text,
    upright,
    whole_steps,
)
from penstock_cli.replay import JudgedMinute, ReplayVerdict

HEAD, TALL, GAP, FOOT = 96.0, 170.0, 52.0, 48.0
REASON_WIDTH = 138  # of the reason in a line
TITLES = {
    "roll_back": "Rolled back",
    "promote": "Promoted",
    "inconclusive": "Inconclusive",
    "undecided": "Undecided",
}
_DECADES = (-2.0, 5.0)  # of evidence that are shown at most


def plotted(judged: Sequence[JudgedMinute], verdict: ReplayVerdict, settings: JudgeSettings) -> str:
    """The SVG document."""
    first = judged[0].minute
    minutes = (0.0, max(1.0, judged[-1].minute - first + 1.0))
    tops = [HEAD + k * (TALL + GAP) for k in range(3)]
    bottom = tops[-1] + TALL
    drawn = [
        *_head(judged, verdict),
        *_evidence(judged, Panel(tops[0], TALL, minutes, _decades(judged, settings)), settings),
        *_harm(
            judged, Panel(tops[1], TALL, minutes, (0.0, _most_harm(judged, settings))), settings
        ),
        *_shares(judged, Panel(tops[2], TALL, minutes, (0.0, _most_share(judged)))),
        *_axis(Panel(tops[2], TALL, minutes, (0.0, 1.0)), first),
    ]
    if verdict.verdict != "undecided":
        at = Panel(0, 1, minutes, (0, 1)).x(verdict.minute - first + 1)
        drawn.append(upright(at, tops[0], bottom, "verdict"))
    inside = "\n".join(drawn)
    size = f'viewBox="0 0 {WIDTH:g} {bottom + FOOT:g}" width="{WIDTH:g}"'
    svg = '<svg xmlns="http://www.w3.org/2000/svg" role="img"'
    return f"{svg} {size}>\n<style>{STYLE}</style>\n{inside}\n</svg>\n"


def _head(judged: Sequence[JudgedMinute], verdict: ReplayVerdict) -> Iterator[str]:
    yield text(LEFT, 30, f"{TITLES[verdict.verdict]} at minute {verdict.minute}", "title")
    for row, words in enumerate(wrap(verdict.reason, REASON_WIDTH)[:2]):
        yield text(LEFT, 48 + 15 * row, words)
    at = WIDTH - RIGHT
    for name in reversed([OVERALL, *judged[0].harm]):
        yield text(at, 30, name, "end")
        at -= 7 * len(name) + 8
        yield f'<line class="line {_role(judged, name)}" x1="{at - 18}" x2="{at}" y1="26" y2="26"/>'
        at -= 34


def _evidence(
    judged: Sequence[JudgedMinute], panel: Panel, settings: JudgeSettings
) -> Iterator[str]:
    least, most = panel.values
    decades = [float(k) for k in range(math.ceil(least), math.floor(most) + 1)]
    yield from panel.frame(
        "evidence against the candidate",
        [(k, f"1:{10**-k:,.0f}" if k < 0 else f"{10**k:,.0f}:1") for k in decades],
    )
    for name in [*judged[0].harm, OVERALL]:
        points = [(0.0, 0.0), *_points(judged, [j.log_e[name] / math.log(10) for j in judged])]
        yield panel.line(points, _role(judged, name))
    threshold = -math.log10(settings.alpha)
    yield from _limit(panel, threshold, f"rolls back at {10**threshold:,.0f}:1", "limit")
    doubt = threshold * settings.doubt
    yield from _limit(panel, doubt, f"holds the share at {10**doubt:,.0f}:1", "doubt")


def _harm(judged: Sequence[JudgedMinute], panel: Panel, settings: JudgeSettings) -> Iterator[str]:
    ticks = [(value, f"{value:,g}") for value in whole_steps(*panel.values, 5)]
    confidence = f"{100 * (1 - settings.beta):g} %"
    title = f"harm so far: extra bad requests at most ({confidence} sure), by what one costs"
    yield from panel.frame(title, ticks)
    for name in judged[0].harm:
        cost = settings.limit(name).harm
        harm = [cost * each.harm[name] for each in judged]
        yield panel.line([(0.0, 0.0), *_points(judged, harm)], _role(judged, name))
    words = f"budget at risk in a step: {settings.budget:g}"
    yield from _limit(panel, settings.budget, words, "limit")


def _limit(panel: Panel, value: float, words: str, role: str) -> Iterator[str]:
    yield panel.level(value, role)
    yield text(LEFT + 6, panel.y(value) - 5, words, role)


def _shares(judged: Sequence[JudgedMinute], panel: Panel) -> Iterator[str]:
    ticks = [(value, f"{value:g} %") for value in whole_steps(*panel.values, 5)]
    yield from panel.frame("share of requests: as recorded (area), as judged (line)", ticks)
    first = judged[0].minute
    recorded = [(float(each.minute - first), 100 * each.recorded) for each in judged]
    yield panel.area(recorded, "share")
    asked = _points(judged, [100 * each.weight for each in judged])
    yield panel.line(panel.stairs(asked), "asked")


def _axis(panel: Panel, first: int) -> Iterator[str]:
    below = panel.top + panel.height + 16
    for minute in whole_steps(0, panel.minutes[1], 12):
        if minute == int(minute):
            yield text(panel.x(minute), below, f"{minute:g}", "middle")
    start = f"minutes from minute {first}" if first else "minutes"
    yield text((LEFT + WIDTH - RIGHT) / 2, below + 18, start, "middle")


def _points(judged: Sequence[JudgedMinute], values: Sequence[float]) -> Curve:
    """Each at the end of its minute."""
    first = judged[0].minute
    return [(each.minute - first + 1.0, value) for each, value in zip(judged, values, strict=True)]


def _role(judged: Sequence[JudgedMinute], name: str) -> str:
    return "overall" if name == OVERALL else f"colour{list(judged[0].harm).index(name) % COLOURS}"


def _decades(judged: Sequence[JudgedMinute], settings: JudgeSettings) -> tuple[float, float]:
    reached = [value / math.log(10) for each in judged for value in each.log_e.values()]
    least = max(_DECADES[0], min(-1.0, math.floor(min(reached))))
    most = max(-math.log10(settings.alpha) + 1, math.ceil(max(reached)))
    return least, min(_DECADES[1], most)


def _most_harm(judged: Sequence[JudgedMinute], settings: JudgeSettings) -> float:
    reached = (settings.limit(n).harm * h for each in judged for n, h in each.harm.items())
    return 1.15 * max(settings.budget, *reached)


def _most_share(judged: Sequence[JudgedMinute]) -> float:
    reached = max(max(each.recorded, each.weight) for each in judged)
    return 100 * min(1.0, 1.1 * reached) or 1.0
