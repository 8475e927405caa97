"""What surveys store in the ledger's table."""

import itertools
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any

from pydantic import ValidationError

from penstock.adapters.expressions import deserialize, serialize
from penstock.adapters.failures import translated
from penstock.adapters.ledger import GATE, item_key
from penstock.domain.errors import Unavailable
from penstock.domain.ledger.gate import Gate, read_gate
from penstock.domain.ledger.place import Key
from penstock.domain.usage import Use
from penstock.ports.clock import Clock
from penstock.ports.ledger import Ledger

_PARTITION = {":pk": serialize("survey")}
_READ_AT_ONCE, _WRITTEN_AT_ONCE = 100, 25  # DynamoDB's own limits of a batch
_MOST_ROUNDS = 20
_KEPT_SECONDS = 90 * 86_400
"""Older items expire by the table's time to live, so that deleted endpoints leave nothing."""


class DynamoSightings:
    """One item per endpoint. Gates are read in batches."""

    def __init__(self, client: Any, table: str, ledger: Ledger, clock: Clock) -> None:
        self._client = client
        self._table = table
        self._clock = clock
        self._ledger = ledger

    def seen(self) -> Mapping[str, Use]:
        """What was seen, by endpoint. It may lag by seconds."""
        with translated():
            pages = self._client.get_paginator("query").paginate(
                TableName=self._table,
                KeyConditionExpression="pk = :pk",
                ExpressionAttributeValues=_PARTITION,
            )
            items = [deserialize(item) for page in pages for item in page["Items"]]
        return dict(_uses(items))

    def saw(self, uses: Mapping[str, Use]) -> None:
        """Store what was seen.

        The next survey describes again what DynamoDB does not accept at once.
        """
        expires = self._clock.now() // 1000 + _KEPT_SECONDS
        items = [_item(endpoint, use, expires) for endpoint, use in uses.items()]
        for batch in _batches(items, _WRITTEN_AT_ONCE):
            puts = [{"PutRequest": {"Item": item}} for item in batch]
            with translated():
                self._client.batch_write_item(RequestItems={self._table: puts})

    def whole_gates(self) -> list[Gate]:
        """Every gate that the index lists, whole and consistent.

        Raises:
            Damaged: One of them cannot be read, or its key names no place.
            Unavailable: DynamoDB did not give all of them.
        """
        keys = self._ledger.keys()
        wanted = [item_key(key, GATE) for key in keys]
        items = [i for batch in _batches(wanted, _READ_AT_ONCE) for i in self._items(batch)]
        return [read_gate(Key(str(item["endpoint"])), item) for item in items]

    def _items(self, keys: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        """A batch of items, including retries of those that DynamoDB left out."""
        asked: dict[str, Any] = {self._table: {"Keys": keys, "ConsistentRead": True}}
        for _ in range(_MOST_ROUNDS):
            with translated():
                answer = self._client.batch_get_item(RequestItems=asked)
            yield from (deserialize(item) for item in answer["Responses"].get(self._table, []))
            asked = answer.get("UnprocessedKeys") or {}
            if not asked:
                return
        raise Unavailable("DynamoDB did not answer for every gate")


def _uses(items: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, Use]]:
    """The stored uses. An edited one is ignored, and the endpoint is described again."""
    for item in items:
        with suppress(ValidationError):
            yield str(item["sk"]), Use.model_validate(item)


def _item(endpoint: str, use: Use, expires: int) -> dict[str, Any]:
    named = {"pk": "survey", "sk": endpoint, "expires": expires}
    return {name: serialize(value) for name, value in {**use.model_dump(), **named}.items()}


def _batches(all_of: Iterable[Any], size: int) -> Iterator[list[Any]]:
    """In lists of at most so many."""
    left = iter(all_of)
    while batch := list(itertools.islice(left, size)):
        yield batch
