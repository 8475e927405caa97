"""DynamoDB's form of values, against the implementation of boto3."""

from decimal import Decimal, DecimalException
from typing import Any

import pytest
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from hypothesis import given
from hypothesis import strategies as st

from penstock.adapters.attribute_values import Binary, from_attribute, to_attribute

NUMBERS = st.integers(-(10**37), 10**37) | st.decimals(
    -(10**20), 10**20, places=5, allow_nan=False, allow_infinity=False
)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(),
    lambda parts: st.lists(parts) | st.dictionaries(st.text(), parts),
)


@given(VALUES)
def test_a_value_is_written_as_boto3_writes_it(value: Any) -> None:
    assert to_attribute(value) == TypeSerializer().serialize(value)


@given(VALUES)
def test_a_value_is_read_as_boto3_reads_it(value: Any) -> None:
    attribute: Any = to_attribute(value)
    assert from_attribute(attribute) == TypeDeserializer().deserialize(attribute)


@pytest.mark.parametrize(
    "attribute", [{"SS": ["a", "b"]}, {"NS": ["1", "2.5"]}], ids=["texts", "numbers"]
)
def test_a_set_that_somebody_put_there_is_read(attribute: Any) -> None:
    assert from_attribute(attribute) == TypeDeserializer().deserialize(attribute)


def test_bytes_that_somebody_put_there_are_no_text() -> None:
    assert from_attribute({"B": b"a"}) == Binary(b"a")
    assert from_attribute({"BS": [b"a"]}) == {Binary(b"a")}


@pytest.mark.parametrize("value", [10**38 + 1, Decimal("1e127"), Decimal("1e-200")])
def test_a_number_that_dynamodb_cannot_keep_is_not_written(value: Any) -> None:
    with pytest.raises(DecimalException):
        to_attribute(value)


@pytest.mark.parametrize("value", [1.5, b"bytes", {"a"}, object()])
def test_another_kind_of_value_is_not_written(value: Any) -> None:
    with pytest.raises(TypeError, match="no attribute of an item"):
        to_attribute(value)
