"""How a hold of the lock begins, and what becomes of the lock when it ends."""

import pytest

from penstock.domain import protocol
from penstock.domain.errors import Denied, Unanswered, Unavailable
from penstock.domain.ledger.gate import Declined, GateWrite, absent
from penstock.domain.ledger.place import Key
from penstock.usecases.moving.lock import Lock, NotAcquired
from tests.fakes.ledger import FakeLedger

NOW = 1_772_323_200_000
NEVER = GateWrite(conditions=(absent("fence"),))
"""Declined from the first lock on."""


class Endpoint:
    """At rest, with a ledger that remembers its writes."""

    def __init__(self) -> None:
        self.ledger = FakeLedger()
        self.lock = Lock(self.ledger)

    @property
    def acquire(self) -> GateWrite:
        return protocol.hold_at_rest(self.ledger.peek("churn"), NOW)

    @property
    def is_locked(self) -> bool:
        return self.ledger.peek("churn").lock is not None

    @property
    def writes(self) -> int:
        return len(self.ledger.history)


@pytest.fixture
def endpoint() -> Endpoint:
    return Endpoint()


def test_the_lock_is_held_inside_and_given_back_afterwards(endpoint: Endpoint) -> None:
    with endpoint.lock.hold(Key("churn"), endpoint.acquire) as held:
        assert held.gate == endpoint.ledger.peek("churn")
        assert endpoint.is_locked
    assert not endpoint.is_locked
    assert (held.expired, endpoint.writes) == (False, 2)


def test_a_lock_that_is_not_given_says_what_the_gate_shows(endpoint: Endpoint) -> None:
    late = endpoint.acquire
    with (
        endpoint.lock.hold(Key("churn"), endpoint.acquire) as held,
        pytest.raises(NotAcquired) as refused,
        endpoint.lock.hold(Key("churn"), late),
    ):
        raise AssertionError("two hold the lock")
    assert refused.value.gate == held.gate


def test_a_write_that_is_declined_inside_is_no_lock_that_was_not_given(endpoint: Endpoint) -> None:
    with (
        pytest.raises(Declined) as declined,
        endpoint.lock.hold(Key("churn"), endpoint.acquire) as held,
    ):
        held.end(NEVER)
    assert not isinstance(declined.value, NotAcquired)
    assert not endpoint.is_locked


@pytest.mark.parametrize("error", [Denied("no"), Unavailable("slow down"), KeyError("a fault")])
def test_whatever_fails_gives_the_lock_back(endpoint: Endpoint, error: Exception) -> None:
    with pytest.raises(type(error)), endpoint.lock.hold(Key("churn"), endpoint.acquire):
        raise error
    assert not endpoint.is_locked


def test_a_call_without_an_answer_leaves_the_lock_to_run_out(endpoint: Endpoint) -> None:
    with pytest.raises(Unanswered), endpoint.lock.hold(Key("churn"), endpoint.acquire):
        raise Unanswered("read timeout")
    assert endpoint.is_locked
    assert endpoint.writes == 1


def test_after_a_write_that_ends_the_hold_nothing_is_given_back(endpoint: Endpoint) -> None:
    with endpoint.lock.hold(Key("churn"), endpoint.acquire) as held:
        held.end(held.releasing)
        assert not endpoint.is_locked
    assert (held.expired, endpoint.writes) == (False, 2)


def test_a_lock_that_ended_before_it_was_given_back_makes_its_hold_void(endpoint: Endpoint) -> None:
    with endpoint.lock.hold(Key("churn"), endpoint.acquire) as held:
        endpoint.ledger.write("churn", held.releasing)
        endpoint.ledger.write("churn", endpoint.acquire)
    assert held.expired
    assert endpoint.is_locked
