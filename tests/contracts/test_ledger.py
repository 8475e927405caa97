"""The ledger: the fake and the adapter on moto's DynamoDB keep one contract."""

import time
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from penstock.adapters.expressions import serialize
from penstock.adapters.ledger import DynamoLedger
from penstock.domain import protocol
from penstock.domain.errors import Damaged, Unavailable
from penstock.domain.ledger import gate as gates
from penstock.domain.ledger.content import Pointer, Variants
from penstock.domain.ledger.gate import (
    NEXT_FENCE,
    AnyOf,
    Condition,
    Declined,
    Gate,
    GateWrite,
    Halt,
    absent,
    absent_or_at_most,
    absent_or_below,
    equals,
)
from penstock.domain.ledger.place import Key, Place
from penstock.domain.planning.checks import every_name
from penstock.domain.planning.planning import draw_plan
from penstock.domain.protocol import Approval, Writer
from penstock.ports.ledger import Ledger
from tests.contracts.gates import SERVING, put
from tests.fakes.ledger import FakeLedger
from tests.worlds.ledger_table import made_table
from tests.worlds.setups import live, package, policy

CHURN = Key("churn")
NOW = 1_772_323_200_000
APPROVAL = Approval("0123456789", "arn:churn/7", NOW)
BOTH = Variants(config="churn-2", weights={"live": 9500, "candidate": 500})


def on_dynamo() -> Ledger:
    return DynamoLedger(made_table(), "ledger", time.sleep)


@pytest.fixture(params=[FakeLedger, on_dynamo], ids=["fake", "dynamo"])
def ledger(request: pytest.FixtureRequest, aws: None) -> Ledger:
    make: Callable[[], Ledger] = request.param
    return make()


def holds(ledger: Ledger, *conditions: Condition) -> bool:
    try:
        ledger.write(CHURN, GateWrite(conditions=conditions, assign={"serving": "written"}))
    except Declined:
        return False
    return True


def test_an_endpoint_that_was_never_claimed_has_an_empty_gate(ledger: Ledger) -> None:
    gate = ledger.gate(CHURN)
    assert (gate.endpoint, gate.owner, gate.fence, gate.at_rest) == ("churn", None, 0, True)
    assert ledger.record(CHURN, "0123456789") is None
    assert ledger.records(CHURN) == []
    assert ledger.gates() == []


def test_endpoint_names_differ_only_in_more_than_case(ledger: Ledger) -> None:
    ledger.write(Key("Churn"), protocol.note_wanted(APPROVAL))
    assert ledger.gate(CHURN).wanted == "arn:churn/7"


def test_a_write_answers_the_gate_after_it(ledger: Ledger) -> None:
    after = ledger.write(CHURN, protocol.note_wanted(APPROVAL))
    assert after == ledger.gate(CHURN)
    assert (after.wanted_at, after.wanted) == (NOW, "arn:churn/7")


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (equals("fence", 5), True),
        (equals("fence", 6), False),
        (equals("step", 5), False),
        (gates.Predicate("fence", "<", 6), True),
        (gates.Predicate("fence", "<", 5), False),
        (gates.Predicate("fence", "<=", 5), True),
        (gates.Predicate("fence", "<=", 4), False),
        (gates.Predicate("step", "<=", 100), False),
        (absent("step"), True),
        (absent("fence"), False),
        (gates.Predicate("fence", "present"), True),
        (gates.Predicate("step", "present"), False),
        (absent_or_below("fence", 6), True),
        (absent_or_below("fence", 5), False),
        (absent_or_at_most("fence", 5), True),
        (absent_or_below("step", 0), True),
        (AnyOf((equals("fence", 6), equals("owner", "me"))), True),
        (AnyOf((equals("fence", 6), equals("owner", "you"))), False),
    ],
)
def test_conditions(ledger: Ledger, condition: Condition, expected: bool) -> None:
    put(ledger, fence=5, owner="me")
    assert holds(ledger, condition) is expected
    assert (ledger.gate(CHURN).serving == "written") is expected


def test_all_conditions_have_to_hold(ledger: Ledger) -> None:
    put(ledger, fence=5, owner="me")
    assert not holds(ledger, equals("fence", 5), equals("owner", "you"))
    assert holds(ledger, equals("fence", 5), equals("owner", "me"))


