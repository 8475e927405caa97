"""When what is wanted and was not claimed is tried again."""

from itertools import pairwise

import pytest

from penstock.domain.ledger.gate import Gate
from penstock.domain.ledger.place import Key
from penstock.usecases.sweeping.starter import MOST_STARTS, Starter, start_again, tries
from tests.fakes.clock import FakeClock
from tests.fakes.executions import PREFIX, FakeExecutions

QUARTER = 15 * 60_000
HOUR = 4 * QUARTER


@pytest.mark.parametrize(
    ("age", "count"),
    [(0, 0), (QUARTER - 1, 0), (QUARTER, 1), (HOUR - 1, 2), (8 * HOUR, 6), (16 * HOUR, 7)],
)
def test_it_is_tried_again_whenever_the_wait_has_doubled(age: int, count: int) -> None:
    assert tries(age) == count


def test_sweeps_try_a_few_times_on_the_first_day_and_then_daily() -> None:
    seen = [tries(sweep * QUARTER) for sweep in range(10 * 96)]
    assert all(before <= after for before, after in pairwise(seen))
    assert len(set(seen[:96])) == 8
    assert [len(set(seen[day * 96 : day * 96 + 96])) for day in range(1, 10)] == [1] * 9


def test_one_that_died_is_started_again_a_few_times() -> None:
    executions = FakeExecutions()
    for _ in range(3 * MOST_STARTS):
        start_again(executions, "found-1", {"action": "release"})
        executions.alive.clear()
    assert list(executions.started) == [f"found-1-{number}" for number in range(MOST_STARTS)]


def test_one_that_runs_or_said_how_it_ended_is_not_started_again() -> None:
    executions = FakeExecutions()
    for _ in range(2):
        start_again(executions, "found-1", {"action": "release"})
    executions.alive.clear()
    executions.said.add(f"{PREFIX}found-1-0")
    start_again(executions, "found-1", {"action": "release"})
    assert list(executions.started) == ["found-1-0"]


@pytest.mark.parametrize(
    ("key", "document"),
    [
        ("churn", {"endpoint": "churn"}),
        ("stores/store-017", {"endpoint": "stores", "key": "stores/store-017"}),
        ("batch:nightly", {"endpoint": "nightly", "key": "batch:nightly"}),
    ],
)
def test_a_recovery_is_of_the_gates_own_place(key: str, document: dict[str, str]) -> None:
    """A state machine of the version before, which knows no keys, is asked for endpoints alone."""
    executions = FakeExecutions()
    Starter(executions, FakeClock()).recovery(Gate(endpoint=Key(key)), "the owner is gone")
    assert [*executions.started.values()] == [{"action": "recover", **document}]
