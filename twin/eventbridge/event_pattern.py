"""Compiles EventBridge event patterns, and refuses those that EventBridge would refuse.

AWS: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html
"""

import ipaddress
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from twin.core.hooks import NotSupportedByTwin

Test = Callable[[Any], bool]


class InvalidPattern(Exception):
    """EventBridge would refuse the pattern, or the twin does not support one of its operators."""


class _Absent:
    """The field is not in the event."""


ABSENT: Final = _Absent()


def compile_pattern(pattern: Any) -> Test:
    """Return a function that tests whether an event matches."""
    if not isinstance(pattern, Mapping) or not pattern:
        raise InvalidPattern("a pattern is an object with at least one field")
    tests = [_field(name, part) for name, part in pattern.items()]
    return lambda event: all(test(event) for test in tests)


def _field(name: str, part: Any) -> Test:
    if name == "$or":
        return _any_of(part)
    if isinstance(part, Mapping):
        nested = compile_pattern(part)
        return lambda event: _some_element(_get(event, name), nested)
    if isinstance(part, list) and part:
        leaf = _leaf(part)
        return lambda event: leaf(_get(event, name))
    raise InvalidPattern(f'"{name}" must be an object or a list that is not empty')


def _any_of(alternatives: Any) -> Test:
    if not isinstance(alternatives, list) or len(alternatives) < 2:  # noqa: PLR2004  # AWS's rule
        raise InvalidPattern("$or is a list of at least two patterns")
    tests = [compile_pattern(each) for each in alternatives]
    return lambda event: any(test(event) for test in tests)


def _get(event: Any, name: str) -> Any:
    return event.get(name, ABSENT) if isinstance(event, Mapping) else ABSENT


def _some_element(value: Any, nested: Test) -> bool:
    """An array of objects matches if one object matches all fields of the pattern."""
    if isinstance(value, list):
        return any(_some_element(each, nested) for each in value)
    return nested(value)


def _leaf(alternatives: Sequence[Any]) -> Test:
    tests = [_alternative(each) for each in alternatives]

    def test(value: Any) -> bool:
        # An empty array has no value that could match. It counts as absent.
        values = (value or [ABSENT]) if isinstance(value, list) else [value]
        return any(each(item) for each in tests for item in values)

    return test


def _alternative(wanted: Any) -> Test:
    if not isinstance(wanted, Mapping):
        return lambda value: _equal(value, wanted)
    if len(wanted) != 1:
        raise InvalidPattern("a match expression has exactly one operator")
    name, operand = next(iter(wanted.items()))
    if name not in _OPERATORS:
        raise InvalidPattern(f"unknown operator {name}")
    return _OPERATORS[name](operand)


def _equal(value: Any, wanted: Any) -> bool:
    if _is_number(value) and _is_number(wanted):
        return bool(value == wanted)
    return type(value) is type(wanted) and bool(value == wanted)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _need_text(name: str, operand: Any) -> str:
    if not isinstance(operand, str) or not operand:
        raise InvalidPattern(f"{name} needs text")
    return operand


def _on_text(test: Callable[[str], bool]) -> Test:
    return lambda value: isinstance(value, str) and test(value)


def _affix(name: str, matches: Callable[[str, str], bool]) -> Callable[[Any], Test]:
    """`prefix` and `suffix`, with or without respect to case."""

    def compiled(operand: Any) -> Test:
        if isinstance(operand, Mapping):
            if list(operand) != ["equals-ignore-case"]:
                raise InvalidPattern(f"{name} knows only equals-ignore-case")
            folded = _need_text(name, operand["equals-ignore-case"]).casefold()
            return _on_text(lambda value: matches(value.casefold(), folded))
        text = _need_text(name, operand)
        return _on_text(lambda value: matches(value, text))

    return compiled


def _equals_ignore_case(operand: Any) -> Test:
    folded = _need_text("equals-ignore-case", operand).casefold()
    return _on_text(lambda value: value.casefold() == folded)


def _wildcard(operand: Any) -> Test:
    text = _need_text("wildcard", operand)
    if "**" in text:
        raise InvalidPattern("consecutive wildcards")
    parts = re.findall(r"\\.|[^\\]|\\$", text)
    if any(part.startswith("\\") and part not in (r"\*", r"\\") for part in parts):
        raise InvalidPattern(r"a wildcard escapes only \* and \\")
    regex = "".join(".*" if part == "*" else re.escape(part[-1]) for part in parts)
    compiled = re.compile(regex, re.DOTALL)
    return _on_text(lambda value: compiled.fullmatch(value) is not None)


def _exists(operand: Any) -> Test:
    if not isinstance(operand, bool):
        raise InvalidPattern("exists needs true or false")

    def test(value: Any) -> bool:
        # AWS: exists works on leaf nodes only.
        if isinstance(value, Mapping):
            raise NotSupportedByTwin("exists on a field that holds an object")
        return (value is not ABSENT) is operand

    return test


_COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    "=": operator.eq,
    ">": operator.gt,
    ">=": operator.ge,
}


def _numeric(operand: Any) -> Test:
    if not isinstance(operand, list) or len(operand) not in (2, 4):
        raise InvalidPattern("numeric is a list of one or two comparisons")
    pairs = list(zip(operand[::2], operand[1::2], strict=True))
    for name, number in pairs:
        if name not in _COMPARISONS or not _is_number(number):
            raise InvalidPattern(f"numeric cannot compare with {name} {number}")
    if len(pairs) == 2 and (pairs[0][0] not in (">", ">=") or pairs[1][0] not in ("<", "<=")):  # noqa: PLR2004  # a range
        raise InvalidPattern("a numeric range goes from > or >= to < or <=")
    return lambda value: (
        _is_number(value) and all(_COMPARISONS[name](value, number) for name, number in pairs)
    )


def _cidr(operand: Any) -> Test:
    try:
        network = ipaddress.ip_network(_need_text("cidr", operand))
    except ValueError as error:
        raise InvalidPattern(f"cidr: {error}") from error
    return _on_text(lambda value: _address_in(value, network))


def _address_in(value: str, network: ipaddress.IPv4Network | ipaddress.IPv6Network) -> bool:
    try:
        return ipaddress.ip_address(value) in network
    except ValueError:
        return False


def _anything_but(operand: Any) -> Test:
    """The field must be present, and no excluded value or pattern may match."""
    excluded = _excluded(operand)
    return lambda value: value is not ABSENT and not any(test(value) for test in excluded)


def _excluded(operand: Any) -> list[Test]:
    if isinstance(operand, Mapping):
        if len(operand) != 1:
            raise InvalidPattern("anything-but takes one operator")
        name, inner = next(iter(operand.items()))
        if name not in ("prefix", "suffix", "wildcard", "equals-ignore-case"):
            raise InvalidPattern(f"anything-but does not take {name}")
        operands = inner if isinstance(inner, list) else [inner]
        return [_OPERATORS[name](each) for each in operands]
    values = operand if isinstance(operand, list) else [operand]
    texts = all(isinstance(each, str) for each in values)
    if not values or not (texts or all(_is_number(each) for each in values)):
        raise InvalidPattern("anything-but takes texts or numbers")
    return [_alternative(each) for each in values]


_OPERATORS: Mapping[str, Callable[[Any], Test]] = {
    "anything-but": _anything_but,
    "cidr": _cidr,
    "equals-ignore-case": _equals_ignore_case,
    "exists": _exists,
    "numeric": _numeric,
    "prefix": _affix("prefix", str.startswith),
    "suffix": _affix("suffix", str.endswith),
    "wildcard": _wildcard,
}