def test_a_refusal_shows_what_the_ledger_held(ledger: Ledger) -> None:
    put(ledger, owner="you", halt=Halt(by="alarm", reason="errors", at=NOW), content=BOTH)
    with pytest.raises(Declined) as declined:
        ledger.write(CHURN, GateWrite(conditions=(equals("owner", "me"),), assign={"step": 10}))
    assert declined.value.gate == ledger.gate(CHURN)
    assert declined.value.gate.halt == Halt(by="alarm", reason="errors", at=NOW)
    assert declined.value.gate.content == BOTH


def test_a_refused_transaction_shows_what_the_ledger_held_and_writes_nothing(
    ledger: Ledger,
) -> None:
    ledger.write(CHURN, protocol.claim_at_rest(ledger.gate(CHURN), "me", APPROVAL, NOW))
    later = Approval("9876543210", "arn:churn/8", NOW + 1)
    stale = ledger.gate(CHURN).model_copy(update={"fence": 0})
    with pytest.raises(Declined) as declined:
        ledger.write(CHURN, protocol.claim_at_rest(stale, "you", later, NOW))
    assert declined.value.gate == ledger.gate(CHURN)
    assert declined.value.gate.owner == "me"
    assert ledger.record(CHURN, later.release) is None


def test_a_refusal_where_nothing_is_shows_an_empty_gate(ledger: Ledger) -> None:
    mine = (equals("owner", "me"),)
    alone = GateWrite(mine, assign={"step": 1})
    together = GateWrite(mine, assign={"step": 1}, records={"0123456789": {"state": "running"}})
    for write in (alone, together):
        with pytest.raises(Declined) as declined:
            ledger.write(CHURN, write)
        assert declined.value.gate.fence == 0
        assert declined.value.gate.endpoint == "churn"


def test_gate_and_records_are_written_together(ledger: Ledger) -> None:
    after = ledger.write(CHURN, protocol.claim_at_rest(ledger.gate(CHURN), "me", APPROVAL, NOW))
    record = ledger.record(CHURN, "0123456789")
    assert after.owner == "me"
    assert record is not None
    assert (record.state, record.package, record.approved_at) == ("running", "arn:churn/7", NOW)
    assert (record.started_at, record.ended_at, record.retired) == (NOW, None, False)


def test_the_fence_counts_from_nothing_and_only_where_it_is_asked_to(ledger: Ledger) -> None:
    counts = GateWrite(conditions=(), counts=True)
    assert [ledger.write(CHURN, counts).fence for _ in range(3)] == [1, 2, 3]
    put(ledger, step=1)
    assert ledger.gate(CHURN).fence == 3


def test_a_lock_is_the_fence_after_its_write(ledger: Ledger) -> None:
    write = GateWrite(conditions=(), assign={"lock": NEXT_FENCE}, counts=True)
    ledger.write(CHURN, write)
    after = ledger.write(CHURN, write)
    assert (after.lock, after.fence) == (2, 2)


def test_what_is_set_once_stays(ledger: Ledger) -> None:
    first, second = (Halt(by="alarm", reason=text, at=NOW) for text in ("first", "second"))
    for halt in (first, second):
        ledger.write(CHURN, GateWrite(conditions=(), assign_once={"halt": halt}))
    assert ledger.gate(CHURN).halt == first


def test_removing_what_is_not_there_is_fine(ledger: Ledger) -> None:
    put(ledger, owner="me", step=1)
    after = ledger.write(CHURN, GateWrite(conditions=(), remove=("owner", "step", "token")))
    assert (after.owner, after.step) == (None, None)


def test_a_gate_of_nothing_but_removals_can_be_written(ledger: Ledger) -> None:
    assert ledger.write(CHURN, GateWrite(conditions=(), remove=("drift",))).drift is None


def test_texts_that_dynamo_reserves_are_names_like_others(ledger: Ledger) -> None:
    put(ledger, content=SERVING, release="r", owner="o", lock=1, previous=SERVING)
    gate = ledger.gate(CHURN)
    assert (gate.release, gate.content, gate.lock) == ("r", SERVING, 1)


def test_lists_and_plans_come_back_as_they_were(ledger: Ledger) -> None:
    plan = draw_plan(policy(judge={"margins": {"errors": 0.005}}), package(), "0123456789", live())
    writer = Writer("me", APPROVAL.release, NOW, NOW)
    ledger.write(CHURN, protocol.claim_at_rest(ledger.gate(CHURN), "me", APPROVAL, NOW))
    reports = {"model_quality": {"document": {"auc": 0.1, "n": 3.0, "tiny": 1e-7}}}
    record = {"planned": plan.planned, "model": "m", "reports": reports}
    ledger.write(CHURN, protocol.plan(writer, plan.alarms, record))
    kept = ledger.record(CHURN, "0123456789")
    assert kept is not None
    assert (kept.planned, kept.model, kept.reports) == (plan.planned, "m", reports)
    assert ledger.gate(CHURN).alarms == plan.alarms


