"""DynamoDB as a ledger uses it."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from tests.twin.stack_bench import keys_of_operator, refused
from tests.twin.table_bench import ADD, create, key, put
from twin.core.account import REGION
from twin.core.hooks import hooked
from twin.dynamodb import ledger_lock


@pytest.fixture
def ledger(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    keys_of_operator(monkeypatch)
    with hooked() as hooks, mock_aws():
        ledger_lock.install(hooks)
        client = boto3.client("dynamodb", region_name=REGION)
        create(client)
        yield client


def test_concurrent_additions_all_count(ledger: Any) -> None:
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda _: ledger.update_item(**key("counter"), **ADD), range(80)))
    assert ledger.get_item(**key("counter"))["Item"]["n"] == {"N": "80"}


def test_one_of_many_wins_a_conditional_put(ledger: Any) -> None:
    def claim(who: int) -> bool:
        try:
            ledger.put_item(
                TableName="ledger",
                Item={"pk": {"S": "lease"}, "holder": {"N": str(who)}},
                ConditionExpression="attribute_not_exists(pk)",
            )
        except ClientError:
            return False
        return True

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(claim, range(40))) == 1


def test_a_cancelled_transaction_changes_nothing_and_shows_each_old_item(ledger: Any) -> None:
    put(ledger, pk={"S": "a"}, n={"N": "3"})
    condition = {
        "ConditionExpression": "n = :n",
        "ExpressionAttributeValues": {":n": {"N": "9"}},
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }
    with pytest.raises(ClientError) as caught:
        ledger.transact_write_items(
            TransactItems=[
                {"Put": {"TableName": "ledger", "Item": {"pk": {"S": "b"}}}},
                {"ConditionCheck": {**key("a"), **condition}},
            ]
        )
    response: Any = caught.value.response
    assert response["Error"]["Code"] == "TransactionCanceledException"
    reasons = response["CancellationReasons"]
    assert [reason["Code"] for reason in reasons] == ["None", "ConditionalCheckFailed"]
    assert reasons[1]["Item"]["n"] == {"N": "3"}
    assert "Item" not in ledger.get_item(**key("b"))


def test_a_transaction_is_done_once_per_token(ledger: Any) -> None:
    update = {"TransactItems": [{"Update": {**key("a"), **ADD}}], "ClientRequestToken": "t"}
    ledger.transact_write_items(**update)
    ledger.transact_write_items(**update)
    assert ledger.get_item(**key("a"))["Item"]["n"] == {"N": "1"}
    other = {**update, "TransactItems": [{"Update": {**key("b"), **ADD}}]}
    code = refused(ledger.transact_write_items, **other)
    assert code == "IdempotentParameterMismatchException"


def test_an_index_finds_items_that_have_its_key(ledger: Any) -> None:
    put(ledger, pk={"S": "a"}, waiting={"S": "yes"})
    put(ledger, pk={"S": "b"})
    found = ledger.query(
        TableName="ledger",
        IndexName="waiting",
        KeyConditionExpression="waiting = :yes",
        ExpressionAttributeValues={":yes": {"S": "yes"}},
    )
    assert [item["pk"] for item in found["Items"]] == [{"S": "a"}]


@pytest.mark.parametrize(
    "expression", ["SET waiting = :v", "SET #w=:v, a = :v", "SET a = if_not_exists(a, :v), #w = :v"]
)
def test_an_index_key_of_another_type_is_refused(ledger: Any, expression: str) -> None:
    code = refused(
        ledger.update_item,
        **key("a"),
        UpdateExpression=expression,
        ExpressionAttributeValues={":v": {"NULL": True}},
        **({"ExpressionAttributeNames": {"#w": "waiting"}} if "#w" in expression else {}),
    )
    assert code == "ValidationException"
    assert refused(put, client=ledger, pk={"S": "a"}, waiting={"N": "1"}) == "ValidationException"
