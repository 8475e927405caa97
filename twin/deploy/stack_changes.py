"""What CloudFormation makes of a changed resource: an update in place, or another one.

The rules are in the schemas of the resource types, which cfn-lint carries.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from cfnlint.schema.manager import (  # type: ignore[import-untyped]  # cfn-lint has no types
    PROVIDER_SCHEMA_MANAGER,
)

from twin.core.account import REGION
from twin.core.hooks import NotSupportedByTwin


@dataclass(frozen=True)
class Change:
    """The resolved properties of one resource, before an update of its stack and after it."""

    kind: str
    old: Mapping[str, Any]
    new: Mapping[str, Any]

    @property
    def names(self) -> set[str]:
        """The properties that differ."""
        return {n for n in {*self.old, *self.new} if self.old.get(n) != self.new.get(n)}

    @property
    def replaces(self) -> bool:
        """Whether CloudFormation makes another resource in its place."""
        for pointer in _pointers(self.kind, "conditionalCreateOnlyProperties"):
            if self._differs(pointer):
                raise NotSupportedByTwin(f"a change of {self.kind}{pointer}")
        return any(self._differs(p) for p in _pointers(self.kind, "createOnlyProperties"))

    @property
    def keeps_a_given_name(self) -> bool:
        """Whether the other one would have the name of the one that is there."""
        given = [p for p in _pointers(self.kind, "primaryIdentifier") if _at(self.new, p)]
        return bool(given) and not any(self._differs(pointer) for pointer in given)

    def _differs(self, pointer: str) -> bool:
        return bool(_at(self.old, pointer) != _at(self.new, pointer))


@cache
def _pointers(kind: str, rule: str) -> tuple[str, ...]:
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema(REGION, kind).schema
    return tuple(schema.get(rule) or ())


def _at(properties: Mapping[str, Any], pointer: str) -> Any:
    """What `/properties/A/B` points to, or None."""
    value: Any = properties
    for name in _path(pointer):
        if not isinstance(value, Mapping):
            return None
        value = value.get(name)
    return value


def _path(pointer: str) -> Iterator[str]:
    yield from pointer.removeprefix("/properties/").split("/")
