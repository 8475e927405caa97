"""Refuses values of the wrong type in the key attributes of an index, as DynamoDB does."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from moto.dynamodb.exceptions import MockValidationException
from moto.dynamodb.responses import DynamoHandler

from twin.core.hooks import Hooks

_ASSIGNMENT = re.compile(r"(?<![\w.#\]])(#?\w+)\s*=\s*(?:if_not_exists\([^,]+,\s*)?(:\w+)")


def install(hooks: Hooks) -> None:
    """Check the keys of indexes, which moto does not."""
    for name in ("put_item", "update_item", "transact_write_items"):
        hooks.set(DynamoHandler, name, _checking(getattr(DynamoHandler, name)))


def _checking(operation: Any) -> Any:
    def checked(handler: Any) -> Any:
        for request in _writes(handler.body):
            _check(handler.dynamodb_backend.get_table(request["TableName"]), request)
        return operation(handler)

    return checked


def _writes(body: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    if "TransactItems" not in body:
        return [body]
    return [details for item in body["TransactItems"] for details in item.values()]


def _check(table: Any, request: Mapping[str, Any]) -> None:
    defined = {each["AttributeName"]: each["AttributeType"] for each in table.attr}
    for name, value in _assigned(request):
        actual = next(iter(value))
        if defined.get(name, actual) != actual:
            raise MockValidationException(
                "One or more parameter values were invalid: Type mismatch for Index Key "
                f"{name} Expected: {defined[name]} Actual: {actual}"
            )


def _assigned(request: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the top-level attributes that a request sets, with their values."""
    yield from request.get("Item", {}).items()
    names = request.get("ExpressionAttributeNames", {})
    values = request.get("ExpressionAttributeValues", {})
    for name, token in _ASSIGNMENT.findall(request.get("UpdateExpression", "")):
        if token in values:
            yield names.get(name, name), values[token]
