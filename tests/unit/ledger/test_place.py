"""A place has one key, and a key names one place."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from penstock.domain.errors import Damaged
from penstock.domain.execution.run import Run
from penstock.domain.ledger.gate import read_gate
from penstock.domain.ledger.place import Key, Place, key_of_endpoint, place_of

NAMES = some.from_regex(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}", fullmatch=True)
TARGETS = some.text(min_size=1, max_size=40)
PLACES = some.one_of(
    some.builds(lambda name: Place("endpoint", name), NAMES),
    some.builds(lambda name, target: Place("target", name, target), NAMES, TARGETS),
    some.builds(lambda name: Place("batch", name), NAMES),
)


@given(PLACES)
def test_a_key_leads_back_to_its_place(place: Place) -> None:
    assert place_of(place.key) == place


@given(PLACES, PLACES)
def test_no_two_places_share_a_key_or_where_they_are_stored(one: Place, other: Place) -> None:
    """Two spellings of one endpoint's name are one endpoint, so they share where it is stored."""
    assert (one.key == other.key) is (one == other)
    assert (one.stored == other.stored) is (_folded(one) == _folded(other))


def _folded(place: Place) -> Place:
    name = place.name if place.kind == "batch" else place.name.lower()
    return Place(place.kind, name, place.target)


@pytest.mark.parametrize(
    ("place", "key", "stored", "said"),
    [
        (Place("endpoint", "Churn"), "Churn", "endpoint#churn", "endpoint Churn"),
        (
            Place("target", "Stores", "Store-017"),
            "Stores/Store-017",
            "target#stores/Store-017",
            "target Store-017 of endpoint Stores",
        ),
        (Place("batch", "Nightly"), "batch:Nightly", "batch#Nightly", "batch name Nightly"),
        (Place("target", "batch", "a:b/c"), "batch/a:b/c", "target#batch/a:b/c", None),
    ],
)
def test_what_places_are_known_by_stored_under_and_called(
    place: Place, key: str, stored: str, said: str | None
) -> None:
    assert (place.key, place.stored) == (key, stored)
    assert said in {str(place), None}
    assert place_of(Key(key)) == place


@pytest.mark.parametrize(
    ("kind", "name", "target"),
    [
        ("endpoint", "a/b", ""),
        ("endpoint", "batch:a", ""),
        ("batch", "a:b", ""),
        ("target", "a/b", "c"),
        ("target", "a", ""),
        ("endpoint", "a", "b"),
    ],
)
def test_what_could_be_taken_for_another_place_is_none(kind: str, name: str, target: str) -> None:
    with pytest.raises(ValueError, match=r"names nothing|a place of kind"):
        Place(kind, name, target)  # type: ignore[arg-type]  # the kind is one of the three


def test_an_item_from_when_only_endpoints_had_gates_is_read_as_it_was() -> None:
    gate = read_gate(Key("churn"), {"endpoint": "Churn", "fence": 3})
    assert (gate.key, gate.place, gate.endpoint) == ("Churn", Place("endpoint", "Churn"), "Churn")


def test_the_gate_of_a_target_knows_the_endpoint_that_it_is_on() -> None:
    gate = read_gate(Key("stores/store-017"), {"fence": 3})
    assert (gate.place.target, gate.endpoint) == ("store-017", "stores")


def test_an_edited_name_is_damage() -> None:
    with pytest.raises(Damaged, match="endpoint"):
        read_gate(Key("churn"), {"endpoint": "a:b"})


def test_a_document_of_the_version_before_is_about_its_endpoint() -> None:
    before = {"execution": "e", "started_at": 1, "next": "look", "endpoint": "Churn"}
    run = Run.model_validate(before)
    assert (run.key, run.the_key) == (None, key_of_endpoint("Churn"))


def test_a_document_carries_its_place_through_every_task() -> None:
    run = Run(
        execution="e", started_at=1, next="look", endpoint="stores", key=Key("stores/store-017")
    )
    read = Run.model_validate_json(run.then("watch").model_dump_json(by_alias=True))
    assert (read.the_key, read.the_endpoint) == ("stores/store-017", "stores")
