"""A table of DynamoDB, small, for tests of how the twin keeps it."""

from typing import Any

ADD = {"UpdateExpression": "ADD n :one", "ExpressionAttributeValues": {":one": {"N": "1"}}}


def create(client: Any) -> None:
    client.create_table(
        TableName="ledger",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "waiting", "AttributeType": "S"},
        ],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "waiting",
                "KeySchema": [{"AttributeName": "waiting", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
    )


def key(name: str) -> dict[str, Any]:
    return {"TableName": "ledger", "Key": {"pk": {"S": name}}}


def put(client: Any, **item: Any) -> None:
    client.put_item(TableName="ledger", Item=item)
