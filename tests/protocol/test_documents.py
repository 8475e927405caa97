"""The document of an execution is JSON between any two states."""

import json

import pytest

from penstock.domain.planning.budget import EVENTS_TO_ROLL_BACK
from penstock.domain.planning.size import CARRIED, GROWS
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
    budget = int(execution.document["plan"]["history_events"])
    world.traffic.per_minute = world.metrics.per_minute = 100
    world.run(execution)
    assert execution.ending == "promoted"
    assert execution.events + EVENTS_TO_ROLL_BACK < budget


def test_the_document_of_a_full_environment_is_carried_to_the_end() -> None:
    """32 KB of it: far below what Step Functions carries, also while the evidence grows."""
    environment = {f"NAME_{n:02}": "x" * 320 for n in range(99)}
    world = World(POLICY | {"serving": {**POLICY["serving"], "environment": environment}})
    world.promoted(1)
    execution, largest = world.release(2), 0
    while execution.running:
        world.step(execution)
        largest = max(largest, len(json.dumps(execution.document).encode()))
    assert execution.ending == "promoted"
    assert 2 * 32_000 < largest < CARRIED - GROWS


@pytest.mark.parametrize("dry_run", [False, True])
def test_a_document_that_would_not_be_carried_is_refused_at_once(*, dry_run: bool) -> None:
    world = World()
    world.promoted(1)
    environment = {f"NAME_{n:02}": "x" * 1000 for n in range(99)}
    changes = {"serving": {"environment": environment}}
    execution = world.release(2, policy=changes, dry_run=dry_run)
    world.run(execution)
    assert execution.ending == "refused"
    assert "environment" in str(execution.cause["reason"])
    assert world.serves(1)


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
