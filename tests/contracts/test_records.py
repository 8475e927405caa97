"""Evidence records: the fake and the adapter on moto keep one contract."""

from collections.abc import Callable

import boto3
import pytest

from penstock.adapters.records import S3Records
from penstock.domain.errors import Missing
from penstock.ports.registry import Records
from tests.fakes.records import FakeRecords

RECORD = {"record": "review", "bars": [{"value": 0.9, "live_value": None}], "text": "größer"}


def on_moto() -> Records:
    s3 = boto3.client("s3", region_name="us-east-1")
    s3.create_bucket(Bucket="evidence")
    return S3Records(s3, "evidence")


@pytest.fixture(params=[FakeRecords, on_moto])
def records(request: pytest.FixtureRequest, aws: None) -> Records:
    make: Callable[[], Records] = request.param
    return make()


def test_a_record_is_read_as_it_was_kept(records: Records) -> None:
    uri = records.keep("reviews/churn/7/1.json", RECORD)
    assert uri == "s3://evidence/reviews/churn/7/1.json"
    assert records.read(uri) == RECORD


def test_keeping_it_twice_is_the_same_record(records: Records) -> None:
    assert records.keep("a.json", RECORD) == records.keep("a.json", RECORD)


def test_a_record_that_is_not_there_is_missing(records: Records) -> None:
    with pytest.raises(Missing):
        records.read("s3://evidence/none.json")


def test_a_record_without_json_is_not_kept(records: Records) -> None:
    with pytest.raises(ValueError, match="JSON"):
        records.keep("a.json", {"value": float("nan")})
