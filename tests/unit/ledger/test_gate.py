"""What a gate says of itself, and what is said of one that nobody could have written."""

import re
from typing import Any

import pytest

from penstock.domain import protocol
from penstock.domain.errors import Damaged
from penstock.domain.ledger.content import Variants
from penstock.domain.ledger.gate import Declined, Gate, GateWrite, read_gate, unchanged
from penstock.domain.ledger.place import Key
from penstock.domain.protocol import Approval, CleanupResult, Inconsistent
from tests.fakes.ledger import FakeLedger

NOW = 1_772_323_200_000
BOTH = Variants(config="churn-staging-1111111111", weights={"live": 1, "candidate": 1})
STABLE = Variants(config="churn-old", weights={"live": 10_000}, package="arn:package/0")


def gate(**attributes: Any) -> Gate:
    return Gate(endpoint=Key("churn"), **attributes)


@pytest.mark.parametrize(
    ("held", "free"),
    [
        ({}, True),
        ({"lock_until": NOW + 1}, True),
        ({"lock": 7, "lock_until": NOW}, False),
        ({"lock": 7, "lock_until": NOW - 1}, True),
    ],
)
def test_a_lock_holds_up_to_its_last_millisecond(held: dict[str, int], free: bool) -> None:
    assert gate(**held).lock_free(NOW) is free


@pytest.mark.parametrize(("at", "newer"), [(NOW - 1, False), (NOW, False), (NOW + 1, True)])
def test_what_was_approved_at_the_same_time_is_not_newer(at: int, newer: bool) -> None:
    assert gate(wanted_at=at).newer_wanted(NOW) is newer
    assert gate(queued_at=at).newer_queued(NOW) is newer
    assert not gate().newer_wanted(0)
    assert not gate().newer_queued(0)


def test_the_newest_approval_that_nobody_claimed_is_to_come() -> None:
    two = {"wanted": "w", "wanted_at": NOW, "queued": "q", "queued_at": NOW + 1}
    assert gate(**two).to_come == ("q", NOW + 1)
    assert gate(**two, latest=NOW + 1).to_come is None
    assert gate(**two | {"queued": None}, latest=NOW - 1).to_come == ("w", NOW)
    assert gate(wanted="w", wanted_at=1).to_come == ("w", 1)


def test_a_gate_is_read_under_the_name_it_was_asked_by() -> None:
    assert read_gate(Key("churn"), {"fence": 3}) == gate(fence=3)
    assert read_gate(Key("churn"), {"endpoint": "Churn"}).endpoint == "Churn"


def test_a_damaged_gate_is_refused_with_each_attribute_that_is_wrong() -> None:
    edited = {"step": "ten", "content": {"config": 5}, "fence": 1}
    said = "the ledger's gate of churn was edited and cannot be read: content, step"
    with pytest.raises(Damaged, match=f"^{re.escape(said)}$"):
        read_gate(Key("churn"), edited)


def test_the_first_write_to_an_endpoint_is_declined_once_there_was_another() -> None:
    ledger = FakeLedger()
    first = GateWrite(conditions=(unchanged(gate()),), counts=True)
    assert ledger.write("churn", first).fence == 1
    with pytest.raises(Declined):
        ledger.write("churn", first)


@pytest.mark.parametrize("left", [{"content": STABLE, "tidy": "pending"}, {}])
def test_what_to_go_back_to_stays_while_a_tidy_is_pending_or_nothing_was_verified(
    left: dict[str, Any],
) -> None:
    new = Approval("2222222222", "arn:package/2", NOW)
    for write in (
        protocol.claim_at_rest(gate(**left), "me", new, NOW),
        protocol.claim_stray(gate(**left), "me", BOTH, NOW),
    ):
        assert "previous" not in write.assign


def test_an_endpoint_that_nobody_ever_released_to_goes_back_to_nothing() -> None:
    settled = protocol.settle_rolled_back(gate(release="1", lock=3), {}, CleanupResult())
    assert {"content", "serving"} <= {*settled.remove}
    assert not settled.assign
    unnamed = STABLE.model_copy(update={"package": None})
    adopted = protocol.settle_rolled_back(gate(lock=3, previous=unnamed), {}, CleanupResult())
    assert adopted.assign == {"content": unnamed}
    assert "serving" in adopted.remove
    assert "content" not in adopted.remove


