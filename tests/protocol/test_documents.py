"""The document of an execution is JSON between any two states."""

import json
from typing import Any

import pytest

from penstock.domain.planning.budget import EVENTS_TO_ROLL_BACK
from penstock.domain.planning.size import GROWS, MOST_IN_ITEM
from tests.worlds.scenes import ERRORS, shifted
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


def test_the_comparison_stays_within_what_is_kept_free_for_it() -> None:
    """Two hours without a place to keep the minutes: the document has all that it may have."""
    policy = {"judge": {"min_requests": 10**6, "deadline_minutes": 200, "wait_hours": 1}}
    world = World(POLICY | policy)
    world.promoted(1)
    world.archive.closed = True
    execution = world.release(2)
    world.until(execution, "Judge what is seen", 60)
    case = len(json.dumps(execution.document["case"]).encode())
    assert 5_000 < case < GROWS / 2
