"""What a survey keeps and reads: the fake and the adapter on moto's DynamoDB keep one contract."""

import time
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from botocore.stub import Stubber

from penstock.adapters.expressions import serialize
from penstock.adapters.ledger import DynamoLedger
from penstock.adapters.sightings import DynamoSightings
from penstock.domain.errors import Damaged, Unavailable
from penstock.domain.ledger.gate import GateWrite
from penstock.domain.ledger.place import Key
from penstock.domain.usage import Use
from penstock.ports.ledger import Ledger, Sightings
from tests.contracts.gates import SERVING, put
from tests.fakes.clock import FakeClock
from tests.fakes.ledger import FakeLedger
from tests.worlds.ledger_table import made_table

USE = Use(modified=1_772_323_200_123, configs=("churn-1", "churn-2"), models=("churn-m",))


class Kept(NamedTuple):
    ledger: Ledger
    sightings: Sightings


def in_memory() -> Kept:
    fake = FakeLedger()
    return Kept(fake, fake)


def on_dynamo() -> Kept:
    return kept_by(made_table())


def kept_by(client: Any) -> Kept:
    ledger = DynamoLedger(client, "ledger", time.sleep)
    return Kept(ledger, DynamoSightings(client, "ledger", ledger, FakeClock()))


@pytest.fixture(params=[in_memory, on_dynamo], ids=["fake", "dynamo"])
def kept(request: pytest.FixtureRequest, aws: None) -> Kept:
    make: Callable[[], Kept] = request.param
    return make()


def test_what_was_seen_is_kept_by_endpoint(kept: Kept) -> None:
    assert kept.sightings.seen() == {}
    kept.sightings.saw({"churn": USE, "fraud": USE})
    again = USE.model_copy(update={"configs": (), "models": ()})
    kept.sightings.saw({"churn": again})
    assert kept.sightings.seen() == {"churn": again, "fraud": USE}


def test_more_than_one_batch_is_kept_and_read(kept: Kept) -> None:
    uses = {f"endpoint-{n}": USE for n in range(130)}
    kept.sightings.saw(uses)
    assert kept.sightings.seen() == uses


def test_every_gate_is_read_whole(kept: Kept) -> None:
    """The index alone does not say what an endpoint runs or goes back to."""
    assert kept.sightings.whole_gates() == []
    names = [f"Endpoint-{n}" for n in range(130)]
    for name in names:
        kept.ledger.write(Key(name), GateWrite(conditions=(), assign={"previous": SERVING}))
    found = {gate.endpoint: gate.previous for gate in kept.sightings.whole_gates()}
    assert found == dict.fromkeys(names, SERVING)


def test_sightings_are_no_gates(kept: Kept) -> None:
    kept.sightings.saw({"churn": USE})
    assert kept.sightings.whole_gates() == kept.ledger.gates() == []


def test_a_gate_that_cannot_be_read_is_not_passed_over(aws: None) -> None:
    kept = on_dynamo()
    with pytest.raises(Damaged):  # it is written all the same
        put(kept.ledger, previous="what a person wrote there")
    with pytest.raises(Damaged):
        kept.sightings.whole_gates()


def test_a_gate_whose_key_names_no_place_is_not_passed_over(aws: None) -> None:
    """Nobody knows whose gate it is, nor what it runs: nothing is deleted meanwhile."""
    client = made_table()
    kept = kept_by(client)
    put(kept.ledger, previous=SERVING)
    named = {"endpoint": serialize("a:b"), "kind": serialize("gate")}
    client.put_item(TableName="ledger", Item={**key("churn"), **named})
    with pytest.raises(Damaged):
        kept.sightings.whole_gates()


def key(name: str) -> dict[str, Any]:
    return {"pk": serialize(f"endpoint#{name}"), "sk": serialize("gate")}


def stubbed(rounds: int) -> Kept:
    """DynamoDB lists two gates, and leaves one of them out of its first answers."""
    client = made_table()
    kept = kept_by(client)
    for name in ("one", "two"):
        kept.ledger.write(Key(name), GateWrite(conditions=(), assign={"previous": SERVING}))
    items = {n: client.get_item(TableName="ledger", Key=key(n))["Item"] for n in ("one", "two")}
    listed = client.query(
        TableName="ledger",
        IndexName="gates",
        KeyConditionExpression="kind = :gate",
        ExpressionAttributeValues={":gate": serialize("gate")},
    )
    stubber = Stubber(client)
    stubber.add_response("query", {"Items": listed["Items"]})
    left = {"ledger": {"Keys": [key("two")]}}
    for n in range(rounds):
        answer = {"ledger": [items["one"]] if n == 0 else []}
        stubber.add_response("batch_get_item", {"Responses": answer, "UnprocessedKeys": left})
    stubber.add_response("batch_get_item", {"Responses": {"ledger": [items["two"]]}})
    stubber.activate()
    return kept


def test_a_gate_that_dynamodb_left_out_is_asked_for_again(aws: None) -> None:
    found = stubbed(rounds=3).sightings.whole_gates()
    assert [gate.endpoint for gate in found] == ["one", "two"]


def test_gates_that_dynamodb_does_not_give_are_not_taken_for_none(aws: None) -> None:
    with pytest.raises(Unavailable):
        stubbed(rounds=20).sightings.whole_gates()


def test_what_is_kept_goes_by_itself(aws: None) -> None:
    client = made_table()
    kept_by(client).sightings.saw({"churn": USE})
    where = {"pk": serialize("survey"), "sk": serialize("churn")}
    item = client.get_item(TableName="ledger", Key=where)["Item"]
    assert int(item["expires"]["N"]) == FakeClock().now() // 1000 + 90 * 86_400


def test_an_edited_item_says_nothing_and_hides_no_other(aws: None) -> None:
    client = made_table()
    sightings = kept_by(client).sightings
    sightings.saw({"churn": USE, "fraud": USE})
    where = {"pk": serialize("survey"), "sk": serialize("churn")}
    client.put_item(TableName="ledger", Item={**where, "modified": serialize("yesterday")})
    assert sightings.seen() == {"fraud": USE}
