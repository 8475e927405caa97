"""The judged minutes of a release as a document: what `penstock replay` judges again."""

from collections.abc import Mapping, Sequence
from typing import Any

from penstock.domain.judging.counts import Counts, Minute

Transcript = dict[str, list[dict[str, Any]]]
LETTERS = dict(zip(Counts._fields, ("nb", "xb", "nc", "xc"), strict=True))


def continued(before: Mapping[str, Any], minutes: Sequence[Minute]) -> Transcript:
    """A transcript with these minutes instead of what it had from the first of them on."""
    first = minutes[0].number
    kept = [each for each in before.get("minutes", []) if each["minute"] < first]
    return {"minutes": [*kept, *map(_written, minutes)]}


def _written(minute: Minute) -> dict[str, Any]:
    """A weight that moved within the minute is null."""
    metrics = {name: _counts(counts) for name, counts in minute.counts.items()}
    return {"minute": minute.number, "weight": minute.weight, "metrics": metrics}


def _counts(counts: Counts) -> dict[str, float]:
    return {LETTERS[name]: value for name, value in counts._asdict().items()}
