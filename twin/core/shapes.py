"""The service's validation of a request: patterns, lengths, ranges and enumerations.

botocore validates only required members and lower bounds before it sends a request. The service
validates the rest.
"""

import re
import sys
import unicodedata
from collections.abc import Iterator
from functools import cache
from typing import Any

from twin.core.account import refused

_CATEGORY = re.compile(r"\\p\{(\w)\}")
_BASIC_PLANE = 0x10000


def check(shape: Any, params: Any) -> None:
    """Refuse a request that breaks a constraint of its shape."""
    violations = list(_violations(shape, params, ""))
    if violations:
        count = len(violations)
        noun = "error" if count == 1 else "errors"
        raise refused(f"{count} validation {noun} detected: {'; '.join(violations)}")


def _violations(shape: Any, value: Any, path: str) -> Iterator[str]:
    for rule in _CHECKS.get(shape.type_name, ()):
        yield from rule(shape, value, path)


def _members(shape: Any, value: Any, path: str) -> Iterator[str]:
    for name, member in shape.members.items():
        below = f"{path}.{_initial(name)}" if path else _initial(name)
        if value.get(name) is not None:
            yield from _violations(member, value[name], below)
        elif name in shape.required_members:
            yield _violation("null", below, "Member must not be null", quoted=False)


def _items(shape: Any, value: Any, path: str) -> Iterator[str]:
    for index, item in enumerate(value, start=1):
        yield from _violations(shape.member, item, f"{path}.{index}.member")


def _pairs(shape: Any, value: Any, path: str) -> Iterator[str]:
    for key, item in value.items():
        yield from _violations(shape.key, key, f"{path}.key")
        yield from _violations(shape.value, item, f"{path}.{key}.member")


def _length(shape: Any, value: Any, path: str) -> Iterator[str]:
    least, most = shape.metadata.get("min", 0), shape.metadata.get("max", sys.maxsize)
    if len(value) > most:
        yield _violation(value, path, f"Member must have length less than or equal to {most}")
    if len(value) < least:
        yield _violation(value, path, f"Member must have length greater than or equal to {least}")


def _range(shape: Any, value: Any, path: str) -> Iterator[str]:
    least, most = shape.metadata.get("min", -sys.maxsize), shape.metadata.get("max", sys.maxsize)
    if value > most:
        yield _violation(value, path, f"Member must have value less than or equal to {most}")
    if value < least:
        yield _violation(value, path, f"Member must have value greater than or equal to {least}")


def _pattern(shape: Any, value: str, path: str) -> Iterator[str]:
    pattern = shape.metadata.get("pattern")
    if pattern and not re.fullmatch(python_pattern(pattern), value):
        yield _violation(value, path, f"Member must satisfy regular expression pattern: {pattern}")


def _enumeration(shape: Any, value: str, path: str) -> Iterator[str]:
    if shape.enum and value not in shape.enum:
        allowed = ", ".join(shape.enum)
        yield _violation(value, path, f"Member must satisfy enum value set: [{allowed}]")


_CHECKS: dict[str, tuple[Any, ...]] = {
    "structure": (_members,),
    "list": (_length, _items),
    "map": (_length, _pairs),
    "string": (_length, _pattern, _enumeration),
    "integer": (_range,),
    "long": (_range,),
    "float": (_range,),
    "double": (_range,),
}


def _violation(value: Any, path: str, rule: str, *, quoted: bool = True) -> str:
    shown = f"'{value}'" if quoted else value
    return f"Value {shown} at '{path}' failed to satisfy constraint: {rule}"


def _initial(name: str) -> str:
    return name[0].lower() + name[1:]


@cache
def python_pattern(pattern: str) -> str:
    """Translate a pattern of the service model (Java's dialect) into Python's.

    Unicode categories are exact in the basic plane. Characters beyond it are refused.
    A length after the end (`${1,256}`) is dropped, because the shape's bounds have it as well.
    """
    bare = re.sub(r"\$\{\d+,\d+\}$", "", pattern)
    return _CATEGORY.sub(lambda match: _characters(match[1]), bare)


@cache
def _characters(category: str) -> str:
    """Return the inside of a character class with every character of a Unicode category."""
    inside = [unicodedata.category(chr(code))[0] == category for code in range(_BASIC_PLANE)]
    edges = [i for i in range(_BASIC_PLANE) if inside[i] != (i > 0 and inside[i - 1])]
    if len(edges) % 2:
        edges.append(_BASIC_PLANE)
    ranges = zip(edges[::2], edges[1::2], strict=True)
    return "".join(f"\\u{first:04x}-\\u{end - 1:04x}" for first, end in ranges)