def test_a_place_that_is_a_name_of_batch_jobs_goes_from_pointer_to_pointer(ledger: Ledger) -> None:
    """Nothing of the protocol asks whether a content is a configuration or a pointer."""
    nightly = Place("batch", "nightly").key
    old, new = (
        Pointer(parameter="/penstock/pointers/batch/nightly", value=value, kind="batch")
        for value in ("model-6", "model-7")
    )
    put(ledger, nightly, content=old, serving="arn:churn/6")
    writer = Writer("me", APPROVAL.release, NOW, NOW)
    ledger.write(nightly, protocol.claim_at_rest(ledger.gate(nightly), "me", APPROVAL, NOW))
    assert ledger.gate(nightly).previous == old
    held = ledger.write(nightly, protocol.acquire(writer, gates.PROMOTE, new))
    assert held.target == new
    ledger.write(nightly, protocol.release_lock(held.lock))
    ledger.write(nightly, protocol.enter_window(writer, NOW))
    held = ledger.write(nightly, protocol.acquire(writer, gates.WINDOW, new))
    settled = protocol.settle_promoted(held, new, protocol.CleanupResult(), NOW)
    after = ledger.write(nightly, settled)
    assert (after.content, after.serving) == (new.serving(APPROVAL.package), APPROVAL.package)
    kept = ledger.record(nightly, APPROVAL.release)
    assert kept is not None
    assert kept.content == after.content


def test_records_come_newest_approval_first(ledger: Ledger) -> None:
    for number in (2, 1, 3):
        attributes = {"state": "promoted", "package": "p", "approved_at": number}
        ledger.write(CHURN, GateWrite(conditions=(), records={f"r{number}": attributes}))
    assert [record.release for record in ledger.records(CHURN)] == ["r3", "r2", "r1"]
    assert ledger.records(Key("fraud")) == []


def test_what_a_package_is_made_of_and_what_speaks_against_it_are_kept(ledger: Ledger) -> None:
    held = ledger.write(CHURN, protocol.claim_at_rest(ledger.gate(CHURN), "me", APPROVAL, NOW))
    writer = Writer("me", APPROVAL.release, NOW, NOW)
    made_of = ("version:3sL4kqtJlcpXroDTDmJ", "image:sha256:0a1b")
    ledger.write(CHURN, protocol.plan(writer, (), {"made_of": made_of}))
    acquire = protocol.acquire(writer, gates.ROLLBACK, None, {"quarantine": "it is worse"})
    after = ledger.write(CHURN, acquire)
    (record,) = ledger.records(CHURN)
    assert (after.step, after.lock) == (gates.ROLLBACK, held.fence + 1)
    assert (record.made_of, record.quarantined) == (made_of, "it is worse")


def test_a_refused_acquire_says_nothing_against_a_package(ledger: Ledger) -> None:
    ledger.write(CHURN, protocol.claim_at_rest(ledger.gate(CHURN), "me", APPROVAL, NOW))
    other = Writer("another", APPROVAL.release, NOW, NOW)
    with pytest.raises(Declined):
        ledger.write(CHURN, protocol.acquire(other, gates.ROLLBACK, None, {"quarantine": "bad"}))
    (record,) = ledger.records(CHURN)
    assert record.quarantine is None


def test_what_is_none_is_not_kept(ledger: Ledger) -> None:
    attributes = {"state": "promoted", "package": "p", "approved_at": 1, "reason": "said"}
    ledger.write(CHURN, GateWrite(conditions=(), records={"r": attributes}))
    ledger.write(CHURN, GateWrite(conditions=(), records={"r": {"reason": None, "ended_at": 5}}))
    record = ledger.record(CHURN, "r")
    assert record is not None
    assert (record.reason, record.ended_at) == ("said", 5)


def test_what_was_told_goes_word_by_word_and_only_as_it_was_read(ledger: Ledger) -> None:
    put(ledger, untold=("r1", "drift"))
    read = ledger.gate(CHURN)
    assert ledger.write(CHURN, protocol.told(read, {"r1"})).untold == ("drift",)
    with pytest.raises(Declined):
        ledger.write(CHURN, protocol.told(read, {"drift"}))
    read = ledger.gate(CHURN)
    assert ledger.write(CHURN, protocol.told(read, {"drift"})).untold == ()


