"""A metric in a report: a finite number, or why it is none."""

import math
from typing import NamedTuple

import jmespath
from jmespath.exceptions import JMESPathError


class NotANumber(NamedTuple):
    """Why a metric is not a number, as the end of a sentence."""

    reason: str


class GivenTwice:
    """Replaces the values of a key that appears twice in one object."""


def look_up(metric: str, content: object) -> float | NotANumber:
    """The number that a JMESPath expression finds.

    If it finds an object with `value`, that value counts (facts 2.2).

    JMESPath's functions raise Python's errors: for ceil(NaN), avg of huge integers, a step of 0.
    """
    try:
        found = jmespath.search(metric, content)
    except (JMESPathError, ArithmeticError, ValueError, TypeError, RecursionError) as error:
        return NotANumber(f"cannot be looked up ({error})")
    if isinstance(found, dict) and "value" in found:
        found = found["value"]
    return number(found)


def number(value: object) -> float | NotANumber:
    """The value as a finite float. JSON's true, "NaN" and 1e999 are none."""
    if isinstance(value, GivenTwice):
        return NotANumber("appears twice")
    if value is None:
        return NotANumber("is missing")
    if isinstance(value, bool):
        return NotANumber("is true or false, not a number,")
    if isinstance(value, (dict, list)):
        kind = "an object" if isinstance(value, dict) else "a list"
        return NotANumber(f"is {kind}, not a number,")
    if not isinstance(value, (int, float)):
        return NotANumber(f"is the string {str(value)[:40]!r}, not a number,")
    return _finite(value)


def _finite(value: float) -> float | NotANumber:
    try:
        figure = float(value)
    except OverflowError:
        return NotANumber("is infinite")
    if math.isnan(figure):
        return NotANumber("is NaN")
    return figure if math.isfinite(figure) else NotANumber("is infinite")
