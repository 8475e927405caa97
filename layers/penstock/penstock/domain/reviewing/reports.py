"""Evaluation reports, and the metrics of them that the ledger stores."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from penstock.domain.policy.approval import Bar, ReportName
from penstock.domain.reviewing.figures import GivenTwice, NotANumber, look_up, number

KEPT_BYTES = 6_000
"""Most bytes of one stored report. Six of them and the bars' values fit into 50 KB."""

DEEPEST_KEPT = 12
"""Most levels of nested objects that are stored."""
SMALLEST, LARGEST = 1e-100, 1e100
"""Smaller figures are stored as 0 and larger ones not at all, because of DynamoDB's range."""


class Document(NamedTuple):
    """A report that is JSON. `digest` is the SHA-256 of its bytes, in hex."""

    content: object
    digest: str


class NotJson(NamedTuple):
    """A readable report that is not JSON. Its metrics are misses."""

    digest: str


class Unreadable(NamedTuple):
    """A report that cannot be read now. Its metrics have no verdict."""

    reason: str


Report = Document | NotJson | Unreadable


def parse_report(text: str, digest: str) -> Document | NotJson:
    """Parse a report. NaN and Infinity are accepted, and are misses if a bar names them.

    So is a key that appears twice, because nobody can say which value was meant.
    """
    try:
        return Document(json.loads(text, object_pairs_hook=_once_each), digest)
    except (ValueError, RecursionError):
        return NotJson(digest)


def _once_each(pairs: list[tuple[str, object]]) -> dict[str, object]:
    counts = Counter(name for name, _ in pairs)
    return {name: value if counts[name] == 1 else GivenTwice() for name, value in pairs}


def keep(bars: Iterable[Bar], reports: Mapping[ReportName, Report]) -> dict[str, dict[str, object]]:
    """The part of reports that the ledger stores, so that an expired report cannot block a release.

    For each report that is the pruned document and the value of each bar, because a bar's
    expression may go through lists, which pruning drops.
    """
    every = tuple(bars)
    return {
        name: {"document": prune(report.content), "values": _values(every, name, report)}
        for name, report in reports.items()
        if isinstance(report, Document)
    }


def prune(document: object, limit: int = KEPT_BYTES) -> dict[str, object]:
    """Only the finite numbers in nested objects, at most `limit` bytes as JSON.

    A larger document loses its deepest level again and again until it fits.
    """
    for levels in range(DEEPEST_KEPT, -1, -1):
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