CONFLICT = {"CancellationReasons": [{"Code": "None"}, {"Code": "TransactionConflict"}]}


@pytest.mark.parametrize(("conflicts", "written"), [(1, True), (3, True), (4, False)])
@pytest.mark.parametrize("transaction", [False, True])
def test_a_write_that_meets_another_one_is_tried_again_at_once(
    conflicts: int, written: bool, transaction: bool, aws: None
) -> None:
    """A halt that meets the watch's transaction must not wait for its event's next delivery."""
    dynamo, slept = boto3.client("dynamodb", region_name="eu-west-1"), list[float]()
    records = {"r": {"state": "running"}} if transaction else {}
    with Stubber(dynamo) as stubber:
        for _ in range(conflicts):
            _conflict(stubber, transaction=transaction)
        if written:
            _answer(stubber, transaction=transaction)
        ledger = DynamoLedger(dynamo, "ledger", slept.append)
        write = GateWrite((), {"serving": "p"}, records=records)
        if written:
            assert ledger.write(CHURN, write).serving == "p"
        else:
            with pytest.raises(Unavailable, match="conflict"):
                ledger.write(CHURN, write)
    assert slept == [0.05] * min(conflicts, 3)


def _conflict(stubber: Stubber, *, transaction: bool) -> None:
    if transaction:
        code, method = "TransactionCanceledException", "transact_write_items"
    else:
        code, method = "TransactionConflictException", "update_item"
    more = CONFLICT if transaction else {}
    stubber.add_client_error(method, code, "a conflict", 400, modeled_fields=more)


def _answer(stubber: Stubber, *, transaction: bool) -> None:
    item = {"serving": {"S": "p"}}
    if not transaction:
        stubber.add_response("update_item", {"Attributes": item})
        return
    stubber.add_response("transact_write_items", {})
    stubber.add_response("get_item", {"Item": item})


def test_every_gate_is_listed_with_what_finds_it(ledger: Ledger) -> None:
    for endpoint in ("Churn", "fraud"):
        assign = {"owner": "me", "alarms": ("a", "b"), "package": "arn", "step": 20}
        records = {"r": {"state": "running", "package": "arn", "approved_at": 1}}
        ledger.write(Key(endpoint), GateWrite(conditions=(), assign=assign, records=records))
    found = {gate.endpoint: gate for gate in ledger.gates()}
    assert set(found) == {"Churn", "fraud"}
    assert (found["fraud"].owner, found["fraud"].alarms) == ("me", ("a", "b"))
    assert (found["fraud"].package, found["fraud"].step) == ("arn", 20)


def test_every_place_that_has_a_gate_is_listed(ledger: Ledger) -> None:
    for key in ("Churn", "stores/store-017", "batch:nightly"):
        put(ledger, to=key, owner="me")
    assert set(ledger.keys()) == {"Churn", "stores/store-017", "batch:nightly"}
    assert {str(gate.place) for gate in ledger.gates()} == {
        "endpoint Churn",
        "target store-017 of endpoint stores",
        "batch name nightly",
    }


def test_places_of_one_name_have_gates_of_their_own(ledger: Ledger) -> None:
    for key in ("stores", "stores/store-017", "stores/Store-017", "batch:stores"):
        put(ledger, to=key, serving=key)
    for key in ("Stores", "stores/store-017", "stores/Store-017", "batch:stores"):
        assert ledger.gate(Key(key)).serving in {key, key.lower()}
    assert ledger.gate(Key("batch:Stores")).serving is None


def test_a_gate_is_found_by_the_alarms_and_the_package_of_its_release(ledger: Ledger) -> None:
    for endpoint in ("fraud", "churn"):
        alarms = ("shared", f"penstock-{endpoint}-errors", "shared")
        put(ledger, to=endpoint, alarms=alarms, package="arn:churn/7", owner="me")
    put(ledger, to="other", package="arn:churn/6")
    assert ledger.watching("shared") == ledger.of_package("arn:churn/7") == ["churn", "fraud"]
    assert ledger.watching("penstock-fraud-errors") == ["fraud"]
    assert ledger.of_package("arn:churn/6") == ["other"]
    assert ledger.watching("unheard") == ledger.of_package("arn:churn/70") == []


