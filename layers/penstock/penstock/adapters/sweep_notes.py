"""Notes that sweeps leave to later sweeps and to admissions, in the ledger's table."""

import json
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError
from pydantic import ConfigDict, TypeAdapter, ValidationError

from penstock.adapters.expressions import deserialize, serialize
from penstock.adapters.failures import translated
from penstock.ports.ledger import Feeder

_FEEDERS = TypeAdapter(dict[str, Feeder], config=ConfigDict(defer_build=True))
_NEVER = 2**62
"""A time (ms) that no sweep ends after."""
MOST_NOTE_BYTES = 300_000
"""Most bytes of one note. A DynamoDB item may have 400 KB."""


class DynamoSweepNotes:
    """Each note is one text."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def feeders(self) -> Mapping[str, Feeder]:
        """What the last sweep found. Empty if it is unknown or was edited."""
        try:
            return _FEEDERS.validate_json(self._read("feeders") or "{}")
        except ValidationError:
            return {}

    def keep_feeders(self, feeders: Mapping[str, Feeder]) -> None:
        """Store what this sweep found.

        If it does not fit, admissions read the policies themselves.
        """
        text = json.dumps(dict(feeders))
        self._write("feeders", text if len(text) <= MOST_NOTE_BYTES else "{}")

    def bookmark(self, kind: str) -> str:
        """Where the last sweep stopped. Empty if it reached the end."""
        return self._read(f"bookmark#{kind}")

    def mark(self, kind: str, name: str) -> None:
        """Store where this sweep stops."""
        self._write(f"bookmark#{kind}", name)

    def begin(self, now: int, until: int) -> bool:
        """Begin a sweep. False while another one runs."""
        with translated():
            try:
                self._runs_until(until, unless_after=now)
            except ClientError as error:
                if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                    raise
                return False
        return True

    def end(self) -> None:
        """The sweep is over."""
        with translated():
            self._runs_until(0, unless_after=_NEVER)

    def _runs_until(self, until: int, unless_after: int) -> None:
        self._client.update_item(
            TableName=self._table,
            Key=_key("runs"),
            UpdateExpression="SET #until = :until",
            ConditionExpression="attribute_not_exists(#until) OR #until <= :after",
            ExpressionAttributeNames={"#until": "until"},
            ExpressionAttributeValues={
                ":until": serialize(until),
                ":after": serialize(unless_after),
            },
        )

    def _read(self, note: str) -> str:
        with translated():
            answer = self._client.get_item(
                TableName=self._table, Key=_key(note), ConsistentRead=True
            )
        return str(deserialize(answer.get("Item", {})).get("text", ""))

    def _write(self, note: str, text: str) -> None:
        with translated():
            self._client.update_item(
                TableName=self._table,
                Key=_key(note),
                UpdateExpression="SET #text = :text",
                ExpressionAttributeNames={"#text": "text"},
                ExpressionAttributeValues={":text": serialize(text)},
            )


def _key(note: str) -> dict[str, Any]:
    return {"pk": serialize("sweep"), "sk": serialize(note)}
