"""Whether a model's answer is the expected one."""

import json
import re
from collections.abc import Sequence
from decimal import Context, Decimal
from typing import Any

_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_EXACT = Context(prec=60, traps=[])
"""Differences of decimals: 0.83 and 0.82 differ by 0.01, which binary numbers do not."""


def agrees(expected: str, answer: str, tolerance: float) -> bool:
    """Compare as JSON where both texts are JSON, else as CSV, else as text.

    JSON: numbers may differ by `tolerance` (absolute), at any depth. An object of the answer may
    have more keys, but none fewer. CSV: both have the same rows and columns, and every field is a
    number. Text: equal without surrounding white space.
    """
    try:
        return _as_json(_json(expected), _json(answer), _decimal(tolerance))
    except (ValueError, ArithmeticError, RecursionError):
        pass
    ours, theirs = _table(expected), _table(answer)
    if ours and theirs and _shape(ours) == _shape(theirs):
        return _as_table(ours, theirs, _decimal(tolerance))
    return expected.strip() == answer.strip()


def _json(text: str) -> Any:
    return json.loads(text, parse_float=Decimal, parse_int=Decimal, parse_constant=_refuse)


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


def _as_json(expected: Any, answer: Any, tolerance: Decimal) -> bool:
    match expected, answer:
        case Decimal(), Decimal():
            return _near(expected, answer, tolerance)
        case dict(), dict():
            return all(
                key in answer and _as_json(value, answer[key], tolerance)
                for key, value in expected.items()
            )
        case list(), list():
            return len(expected) == len(answer) and all(
                _as_json(*pair, tolerance) for pair in zip(expected, answer, strict=True)
            )
    return type(expected) is type(answer) and bool(expected == answer)


def _table(text: str) -> Sequence[Sequence[Decimal]] | None:
    """The numbers of a CSV text. None if a field is no number."""
    rows = [[field.strip() for field in row.split(",")] for row in text.strip().splitlines()]
    if not all(_NUMBER.fullmatch(field) for row in rows for field in row):
        return None
    try:
        return [[Decimal(field) for field in row] for row in rows]
    except ArithmeticError:
        return None


def _shape(table: Sequence[Sequence[Decimal]]) -> list[int]:
    return [len(row) for row in table]


def _as_table(
    expected: Sequence[Sequence[Decimal]], answer: Sequence[Sequence[Decimal]], tolerance: Decimal
) -> bool:
    rows = zip(expected, answer, strict=True)
    pairs = (pair for row in rows for pair in zip(*row, strict=True))
    return all(_near(*pair, tolerance) for pair in pairs)


def _near(one: Decimal, other: Decimal, tolerance: Decimal) -> bool:
    difference = _EXACT.subtract(one, other).copy_abs()
    return one == other or (difference.is_finite() and difference <= tolerance)


def _decimal(tolerance: float) -> Decimal:
    return Decimal(repr(tolerance))