def test_one_endpoint_is_found_once_however_often_it_is_written_and_spelled(
    ledger: Ledger,
) -> None:
    for endpoint in ("churn", "Churn", "churn"):
        put(ledger, to=endpoint, alarms=("shared",))
    assert ledger.watching("shared") == ["churn"]


def test_a_gate_is_found_by_its_own_spelling(ledger: Ledger) -> None:
    for key in ("Churn", "Stores/Store-017", "batch:Nightly"):
        put(ledger, to=key, alarms=("shared",))
    assert ledger.watching("shared") == ["batch:Nightly", "Churn", "Stores/Store-017"]


def test_a_gate_of_the_version_before_is_found_once_it_is_pointed_to(ledger: Ledger) -> None:
    """Its release was claimed and planned by functions that write no pointers."""
    alarms = tuple(f"alarm-{n:03}" for n in range(120))
    for _ in range(2):
        ledger.point_to(Gate(endpoint=CHURN, alarms=alarms, package="arn:churn/7"))
    assert ledger.watching("alarm-000") == ledger.watching("alarm-119") == ["churn"]
    assert ledger.of_package("arn:churn/7") == ["churn"]
    assert ledger.keys() == []
    ledger.point_to(Gate(endpoint=CHURN))


NO_PLACES = ["a:b", "stores/", "batch:a:b", ":"]


def test_a_gate_whose_key_names_no_place_keeps_no_other_from_being_listed(aws: None) -> None:
    client = made_table()
    ledger = DynamoLedger(client, "ledger", time.sleep)
    put(ledger, owner="me")
    for name in NO_PLACES:
        named = {"pk": serialize(f"endpoint#{name}"), "endpoint": serialize(name)}
        item = {**named, "sk": serialize("gate"), "kind": serialize("gate")}
        client.put_item(TableName="ledger", Item=item)
    assert [gate.key for gate in ledger.gates()] == ["churn"]
    assert set(ledger.keys()) == {"churn", *NO_PLACES}


@pytest.mark.parametrize("name", NO_PLACES)
def test_what_names_no_place_has_no_gate(ledger: Ledger, name: str) -> None:
    with pytest.raises(Damaged, match="no place"):
        ledger.gate(Key(name))


def test_a_write_that_is_refused_leaves_no_pointer(ledger: Ledger) -> None:
    put(ledger, owner="me")
    theirs = {"alarms": ("shared",), "package": "arn:churn/7"}
    with pytest.raises(Declined) as declined:
        ledger.write(CHURN, GateWrite((equals("owner", "you"),), assign=theirs))
    assert declined.value.gate.owner == "me"
    assert ledger.watching("shared") == ledger.of_package("arn:churn/7") == []


def test_what_was_written_over_is_still_pointed_to(ledger: Ledger) -> None:
    """Whoever finds the gate reads it: the pointer of a release that is over is not deleted."""
    put(ledger, alarms=("old",), package="arn:churn/6")
    put(ledger, alarms=("new",), package="arn:churn/7")
    ledger.write(CHURN, GateWrite((), remove=("alarms",)))
    assert ledger.watching("old") == ledger.of_package("arn:churn/6") == ["churn"]
    assert ledger.gate(CHURN).alarms == ()


def test_a_gate_of_as_many_alarms_as_a_policy_may_name_is_one_transaction(aws: None) -> None:
    """DynamoDB takes a hundred items at once: gate, record, package, and these."""
    named = tuple(f"alarm-{n}" for n in range(50))
    plan = draw_plan(policy(alarms=list(named)), package(), "0123456789", live())
    assert len({*plan.alarms, *every_name("churn")}) + 3 <= 100
    kept = DynamoLedger(made_table(), "ledger", time.sleep)
    put(kept, alarms=plan.alarms)
    assert kept.watching("alarm-49") == ["churn"]


def test_what_live_was_measured_at_is_found_by_its_content(ledger: Ledger) -> None:
    kept: Any = ledger
    assert kept.live_metrics(CHURN) is None
    record = {"state": "promoted", "package": "p", "approved_at": 1, "content": SERVING}
    reports = {"model_quality": {"document": {"auc": 0.9}}}
    write = GateWrite((), {"content": SERVING}, records={"r": {**record, "reports": reports}})
    ledger.write(CHURN, write)
    assert kept.live_metrics(CHURN) == reports
    put(ledger, content=BOTH)
    assert kept.live_metrics(CHURN) == {}
