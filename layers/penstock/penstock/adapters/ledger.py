"""The ledger on one DynamoDB table: `pk` names a place or package, `sk` the kind of item.

A function that reads only gates, such as the halt, imports neither records nor reviews.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from penstock.adapters.expressions import Expressions, deserialize, serialize
from penstock.adapters.failures import in_conflict, translated
from penstock.domain.errors import Damaged
from penstock.domain.ledger.gate import Declined, Gate, GateWrite, read_gate
from penstock.domain.ledger.place import Key, known_place, place_of
from penstock.domain.ledger.pointers import GatePointer, gate_pointers, pointers

if TYPE_CHECKING:
    from penstock.domain.ledger.record import ReleaseRecord
    from penstock.domain.reviewing.review import Review

GATE = "gate"
INDEX = "gates"
"""Sparse: only gates carry the attribute `kind`, so it lists them and nothing else."""
MOST_WRITES = 100
"""Most items of one transaction."""
CONFLICT_PAUSES = (0.05, 0.05, 0.05)
"""Seconds between tries of a write that met another write of the same item.

botocore does not retry these, and an event whose function fails returns only a minute later.
"""


class DynamoLedger:
    """Gates, release records and reviews. Reads are consistent but for the list of gates.

    `sleep` takes seconds.
    """

    def __init__(self, client: Any, table: str, sleep: Callable[[float], None]) -> None:
        self._client = client
        self._table = table
        self._sleep = sleep

    def gate(self, key: Key) -> Gate:
        """The gate as it is now."""
        return _gate(key, self._get(item_key(key, GATE)))

    def write(self, key: Key, write: GateWrite) -> Gate:
        """Write the gate, alone or with the release records it decides.

        Raises:
            Declined: the conditions did not hold.
        """
        with translated():
            for pause in CONFLICT_PAUSES:
                try:
                    return self._tried(key, write)
                except ClientError as error:
                    if not in_conflict(error):
                        raise
                self._sleep(pause)
            return self._tried(key, write)

    def record(self, key: Key, release: str) -> ReleaseRecord | None:
        """One release's record."""
        item = self._get(item_key(key, f"release#{release}"))
        return _record(release, item) if item else None

    def records(self, key: Key) -> list[ReleaseRecord]:
        """All releases of a place, the newest approval first."""
        found = self._query(
            KeyConditionExpression="pk = :pk AND begins_with(sk, :release)",
            ExpressionAttributeValues={
                ":pk": serialize(_stored(key)),
                ":release": serialize("release#"),
            },
            ConsistentRead=True,
        )
        records = [_record(_release(item), item) for item in found]
        return sorted(records, key=lambda record: record.approved_at, reverse=True)

    def gates(self) -> list[Gate]:
        """Every gate of a place, by the index. It may lag by seconds."""
        found = self._query(
            IndexName=INDEX,
            KeyConditionExpression="kind = :gate",
            ExpressionAttributeValues={":gate": serialize(GATE)},
        )
        keyed = [(Key(str(item["endpoint"])), item) for item in found]
        return [_listed(key, item) for key, item in keyed if known_place(key)]

    def keys(self) -> list[Key]:
        """The key of every gate, by the index, also one that names no place. It may lag by
        seconds.
        """
        found = self._query(
            IndexName=INDEX,
            KeyConditionExpression="kind = :gate",
            ProjectionExpression="endpoint",
            ExpressionAttributeValues={":gate": serialize(GATE)},
        )
        return [Key(str(item["endpoint"])) for item in found]

    def watching(self, alarm: str) -> list[Key]:
        """Places whose gates may name this alarm."""
        return self._pointed(GatePointer("alarm", alarm))

    def of_package(self, arn: str) -> list[Key]:
        """Places whose gates may have a release of this package in hand."""
        return self._pointed(GatePointer("package", arn))

    def point_to(self, gate: Gate) -> None:
        """Write the pointers to a gate, or write them again."""
        updates = [self._pointer_update(gate.key, pointer) for pointer in gate_pointers(gate)]
        with translated():
            for first in range(0, len(updates), MOST_WRITES):
                self._transact(updates[first : first + MOST_WRITES])

    def remembered(self, arn: str) -> Review | None:
        """The last review of a package.

        Raises:
            Damaged: It was edited and cannot be read.
        """
        item = self._get(_package_key(arn))
        return _review(arn, item) if item else None

    def remember(self, review: Review) -> None:
        """Store a review in place of an earlier one."""
        document = review.model_dump(mode="json")
        item = _package_key(review.model_package_arn) | {
            name: serialize(value) for name, value in _storable(document).items()
        }
        with translated():
            self._client.put_item(TableName=self._table, Item=item)

    def live_metrics(self, key: Key) -> Mapping[str, object] | None:
        """Stored metrics of the live package. None if nothing is live."""
        gate = self.gate(key)
        if gate.content is None:
            return None
        same = (r for r in self.records(key) if gate.content.same(r.content))
        return next((record.reports for record in same), {})

    def _tried(self, key: Key, write: GateWrite) -> Gate:
        try:
            return self._write(key, write)
        except ClientError as error:
            refused = _refused(error)
            if refused is None:
                raise
            raise Declined(_gate(key, refused)) from error

    def _write(self, key: Key, write: GateWrite) -> Gate:
        update = self._update(key, write)
        found_by = [self._pointer_update(key, pointer) for pointer in pointers(write)]
        if not (write.records or found_by):
            answer = self._client.update_item(**update, ReturnValues="ALL_NEW")
            return _gate(key, deserialize(answer["Attributes"]))
        records = [self._record_update(key, *pair) for pair in write.records.items()]
        self._transact([update, *records, *found_by])
        return self.gate(key)

    def _transact(self, updates: list[dict[str, Any]]) -> None:
        """Make these writes in one transaction, so that every gate can be found."""
        items = [{"Update": part} for part in updates]
        self._client.transact_write_items(TransactItems=items)

    def _update(self, key: Key, write: GateWrite) -> dict[str, Any]:
        named = {**write.assign, "kind": GATE, "endpoint": key}
        whole = GateWrite(
            conditions=write.conditions,
            assign=named,
            assign_once=write.assign_once,
            remove=write.remove,
            counts=write.counts,
        )
        return {
            "TableName": self._table,
            "Key": item_key(key, GATE),
            **Expressions().update(whole),
        }

    def _record_update(
        self, key: Key, release: str, attributes: Mapping[str, Any]
    ) -> dict[str, Any]:
        return {
            "TableName": self._table,
            "Key": item_key(key, f"release#{release}"),
            **Expressions().record(_storable(attributes)),
        }

    def _pointer_update(self, key: Key, pointer: GatePointer) -> dict[str, Any]:
        return {
            "TableName": self._table,
            "Key": {
                "pk": serialize(_pointing(pointer)),
                "sk": serialize(f"{GATE}#{place_of(key).folded.key}"),
            },
            **Expressions().record({"points_to": key}),
        }

    def _pointed(self, pointer: GatePointer) -> list[Key]:
        """A package's partition holds its review too."""
        found = self._query(
            KeyConditionExpression="pk = :pk AND begins_with(sk, :gate)",
            ExpressionAttributeValues={
                ":pk": serialize(_pointing(pointer)),
                ":gate": serialize(f"{GATE}#"),
            },
            ConsistentRead=True,
        )
        return [_pointed_to(item) for item in found]

    def _get(self, key: dict[str, Any]) -> dict[str, Any] | None:
        with translated():
            answer = self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True)
        return deserialize(answer["Item"]) if "Item" in answer else None

    def _query(self, **parameters: Any) -> list[dict[str, Any]]:
        with translated():
            pages = self._client.get_paginator("query").paginate(
                TableName=self._table, **parameters
            )
            return [deserialize(item) for page in pages for item in page["Items"]]


