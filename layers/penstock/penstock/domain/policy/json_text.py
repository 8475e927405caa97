"""Strict JSON, and merging of documents key by key."""

import json
from collections.abc import Iterable, Mapping
from typing import NoReturn

DEEPEST_JSON = 100
"""Most levels of a document. pydantic's own limit is 255, and JSON has none."""


def strict_json(text: str) -> object:
    """Parse JSON without NaN, Infinity or repeated keys.

    Raises:
        ValueError: It is not such a document. The message says why.
    """
    try:
        return json.loads(text, parse_constant=_refuse_constant, object_pairs_hook=_once_each)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error


def check_plain(document: object) -> None:
    """Check that a document can be written as JSON in UTF-8.

    Raises:
        ValueError: It is nested deeper than DEEPEST, or a string contains an unpaired surrogate.
    """
    level = [document]
    for _ in range(DEEPEST_JSON):
        level = [part for whole in level for part in _parts(whole)]
    if level:
        raise ValueError("it is nested too deeply")
    try:
        json.dumps(document, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise ValueError("a string contains invalid Unicode (an unpaired surrogate)") from error


def _parts(whole: object) -> Iterable[object]:
    if isinstance(whole, dict):
        return whole.values()
    return whole if isinstance(whole, list) else ()


def _refuse_constant(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not a JSON number")


def _once_each(pairs: list[tuple[str, object]]) -> dict[str, object]:
    document = dict(pairs)
    if len(document) != len(pairs):
        names = [name for name, _ in pairs]
        repeated = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the key {repeated} appears twice")
    return document


def laid_over(below: Mapping[str, object], above: Mapping[str, object]) -> dict[str, object]:
    """Merge `above` over `below`: objects merge key by key, everything else is replaced."""
    merged = dict(below)
    for name, value in above.items():
        under = merged.get(name)
        if isinstance(under, Mapping) and isinstance(value, Mapping):
            merged[name] = laid_over(under, value)
        else:
            merged[name] = value
    return merged
