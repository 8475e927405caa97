"""JSON as people write it: read strictly, laid over each other key by key."""

import json
from collections.abc import Mapping
from typing import NoReturn


def strict_json(text: str) -> object:
    """The document in this text, without NaN, Infinity or a key given twice.

    Raises:
        ValueError: it is not such a document; the text says why.
    """
    try:
        return json.loads(text, parse_constant=_refuse_constant, object_pairs_hook=_once_each)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error


def _refuse_constant(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not a number that JSON knows")


def _once_each(pairs: list[tuple[str, object]]) -> dict[str, object]:
    document = dict(pairs)
    if len(document) != len(pairs):
        names = [name for name, _ in pairs]
        repeated = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the key {repeated} is given twice")
    return document


def laid_over(below: Mapping[str, object], above: Mapping[str, object]) -> dict[str, object]:
    """`above` over `below`: objects merge key by key, everything else is replaced."""
    merged = dict(below)
    for name, value in above.items():
        under = merged.get(name)
        if isinstance(under, Mapping) and isinstance(value, Mapping):
            merged[name] = laid_over(under, value)
        else:
            merged[name] = value
    return merged
