"""The document of an execution is JSON between any two states."""

from penstock.domain.budget import EVENTS_TO_ROLL_BACK
from tests.unit.protocol.scenes import ERRORS, shifted
from tests.unit.protocol.world import POLICY, World


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
