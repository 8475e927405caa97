"""Decides whether CloudFormation updates a changed resource in place or replaces it.

The rules are in the schemas of the resource types, which cfn-lint includes.
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
    """The resolved properties of one resource before and after an update of its stack."""

    kind: str
    old: Mapping[str, Any]
    new: Mapping[str, Any]

    @property
    def names(self) -> set[str]:
        """The names of the properties that differ."""
        return {n for n in {*self.old, *self.new} if self.old.get(n) != self.new.get(n)}

    @property
    def replaces(self) -> bool:
        """Whether CloudFormation replaces the resource."""
        for pointer in _pointers(self.kind, "conditionalCreateOnlyProperties"):
            if self._differs(pointer):
                raise NotSupportedByTwin(f"a change of {self.kind}{pointer}")
        return any(self._differs(p) for p in _pointers(self.kind, "createOnlyProperties"))

    @property
    def keeps_a_given_name(self) -> bool:
        """Whether the replacement would have the same custom name."""
        given = [p for p in _pointers(self.kind, "primaryIdentifier") if _at(self.new, p)]
        return bool(given) and not any(self._differs(pointer) for pointer in given)

    def _differs(self, pointer: str) -> bool:
        return bool(_at(self.old, pointer) != _at(self.new, pointer))


@cache
def _pointers(kind: str, rule: str) -> tuple[str, ...]:
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema(REGION, kind).schema
    return tuple(schema.get(rule) or ())


def _at(properties: Mapping[str, Any], pointer: str) -> Any:
    """Return the value at `/properties/A/B`, or None."""
    value: Any = properties
    for name in _path(pointer):
        if not isinstance(value, Mapping):
            return None
        value = value.get(name)
    return value


def _path(pointer: str) -> Iterator[str]:
    yield from pointer.removeprefix("/properties/").split("/")
