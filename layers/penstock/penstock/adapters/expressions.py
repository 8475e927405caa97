"""A gate write as DynamoDB expressions. Every name is a placeholder, because many are reserved."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from pydantic import BaseModel

from penstock.adapters.attribute_values import from_attribute, to_attribute
from penstock.domain.errors import Refused
from penstock.domain.ledger.gate import NEXT_FENCE, AnyOf, Condition, GateWrite, Predicate

Item = dict[str, Any]


class Expressions:
    """Collects placeholders while one update is put together."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}
        self.values: dict[str, Any] = {}

    def update(self, write: GateWrite) -> dict[str, Any]:
        """The parameters of UpdateItem, or of an Update in a transaction."""
        sets = [self._set(name, value) for name, value in write.assign.items()]
        sets += [self._set_once(name, value) for name, value in write.assign_once.items()]
        if write.counts:
            sets.append(f"{self.name('fence')} = {self._next_fence()}")
        removes = [self.name(name) for name in write.remove]
        conditions = [self._condition(condition) for condition in write.conditions]
        return self._parameters(sets, removes, conditions)

    def record(self, attributes: Mapping[str, Any]) -> dict[str, Any]:
        """The parameters of an unconditional update of a release record."""
        return self._parameters([self._set(n, v) for n, v in attributes.items()], [], [])

    def name(self, attribute: str) -> str:
        """The placeholder of an attribute name."""
        placeholder = f"#{attribute}"
        self.names[placeholder] = attribute
        return placeholder

    def value(self, value: Any) -> str:
        """The placeholder of a value."""
        placeholder = f":v{len(self.values)}"
        self.values[placeholder] = serialize(value)
        return placeholder

    def _parameters(
        self, sets: list[str], removes: list[str], conditions: list[str]
    ) -> dict[str, Any]:
        clauses = [f"SET {', '.join(sets)}"] if sets else []
        clauses += [f"REMOVE {', '.join(removes)}"] if removes else []
        parameters: dict[str, Any] = {
            "UpdateExpression": " ".join(clauses),
            "ExpressionAttributeNames": self.names,
        }
        if self.values:
            parameters["ExpressionAttributeValues"] = self.values
        if conditions:
            parameters["ConditionExpression"] = " AND ".join(conditions)
            parameters["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
        return parameters

    def _set(self, name: str, value: Any) -> str:
        right = self._next_fence() if value is NEXT_FENCE else self.value(value)
        return f"{self.name(name)} = {right}"

    def _set_once(self, name: str, value: Any) -> str:
        return f"{self.name(name)} = if_not_exists({self.name(name)}, {self.value(value)})"

    def _next_fence(self) -> str:
        """Operands of an update are read before it: fence and lock get the same number."""
        return f"if_not_exists({self.name('fence')}, {self.value(0)}) + {self.value(1)}"

    def _condition(self, condition: Condition) -> str:
        if isinstance(condition, AnyOf):
            return f"({' OR '.join(self._test(predicate) for predicate in condition.predicates)})"
        return self._test(condition)

    def _test(self, predicate: Predicate) -> str:
        name = self.name(predicate.attribute)
        if predicate.operator == "absent":
            return f"attribute_not_exists({name})"
        if predicate.operator == "present":
            return f"attribute_exists({name})"
        return f"{name} {predicate.operator} {self.value(predicate.value)}"


_SMALLEST, _LARGEST = 1e-120, 1e120
"""DynamoDB stores numbers from 1e-130 to 1e126. Smaller ones are stored as 0."""


def serialize(value: Any) -> Any:
    """A value in DynamoDB's form: models as maps, floats as exact decimals.

    Raises:
        Refused: It contains a number that is too large for DynamoDB.
    """
    return to_attribute(_plain(value))


def deserialize(item: Mapping[str, Any]) -> Item:
    """An item as plain Python: whole numbers as int, others as float."""
    return {name: _number(from_attribute(value)) for name, value in item.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return _plain(value.model_dump(mode="json", by_alias=True))
    if isinstance(value, Mapping):
        return {str(key): _plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    return _decimal(value) if isinstance(value, float) else value


def _decimal(value: float) -> Decimal:
    if not abs(value) <= _LARGEST:  # also what is no number
        raise Refused(f"{value} is more than the ledger can keep")
    return Decimal(repr(value)) if abs(value) >= _SMALLEST else Decimal(0)


def _number(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, dict):
        return {key: _number(part) for key, part in value.items()}
    return [_number(part) for part in value] if isinstance(value, list) else value
