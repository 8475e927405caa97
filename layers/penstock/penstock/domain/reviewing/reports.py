"""Evaluation reports: read once for the verdict, and cut down to what live is remembered by."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from penstock.domain.policy.approval import Bar, ReportName
from penstock.domain.reviewing.figures import GivenTwice, NotANumber, look_up, number

KEPT_BYTES = 6_000
"""Of one report; six of them and the bars' own values stay below 50 KB of the ledger's item."""

DEEPEST = 12
"""Levels of nested objects that are kept at most."""
SMALLEST, LARGEST = 1e-100, 1e100
"""Beyond these, a figure is kept as 0 or not at all: numbers of the ledger's table end."""


class Document(NamedTuple):
    """A report that is JSON; `digest` is the SHA-256 of its bytes, in hex."""

    content: object
    digest: str


class NotJson(NamedTuple):
    """A report that can be read and is no JSON document: its metrics are misses."""

    digest: str


class Unreadable(NamedTuple):
    """A report that cannot be read now: no verdict."""

    reason: str


Report = Document | NotJson | Unreadable


def parse_report(text: str, digest: str) -> Document | NotJson:
    """The report in this text; NaN and Infinity are read, and are misses where a bar names them.

    So is a key that is given twice: nobody can say which of its values was meant.
    """
    try:
        return Document(json.loads(text, object_pairs_hook=_once_each), digest)
    except (ValueError, RecursionError):
        return NotJson(digest)


def _once_each(pairs: list[tuple[str, object]]) -> dict[str, object]:
    counts = Counter(name for name, _ in pairs)
    return {name: value if counts[name] == 1 else GivenTwice() for name, value in pairs}


def keep(bars: Iterable[Bar], reports: Mapping[ReportName, Report]) -> dict[str, dict[str, object]]:
    """What the ledger keeps of these reports, so that an expired report cannot block a release.

    Per report the pruned document, and the value of each bar on it: a bar's expression may go
    through lists, which pruning drops.
    """
    every = tuple(bars)
    return {
        name: {"document": prune(report.content), "values": _values(every, name, report)}
        for name, report in reports.items()
        if isinstance(report, Document)
    }


def prune(document: object, limit: int = KEPT_BYTES) -> dict[str, object]:
    """Only the finite numbers in nested objects, as JSON at most `limit` bytes.

    What is too large loses its deepest level, again and again, until it fits.
    """
    for levels in range(DEEPEST, -1, -1):
        kept = _numbers(document, levels)
        if len(json.dumps(kept)) <= limit:
            return kept
    return {}


def kept_document(kept: object) -> object:
    """The pruned document in what `keep` wrote of one report; None where there is none."""
    return kept.get("document") if isinstance(kept, Mapping) else None


def kept_value(kept: object, metric: str) -> float | None:
    """The value of this expression in what `keep` wrote of one report."""
    values = kept.get("values") if isinstance(kept, Mapping) else None
    known = number(values.get(metric)) if isinstance(values, Mapping) else None
    return None if isinstance(known, NotANumber) else known


def _values(bars: Iterable[Bar], name: ReportName, report: Document) -> dict[str, float]:
    found = {bar.metric: look_up(bar.metric, report.content) for bar in bars if bar.report == name}
    figures = {metric: _keepable(value) for metric, value in found.items()}
    return {metric: figure for metric, figure in figures.items() if figure is not None}


def _keepable(value: float | NotANumber) -> float | None:
    if isinstance(value, NotANumber) or abs(value) > LARGEST:
        return None
    return value if abs(value) >= SMALLEST else 0.0


def _numbers(document: object, levels: int) -> dict[str, object]:
    kept: dict[str, object] = {}
    for name, value in document.items() if isinstance(document, dict) else ():
        if isinstance(value, dict):
            inner = _numbers(value, levels - 1) if levels else {}
            if inner:
                kept[name] = inner
        elif (figure := _keepable(number(value))) is not None:
            kept[name] = figure
    return kept