@pytest.mark.parametrize(
    ("known", "serving"),
    [({"serving": "arn:package/0"}, "arn:package/0"), ({"previous": STABLE}, STABLE.package)],
)
def test_while_a_tidy_is_pending_the_previous_package_serves(
    known: dict[str, Any], serving: str
) -> None:
    write = protocol.settle_tidy_pending(gate(lock=3, **known), STABLE, NOW, {}, CleanupResult())
    assert write.assign["serving"] == serving
    assert "serving" not in write.remove
    nobody = protocol.settle_tidy_pending(gate(lock=3), STABLE, NOW, {}, CleanupResult())
    assert "serving" not in nobody.assign
    assert "serving" in nobody.remove


def test_leftovers_are_kept_or_gone_never_empty() -> None:
    some, none = CleanupResult(later=("a",)), CleanupResult()
    for cleaned, kept in ((some, True), (none, False)):
        for write in (
            protocol.settle_promoted(gate(lock=3, release="1"), STABLE, cleaned, NOW),
            protocol.settle_tidy_pending(gate(lock=3), STABLE, NOW, {}, cleaned),
        ):
            assert ("leftovers" in write.assign) is kept
            assert ("leftovers" in write.remove) is not kept


def test_a_release_of_which_nothing_is_left_ends_as_retired() -> None:
    write = protocol.settle_rolled_back(
        gate(lock=3, release="1"), {"state": "rolled_back"}, CleanupResult(retired=("1", "0"))
    )
    assert write.records == {
        "0": {"retired": True},
        "1": {"state": "rolled_back", "retired": True},
    }


def test_nothing_is_announced_twice_and_nothing_without_a_name() -> None:
    twice = protocol.mark_rest(gate(untold=("drift",)), {"drift": "an edit"})
    assert "untold" not in twice.assign
    ended = protocol.block(gate(release="1", owner="ex"), "three died", {"state": "x"}, NOW)
    assert ended.assign["untold"] == ("1",)
    silent = protocol.block(gate(owner="ex"), "three died", {}, NOW)
    assert silent.assign["untold"] == ("attention",)


def test_words_that_were_not_told_stay() -> None:
    write = protocol.told(gate(untold=("1", "drift")), ["drift"])
    assert (write.assign, write.remove) == ({"untold": ("1",)}, ())


def test_a_window_without_a_target_is_called_inconsistent_by_name() -> None:
    new = Approval("2222222222", "arn:package/2", NOW)
    with pytest.raises(Inconsistent, match=r"^the gate of churn: a window without a target$"):
        protocol.claim_from_window(gate(release="1"), "me", new, NOW)


def test_a_take_over_does_not_forget_what_is_newer_than_its_newer_one() -> None:
    held = gate(owner="ex", fence=7, wanted_at=NOW + 1, wanted="arn:package/3")
    write = protocol.take_over(held, "me", NOW, Approval("2", "arn:package/2", NOW))
    assert "wanted" not in write.assign


def test_a_suspension_that_is_over_goes_and_one_that_is_refused_stays() -> None:
    write = GateWrite(conditions=(), assign={"a": 1}, remove=("b",))
    assert protocol.suspending(write, None).remove == ("b", "suspension")
    left = protocol.suspending(write, gate(suspension={"variant": "live"}).suspension)
    assert left.assign["a"] == 1
    assert left.assign["suspension"].variant == "live"
    assert left.remove == ("b",)


def test_an_end_without_a_release_has_nothing_to_tell() -> None:
    for write in (
        protocol.settle_promoted(gate(lock=3), STABLE, CleanupResult(), NOW),
        protocol.settle_rolled_back(gate(lock=3), {"state": "rolled_back"}, CleanupResult()),
    ):
        assert "untold" not in write.assign
        assert not write.records


def test_a_plan_that_suspends_nothing_writes_no_suspension() -> None:
    write = protocol.plan(protocol.Writer("ex", "1", NOW, NOW), ("errors",), {})
    assert "suspension" not in write.assign
