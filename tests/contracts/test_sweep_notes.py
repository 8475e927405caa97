"""What sweeps leave to each other: the fake and the adapter on moto keep one contract."""

from collections.abc import Callable
from typing import Protocol

import pytest

from penstock.adapters.expressions import serialize
from penstock.adapters.sweep_notes import DynamoSweepNotes
from penstock.ports.ledger import Bookmarks, Feeder, Feeders, OnlyOneSweep
from tests.fakes.sweep_notes import FakeSweepNotes
from tests.worlds.ledger_table import made_table


class Notes(Feeders, Bookmarks, OnlyOneSweep, Protocol):
    """Both sides of what is kept."""


def on_dynamo() -> Notes:
    return DynamoSweepNotes(made_table(), "ledger")


@pytest.fixture(params=[FakeSweepNotes, on_dynamo], ids=["fake", "dynamo"])
def notes(request: pytest.FixtureRequest, aws: None) -> Notes:
    make: Callable[[], Notes] = request.param
    return make()


def test_at_first_nothing_is_known(notes: Notes) -> None:
    assert (notes.feeders(), notes.bookmark("group")) == ({}, "")


def test_what_was_found_is_kept_whole(notes: Notes) -> None:
    notes.keep_feeders({"gone": Feeder("old", "1")})
    found = {"churn": Feeder("churn", "3"), "sealed": Feeder(None, "1")}
    notes.keep_feeders(found)
    assert notes.feeders() == found


def test_each_kind_has_a_bookmark_of_its_own(notes: Notes) -> None:
    notes.mark("group", "churn")
    assert (notes.bookmark("group"), notes.bookmark("endpoint")) == ("churn", "")
    notes.mark("group", "")
    assert notes.bookmark("group") == ""


def test_one_sweep_runs_at_a_time_and_one_that_was_killed_is_over_by_itself(notes: Notes) -> None:
    assert notes.begin(1000, until=5000)
    assert not notes.begin(4999, until=9000)
    assert notes.begin(5000, until=9000)
    notes.end()
    assert notes.begin(5001, until=9000)


def test_more_than_an_item_holds_is_not_kept(aws: None) -> None:
    """Nor is what an earlier sweep found, which may be wrong by now."""
    notes = on_dynamo()
    notes.keep_feeders({"churn": Feeder("churn", "3")})
    notes.keep_feeders({f"group-{n}": Feeder("e" * 63, "1") for n in range(5000)})
    assert notes.feeders() == {}


@pytest.mark.parametrize("text", ["", "no JSON", "[]", '{"churn": 5}', '{"churn": [5, null]}'])
def test_what_a_person_wrote_there_is_not_known(aws: None, text: str) -> None:
    client = made_table()
    key = {"pk": serialize("sweep"), "sk": serialize("feeders")}
    client.put_item(TableName="ledger", Item={**key, "text": serialize(text)})
    assert DynamoSweepNotes(client, "ledger").feeders() == {}