def item_key(key: Key, sort: str) -> dict[str, Any]:
    """Primary key of a place's gate or of one of its releases.

    Raises:
        Damaged: The key names no place.
    """
    return {"pk": serialize(_stored(key)), "sk": serialize(sort)}


def _stored(key: Key) -> str:
    try:
        return place_of(key).stored
    except ValueError as error:
        raise Damaged(f"the ledger's key {key} was edited: it names no place") from error


def _pointing(pointer: GatePointer) -> str:
    """Partition key of the pointers of one alarm or package."""
    return f"{pointer.kind}#{pointer.name}"


def _pointed_to(item: Mapping[str, Any]) -> Key:
    """The key in its own spelling. Where somebody removed it, the sort key finds the gate, too."""
    return Key(str(item.get("points_to") or str(item["sk"]).removeprefix(f"{GATE}#")))


def _package_key(arn: str) -> dict[str, Any]:
    return {"pk": serialize(f"package#{arn}"), "sk": serialize("review")}


def _gate(key: Key, item: Mapping[str, Any] | None) -> Gate:
    return read_gate(key, item or {})


def _listed(key: Key, item: Mapping[str, Any]) -> Gate:
    """A listed gate.

    One that cannot be read is listed by its key alone; reading it whole raises.
    """
    try:
        return read_gate(key, item)
    except Damaged:
        return Gate(endpoint=key)


def _release(item: Mapping[str, Any]) -> str:
    return str(item["sk"]).removeprefix("release#")


def _record(release: str, item: Mapping[str, Any]) -> ReleaseRecord:
    from penstock.domain.ledger.record import read_record  # noqa: PLC0415  # as said above

    return read_record(release, item)


def _review(arn: str, item: Mapping[str, Any]) -> Review:
    from penstock.domain.reviewing.review import read_review  # noqa: PLC0415  # as said above

    return read_review(arn, item)


def _storable(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Attributes without those that are None, because Penstock stores no NULL."""
    return {name: value for name, value in attributes.items() if value is not None}


def _refused(error: ClientError) -> dict[str, Any] | None:
    """The item that a condition failed on ({} if there was none). None for another error."""
    answer: dict[str, Any] = {**error.response}  # its stub does not know item and reasons
    code = error.response["Error"]["Code"]
    if code == "ConditionalCheckFailedException":
        return deserialize(answer.get("Item", {}))
    if code == "TransactionCanceledException":
        for reason in answer.get("CancellationReasons", []):
            if reason.get("Code") == "ConditionalCheckFailed":
                return deserialize(reason.get("Item") or {})
    return None
