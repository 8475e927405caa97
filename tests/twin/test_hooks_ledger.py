"""What the twin replaces in moto's DynamoDB: still there, and still needed."""

import inspect
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws
from moto.dynamodb.responses import DynamoHandler

from tests.twin.stack_bench import keys_of_operator
from tests.twin.table_bench import ADD, create, key, put
from twin.core.account import REGION


@pytest.fixture
def stock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    keys_of_operator(monkeypatch)
    with mock_aws():
        client = boto3.client("dynamodb", region_name=REGION)
        create(client)
        yield client


def test_the_hooked_names_exist() -> None:
    for name in ("call_action", "put_item", "update_item", "transact_write_items"):
        assert callable(getattr(DynamoHandler, name))


def test_stock_moto_has_no_lock_around_a_request() -> None:
    # That counters lose additions shows only by chance: see twin/dynamodb/ledger_lock.py.
    assert "lock" not in inspect.getsource(DynamoHandler.call_action).lower()


def test_stock_moto_does_a_transaction_again_with_the_same_token(stock: Any) -> None:
    for _ in range(2):
        stock.transact_write_items(
            TransactItems=[{"Update": {**key("a"), **ADD}}], ClientRequestToken="t"
        )
    assert stock.get_item(**key("a"))["Item"]["n"] == {"N": "2"}


def test_stock_moto_accepts_index_keys_of_another_type(stock: Any) -> None:
    put(stock, pk={"S": "a"}, waiting={"N": "1"})
