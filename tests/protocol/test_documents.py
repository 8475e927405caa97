"""The document of an execution is JSON between any two states."""

import json
from typing import Any

import pytest

from penstock.domain.judging.comparison import most_unkept
from penstock.domain.planning.budget import EVENTS_TO_ROLL_BACK
from penstock.domain.planning.size import GROWS, MOST_IN_DOCUMENT, MOST_IN_ITEM
from tests.worlds.scenes import ERRORS, in_window, shifted
from tests.worlds.world import POLICY, World


def test_a_release_and_its_rollback_go_through_json() -> None:
    """As Step Functions carries them: every task gets what the one before it answered."""
    world = World()
    world.promoted(1)
    world.promoted(2)
    execution = shifted(world, 3)
    world.alarm(ERRORS)
    world.run(execution)
    assert execution.ending == "rolled_back"
    assert world.serves(2)


def test_a_recovery_goes_through_json() -> None:
    world = World()
    world.promoted(1)
    world.die(shifted(world, 2))
    world.settle_down()
    assert world.serves(1)


def test_a_plan_never_takes_more_events_than_it_says() -> None:
    """No traffic for hours: every step waits for it, the first one until a person would decide."""
    policy = {"judge": {"min_requests": 10, "deadline_minutes": 40, "wait_hours": 2}}
    world = World(POLICY | policy)
    world.promoted(1)
    world.traffic.per_minute = world.metrics.per_minute = 0
    execution = world.release(2)
    world.until(execution, "Judge what is seen", 52)
    budget = world.plan_of(2).history_events
    world.traffic.per_minute = world.metrics.per_minute = 100
    world.run(execution)
    assert execution.ending == "promoted"
    assert execution.events + EVENTS_TO_ROLL_BACK < budget


def test_the_document_does_not_grow_with_the_environment() -> None:
    """32 KB of it, as much as SageMaker takes: they are in the plan, and the plan is elsewhere."""
    environment = {f"NAME_{n:02}": "x" * 320 for n in range(99)}
    world = World(POLICY | {"serving": {**POLICY["serving"], "environment": environment}})
    world.promoted(1)
    execution, largest = world.release(2), 0
    while execution.running:
        world.step(execution)
        largest = max(largest, len(json.dumps(execution.document).encode()))
    assert execution.ending == "promoted"
    assert 2 * 32_000 < len(world.plan_of(2).text.encode()) < MOST_IN_ITEM
    assert largest < 20_000


@pytest.mark.parametrize("dry_run", [False, True])
@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"alarms": [f"alarm-{n:02}-{'x' * 200}" for n in range(50)]}, ""),
        ({"serving": {"environment": {f"N{n:02}": "x" * 1000 for n in range(99)}}}, "environment"),
    ],
)
def test_what_does_not_fit_is_refused_before_anything_is_done(
    changes: dict[str, Any], says: str, *, dry_run: bool
) -> None:
    world = World()
    world.promoted(1)
    for name in changes.get("alarms", ()):
        world.alarms.put(name)
    execution = world.release(2, policy=changes, dry_run=dry_run)
    world.run(execution)
    assert execution.ending == ("refused" if says else "planned" if dry_run else "promoted")
    assert says in str(execution.cause["reason"])
    assert world.serves(1 if says or dry_run else 2)


def signals(count: int) -> list[dict[str, Any]]:
    """Custom signals with names as long as they may be."""
    where = {"EndpointName": "{endpoint}", "VariantName": "{variant}"}
    each = {"namespace": "Shop", "metric": "Bad", "dimensions": where}
    return [each | {"name": f"s{n}{'x' * 28}"} for n in range(count)]


def test_the_document_stays_within_its_bound_whatever_is_added_later() -> None:
    """Ten signals, two hours without a place to keep their minutes, and a task that fails."""
    judge = {"min_requests": 10**6, "deadline_minutes": 200, "wait_hours": 1}
    world = World(POLICY | {"judge": judge | {"signals": signals(10)}})
    world.promoted(1)
    execution = world.release(2)
    world.until(execution, "Judge what is seen", 1)
    planned = len(json.dumps(execution.document))
    world.archive.closed = True
    world.until(execution, "Judge what is seen", 70)
    cause = {"Error": "Runtime.ExitError", "Cause": "c" * 32_768}
    grown = len(json.dumps(execution.document | {"error": cause}))
    assert len(execution.document["case"]["unkept"]) == most_unkept(10)
    assert 40_000 < grown - planned < GROWS
    assert grown < MOST_IN_DOCUMENT


def test_few_signals_wait_for_the_archive_for_two_hours() -> None:
    assert [most_unkept(signals) for signals in (1, 2, 3, 10, 1000)] == [120, 120, 80, 24, 1]


def test_a_plan_that_is_lost_takes_a_release_under_way_back() -> None:
    world = World()
    world.promoted(1)
    execution = world.release(2)
    world.until(execution, "Judge what is seen", 3)
    world.plans.kept.clear()
    world.run(execution)
    assert execution.ending == "rolled_back"
    assert "the plan of" in str(execution.cause["reason"])
    assert world.serves(1)


def test_a_plan_that_is_lost_takes_no_verified_promotion_back() -> None:
    world = World()
    world.promoted(1)
    execution = in_window(world)
    world.plans.kept.clear()
    world.run(execution)
    assert execution.ending == "promoted"
    assert world.serves(2)


def test_an_alarm_takes_a_promotion_back_also_where_its_plan_is_lost() -> None:
    world = World()
    world.promoted(1)
    execution = in_window(world)
    world.plans.kept.clear()
    world.alarm("business", event=False)
    world.run(execution)
    assert execution.ending == "rolled_back"
    assert world.serves(1)


def test_a_plan_that_is_lost_keeps_no_later_release_waiting() -> None:
    world = World()
    world.promoted(1)
    world.plans.kept.clear()
    world.promoted(2)
    assert world.serves(2)
