"""The values of metric math: numbers, time series, and arrays of time series.

The rules for missing datapoints are those of the CloudWatch guide, "Using metric math".
"""

import math
import operator
from collections.abc import Callable, Iterable, Mapping, Sequence

from moto.cloudwatch.exceptions import ValidationError

from twin.cloudwatch.metric_store import Points

Array = tuple[Points, ...]
Value = float | Points | Array
Operation = Callable[[float, float], float]
"""An operation on two numbers. The result is NaN if CloudWatch drops the datapoint."""


def _divide(left: float, right: float) -> float:
    """AWS: a datapoint that would divide by zero is dropped."""
    return left / right if right else math.nan


def _power(left: float, right: float) -> float:
    try:
        return math.pow(left, right)
    except (ValueError, OverflowError):
        return math.nan


def _truth(test: Callable[[float, float], bool]) -> Operation:
    return lambda left, right: float(test(left, right))


OPERATIONS: Mapping[str, Operation] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": _divide,
    "^": _power,
    "==": _truth(operator.eq),
    "!=": _truth(operator.ne),
    "<": _truth(operator.lt),
    "<=": _truth(operator.le),
    ">": _truth(operator.gt),
    ">=": _truth(operator.ge),
    "&&": _truth(lambda left, right: bool(left and right)),
    "||": _truth(lambda left, right: bool(left or right)),
}


def combine(operation: Operation, left: Value, right: Value) -> Value:
    """Apply an operation to each pair of datapoints.

    AWS: if only one of two series has a datapoint, that of the other counts as 0.
    """
    if isinstance(left, tuple) and isinstance(right, tuple):
        raise ValidationError("Metric math has no operators between two arrays of time series")
    if isinstance(left, tuple):
        return tuple(_series(combine(operation, each, right)) for each in left)
    if isinstance(right, tuple):
        return tuple(_series(combine(operation, left, each)) for each in right)
    return _pairwise(operation, left, right)


def _pairwise(operation: Operation, left: float | Points, right: float | Points) -> float | Points:
    if isinstance(left, dict) and isinstance(right, dict):
        moments = sorted({*left, *right})
        return _finite((at, operation(left.get(at, 0), right.get(at, 0))) for at in moments)
    if isinstance(left, dict):
        return _finite((at, operation(each, _number(right))) for at, each in left.items())
    if isinstance(right, dict):
        return _finite((at, operation(left, each)) for at, each in right.items())
    return operation(left, right)


def negate(value: Value) -> Value:
    """Unary minus."""
    return combine(operator.sub, 0.0, value)


def absolute(value: Value) -> Value:
    """ABS. AWS: it takes a time series or an array of them."""
    if isinstance(value, tuple):
        return tuple(_series(absolute(each)) for each in value)
    return {at: abs(each) for at, each in _series(value).items()}


def reduce(name: str, value: Value) -> Value:
    """SUM, AVG, MIN or MAX. They return a number for one series, and a series for an array."""
    if isinstance(value, tuple):
        moments = sorted({at for each in value for at in each})
        return _finite((at, _reduced(name, _present(value, at), len(value))) for at in moments)
    points = _series(value)
    return _reduced(name, list(points.values()), len(points))


def _present(array: Array, at: int) -> list[float]:
    return [each[at] for each in array if at in each]


def _reduced(name: str, present: Sequence[float], width: int) -> float:
    """AWS: AVG treats missing values as 0, so it divides by the number of series."""
    if not present:
        return math.nan
    match name:
        case "SUM":
            return math.fsum(present)
        case "AVG":
            return math.fsum(present) / width
        case "MIN":
            return min(present)
        case _:
            return max(present)


def fill(value: Value, filler: float | Points, moments: Sequence[int]) -> Value:
    """Fill each period without a datapoint, including the newest.

    AWS: alarms also fill the period that is not published yet.
    """
    if isinstance(value, tuple):
        return tuple(_series(fill(each, filler, moments)) for each in value)
    points = _series(value)
    fillers = filler if isinstance(filler, dict) else dict.fromkeys(moments, filler)
    return _finite((at, points.get(at, fillers.get(at, math.nan))) for at in moments)


def repeat(value: Value, moments: Sequence[int]) -> Value:
    """Fill each period without a datapoint with the latest earlier one."""
    if isinstance(value, tuple):
        return tuple(_series(repeat(each, moments)) for each in value)
    points, last = _series(value), math.nan
    filled = []
    for at in moments:
        last = points.get(at, last)
        filled.append((at, last))
    return _finite(filled)


def choose(condition: Value, true: Value, false: Value | None) -> Points:
    """IF(condition, true, false).

    AWS: a missing datapoint of the true series counts as 0, and one of the false series is
    dropped. There is no datapoint where the condition has none. The exception is IF(series,
    series, number), for which the guide's table has the number there.
    """
    if isinstance(condition, dict):
        moments = set(condition)
        if isinstance(true, dict) and isinstance(false, float):
            moments |= set(true)
        return _finite(
            (at, _at(true, at, 0.0) if condition.get(at) else _at(false, at, math.nan))
            for at in sorted(moments)
        )
    if isinstance(condition, tuple) or not isinstance(true, dict) or isinstance(false, float):
        raise ValidationError("Metric math has no IF with arguments of these types")
    chosen = true if condition else false
    return {} if chosen is None else dict(_series(chosen))


def _at(value: Value | None, at: int, missing: float) -> float:
    if value is None:
        return math.nan
    return _series(value).get(at, missing) if isinstance(value, dict | tuple) else value


def _number(value: Value) -> float:
    if isinstance(value, dict | tuple):
        raise ValidationError("Metric math expected a number and found a time series")
    return value


def _series(value: Value) -> Points:
    if not isinstance(value, dict):
        raise ValidationError("Metric math expected a time series and found something else")
    return value


def _finite(points: Iterable[tuple[int, float]]) -> Points:
    return {at: value for at, value in points if math.isfinite(value)}
