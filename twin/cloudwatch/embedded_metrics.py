"""CloudWatch's embedded metric format: metrics that handlers print into their logs."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple


class Point(NamedTuple):
    """One value of one metric in one set of dimensions."""

    namespace: str
    name: str
    dimensions: Mapping[str, str]
    value: float
    at: float
    unit: str


class InvalidEmbeddedMetric(ValueError):  # its name reads well where it is raised
    """CloudWatch would not understand this document and would publish nothing."""


def points(line: str) -> Iterator[Point]:
    """Yield the points that a log line publishes. Most lines publish nothing."""
    if '"_aws"' not in line:
        return
    try:
        document = json.loads(line)
    except ValueError:
        return  # AWS: a line that is not JSON publishes nothing
    metadata = document["_aws"]
    for directive in metadata["CloudWatchMetrics"]:
        for point in _of_directive(directive, document):
            yield point._replace(at=metadata["Timestamp"] / 1000)


def _of_directive(directive: Mapping[str, Any], document: Mapping[str, Any]) -> Iterator[Point]:
    for keys in directive["Dimensions"] or [[]]:
        dimensions = {key: _text(key, document[key]) for key in keys}
        for metric in directive["Metrics"]:
            unit = metric.get("Unit", "None")
            for value in _as_list(document[metric["Name"]]):
                yield Point(directive["Namespace"], metric["Name"], dimensions, value, 0.0, unit)


def _text(key: str, value: Any) -> str:
    """AWS: a dimension is a string. Otherwise CloudWatch drops the whole document."""
    if not isinstance(value, str):
        raise InvalidEmbeddedMetric(f"the dimension {key} is {value!r}, not a string")
    return value


def _as_list(value: Any) -> list[float]:
    return list(value) if isinstance(value, list) else [value]
