"""Things that the sweep cannot handle, in the ledger's table."""

from typing import Any

from pydantic import ValidationError

from penstock.adapters.expressions import deserialize, serialize
from penstock.adapters.failures import translated
from penstock.domain.ledger.trouble import Trouble


class DynamoTroubles:
    """Troubles.

    One that ended keeps an item without `since`, so no permission to delete is needed.
    """

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def trouble(self, about: str) -> Trouble | None:
        """The trouble of this thing. An edited item is ignored."""
        with translated():
            answer = self._client.get_item(
                TableName=self._table, Key=_key(about), ConsistentRead=True
            )
        try:
            return Trouble.model_validate({**deserialize(answer.get("Item", {})), "about": about})
        except ValidationError:
            return None

    def note_trouble(self, trouble: Trouble) -> None:
        """Store it in place of an earlier one."""
        kept = trouble.model_dump(exclude={"about"})
        with translated():
            self._client.update_item(
                TableName=self._table,
                Key=_key(trouble.about),
                UpdateExpression="SET " + ", ".join(f"#{name} = :{name}" for name in kept),
                ExpressionAttributeNames={f"#{name}": name for name in kept},
                ExpressionAttributeValues={f":{n}": serialize(v) for n, v in kept.items()},
            )

    def end_trouble(self, about: str) -> None:
        """The trouble of this thing is over."""
        with translated():
            self._client.update_item(
                TableName=self._table,
                Key=_key(about),
                UpdateExpression="REMOVE #since",
                ExpressionAttributeNames={"#since": "since"},
            )


def _key(about: str) -> dict[str, Any]:
    return {"pk": serialize(f"trouble#{about}"), "sk": serialize("trouble")}
