"""The plans of releases, beside the ledger's records in one DynamoDB table."""

import hashlib
from typing import Any

from pydantic import ValidationError

from penstock.adapters.expressions import deserialize, serialize
from penstock.adapters.failures import translated
from penstock.adapters.ledger import item_key
from penstock.domain.errors import Damaged
from penstock.domain.ledger.place import Key
from penstock.domain.planning.plan import Plan


class DynamoPlans:
    """One item per plan, named by its digest and never overwritten by another text.

    Equal plans are one item. Nobody finds a plan whose task died before the gate's write.
    """

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def keep(self, key: Key, plan: Plan) -> None:
        """Write the plan under its digest, unless it is there."""
        with translated():
            self._client.update_item(
                TableName=self._table,
                Key=item_key(key, f"plan#{plan.digest}"),
                UpdateExpression="SET #plan = if_not_exists(#plan, :text)",
                ExpressionAttributeNames={"#plan": "plan"},
                ExpressionAttributeValues={":text": serialize(plan.text)},
            )

    def plan(self, key: Key, release: str, digest: str | None) -> Plan:
        """The plan with this digest, or the one that a record of the version before carries.

        Raises:
            Damaged: it is gone, or was edited.
        """
        name = f"release#{release}" if digest is None else f"plan#{digest}"
        with translated():
            answer = self._client.get_item(
                TableName=self._table, Key=item_key(key, name), ConsistentRead=True
            )
        kept = deserialize(answer.get("Item", {})).get("plan")
        return read_plan(kept, f"the plan of release {release} of {key}", digest)


def read_plan(kept: object, name: str, digest: str | None) -> Plan:
    """A plan as it was kept: its text, or its document where there is no digest.

    Raises:
        Damaged: it is not what was kept.
    """
    try:
        if digest is None:
            return Plan.model_validate(kept)
        if isinstance(kept, str) and hashlib.sha256(kept.encode()).hexdigest() == digest:
            return Plan.model_validate_json(kept)
    except ValidationError as error:
        raise Damaged(f"{name} cannot be read: the ledger's item was edited") from error
    raise Damaged(f"{name} is gone from the ledger, or was edited there")
