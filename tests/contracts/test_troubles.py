"""What is known of troubles: the fake and the adapter on moto keep one contract."""

from collections.abc import Callable

import boto3
import pytest

from penstock.adapters.troubles import DynamoTroubles
from penstock.domain.ledger.trouble import Trouble
from penstock.ports.ledger import Troubles
from tests.fakes.troubles import FakeTroubles
from tests.worlds.ledger_table import made_table

SEEN = Trouble(about="group churn", cause="Denied", reason="no access", since=5, told=True)


def dynamo() -> Troubles:
    return DynamoTroubles(made_table(), "ledger")


@pytest.fixture(params=[FakeTroubles, dynamo])
def troubles(request: pytest.FixtureRequest, aws: None) -> Troubles:
    make: Callable[[], Troubles] = request.param
    return make()


def test_what_is_well_is_in_no_trouble(troubles: Troubles) -> None:
    troubles.end_trouble(SEEN.about)
    assert troubles.trouble(SEEN.about) is None


def test_a_trouble_is_known_until_it_ends(troubles: Troubles) -> None:
    troubles.note_trouble(SEEN)
    assert troubles.trouble(SEEN.about) == SEEN
    assert troubles.trouble("group fraud") is None
    troubles.end_trouble(SEEN.about)
    assert troubles.trouble(SEEN.about) is None


def test_the_last_one_counts(troubles: Troubles) -> None:
    troubles.note_trouble(SEEN)
    later = SEEN.model_copy(update={"cause": "Missing", "since": 9, "told": False})
    troubles.note_trouble(later)
    assert troubles.trouble(SEEN.about) == later


def test_an_edited_item_says_nothing(aws: None) -> None:
    troubles = dynamo()
    troubles.note_trouble(SEEN)
    boto3.client("dynamodb", region_name="eu-west-1").update_item(
        TableName="ledger",
        Key={"pk": {"S": "trouble#group churn"}, "sk": {"S": "trouble"}},
        UpdateExpression="SET since = :x",
        ExpressionAttributeValues={":x": {"S": "long ago"}},
    )
    assert troubles.trouble(SEEN.about) is None
