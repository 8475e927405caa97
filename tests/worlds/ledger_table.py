"""The table of the ledger, as the template makes it."""

from typing import Any

import boto3

ATTRIBUTES = ("pk", "sk", "kind", "endpoint")
INDEXED = ["owner", "alarms", "package", "release", "step", "suspension"]
"""What the index of the gates holds beside its keys."""


def made_table() -> Any:
    """The ledger's table with its index; the client that made it."""
    dynamo = boto3.client("dynamodb")
    dynamo.create_table(
        TableName="ledger",
        KeySchema=_keys("pk", "sk"),
        AttributeDefinitions=[{"AttributeName": n, "AttributeType": "S"} for n in ATTRIBUTES],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "gates",
                "KeySchema": _keys("kind", "endpoint"),
                "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": INDEXED},
            }
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    return dynamo


def _keys(partition: str, sort: str) -> Any:
    kinds = ((partition, "HASH"), (sort, "RANGE"))
    return [{"AttributeName": name, "KeyType": kind} for name, kind in kinds]
