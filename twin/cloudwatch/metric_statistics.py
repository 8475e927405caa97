"""Computes CloudWatch's statistics from the exact distribution of a period's values."""

import math
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import NamedTuple


class StatisticSet(NamedTuple):
    """A published summary of values, without the values themselves."""

    samples: float
    total: float
    minimum: float
    maximum: float

    @property
    def is_one_value(self) -> bool:
        """Whether all values are known, because every one equals the minimum."""
        return self.minimum == self.maximum and self.total == self.minimum * self.samples


@dataclass
class Distribution:
    """The values that were published in a period."""

    values: Counter[float] = field(default_factory=Counter)
    sets: list[StatisticSet] = field(default_factory=list)

    def add(self, values: Mapping[float, int]) -> None:
        """Add values, each with the number of times that it occurred."""
        self.values.update({value: count for value, count in values.items() if count})

    def add_set(self, one: StatisticSet) -> None:
        """Add a summary, as plain values if all of them are known."""
        if one.is_one_value and one.samples == int(one.samples):
            self.values[one.minimum] += int(one.samples)
        else:
            self.sets.append(one)

    def merge(self, other: "Distribution") -> None:
        """Add the values of another period."""
        self.values.update(other.values)
        self.sets.extend(other.sets)

    @property
    def count(self) -> float:
        return self.values.total() + sum(one.samples for one in self.sets)

    @property
    def total(self) -> float:
        plain = math.fsum(value * count for value, count in self.values.items())
        return plain + math.fsum(one.total for one in self.sets)

    @property
    def minimum(self) -> float:
        return min([*self.values, *(one.minimum for one in self.sets)])

    @property
    def maximum(self) -> float:
        return max([*self.values, *(one.maximum for one in self.sets)])

    @property
    def is_ranked(self) -> bool:
        """Whether percentiles and similar statistics exist.

        AWS: not for values published as statistic sets, nor with negative values (facts 4.2).
        """
        return not self.sets and min(self.values) >= 0


Statistic = Callable[[Distribution], float | None]
"""The value for a non-empty distribution, or None if CloudWatch would have no datapoint."""

SIMPLE: Mapping[str, Statistic] = {
    "SampleCount": lambda found: found.count,
    "Sum": lambda found: found.total,
    "Average": lambda found: found.total / found.count,
    "Minimum": lambda found: found.minimum,
    "Maximum": lambda found: found.maximum,
}

_NUMBER = r"\d+(?:\.\d{1,10})?"
_PERCENTILE = re.compile(rf"p({_NUMBER})")
_TRIMMED = re.compile(rf"(tm|wm|tc|ts)({_NUMBER})")
_BY_RANK = re.compile(rf"(TM|WM|TC|TS)\((?:({_NUMBER})%)?:(?:({_NUMBER})%)?\)")
_BY_VALUE = re.compile(rf"(TM|WM|TC|TS|PR)\(({_NUMBER})?:({_NUMBER})?\)")
_WHOLE = Fraction(100)


class InvalidStatisticError(ValueError):
    """The text is not the name of a CloudWatch statistic."""

    def __init__(self, text: str) -> None:
        super().__init__(f"{text!r} is not a CloudWatch statistic")


def statistic(text: str) -> Statistic:
    """Parse a statistic in MetricStat.Stat's syntax: Sum, p99.9, tm95, TC(300000:), PR(:0.5)."""
    if text in SIMPLE:
        return SIMPLE[text]
    if text == "IQM":
        return _ranked("TM", Fraction(25), Fraction(75))
    if match := _PERCENTILE.fullmatch(text):
        return _percentile(_percent(text, match[1]))
    if match := _TRIMMED.fullmatch(text):
        return _ranked(match[1].upper(), Fraction(0), _percent(text, match[2]))
    return _bounded(text)


def _bounded(text: str) -> Statistic:
    if text.endswith("(:)"):
        raise InvalidStatisticError(text)
    if match := _BY_RANK.fullmatch(text):
        low, high = _percent(text, match[2] or "0"), _percent(text, match[3] or "100")
        return _in_order(text, low, high, _ranked(match[1], low, high))
    if match := _BY_VALUE.fullmatch(text):
        floor = float(match[2]) if match[2] else -math.inf
        ceiling = float(match[3]) if match[3] else math.inf
        return _in_order(text, floor, ceiling, _valued(match[1], floor, ceiling))
    raise InvalidStatisticError(text)


def _in_order(
    text: str, low: float | Fraction, high: float | Fraction, found: Statistic
) -> Statistic:
    if low >= high:
        raise InvalidStatisticError(text)
    return found


def _percent(text: str, number: str) -> Fraction:
    percent = Fraction(number)
    if percent > _WHOLE:
        raise InvalidStatisticError(text)
    return percent


def _percentile(percent: Fraction) -> Statistic:
    """AWS: a percentile is the maximum after the highest values are removed."""

    def value(found: Distribution) -> float | None:
        if not found.is_ranked:
            return None
        kept = _ranks(found, Fraction(0), percent)
        return max(kept) if kept else found.minimum

    return value


def _ranked(kind: str, low: Fraction, high: Fraction) -> Statistic:
    def value(found: Distribution) -> float | None:
        if not found.is_ranked:
            return None
        kept = _ranks(found, low, high)
        if kind == "WM" and kept:
            return _clamped(found, min(kept), max(kept))
        return _of_kept(kind, kept, found.count)

    return value


def _valued(kind: str, floor: float, ceiling: float) -> Statistic:
    """AWS: of two fixed bounds the lower is exclusive and the upper inclusive (facts 4.2)."""

    def value(found: Distribution) -> float | None:
        if not found.is_ranked:
            return None
        if kind == "WM":
            return _clamped(found, floor, ceiling)
        kept = {each: n for each, n in found.values.items() if floor < each <= ceiling}
        return _of_kept(kind, kept, found.count)

    return value


def _of_kept(kind: str, kept: Mapping[float, int], everything: float) -> float | None:
    count, total = sum(kept.values()), math.fsum(each * n for each, n in kept.items())
    match kind:
        case "TC":
            return count
        case "TS":
            return total
        case "PR":
            return 100 * count / everything
        case _:
            return total / count if count else None


def _ranks(found: Distribution, low: Fraction, high: Fraction) -> dict[float, int]:
    """Return the values whose rank is above `low` percent and at most `high` percent."""
    everything = found.values.total()
    first = math.floor(low * everything / _WHOLE)
    last = math.ceil(high * everything / _WHOLE)
    kept, below = {}, 0
    for value, count in sorted(found.values.items()):
        inside = min(below + count, last) - max(below, first)
        if inside > 0:
            kept[value] = inside
        below += count
    return kept


def _clamped(found: Distribution, floor: float, ceiling: float) -> float:
    moved = (min(max(each, floor), ceiling) * n for each, n in found.values.items())
    return math.fsum(moved) / found.count
