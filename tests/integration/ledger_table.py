"""The table of the ledger, as the template makes it."""

from typing import Any

import boto3


def made_table() -> Any:
    """The ledger's table with its index; the client that made it."""
    dynamo = boto3.client("dynamodb")
    dynamo.create_table(
        TableName="ledger",
        KeySchema=[
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": "S"}
            for name in ("pk", "sk", "kind", "endpoint")
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "gates",
                "KeySchema": [
                    {"AttributeName": "kind", "KeyType": "HASH"},
                    {"AttributeName": "endpoint", "KeyType": "RANGE"},
                ],
                "Projection": {
                    "ProjectionType": "INCLUDE",
                    "NonKeyAttributes": [
                        "owner",
                        "alarms",
                        "package",
                        "release",
                        "step",
                        "suspension",
                    ],
                },
            }
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    return dynamo
