"""SageMaker takes its time: a wait is not a death, and people hear of it once."""

from penstock.domain.errors import Unavailable
from tests.unit.protocol.scenes import ERRORS, LOOK, PLAN, STAGE, shifted
from tests.unit.protocol.world import World


def minutes_of(world: World, minutes: int) -> int:
    return world.clock.now() + minutes * 60_000


def test_a_swap_of_forty_minutes_is_no_death(world: World) -> None:
    """The lease is renewed by every look: the sweep must not take the release over."""
    world.cloud.times.swap = 2400
    e1 = world.release(2)
    world.until(e1, LOOK)
    late = minutes_of(world, 35)
    while world.clock.now() < late:
        world.step(e1)
    assert world.reconcile() == "a release is under way"
    world.run(e1)
    assert world.serves(2)


def test_waiting_for_a_calm_endpoint_is_no_death(world: World) -> None:
    """Somebody else's update or SageMaker's patching may last longer than a lease."""
    world.cloud.maintain("churn", 3000)
    e1 = world.release(2)
    world.until(e1, PLAN)
    late = minutes_of(world, 40)
    while world.clock.now() < late:
        world.step(e1)
    assert world.reconcile() == "a release is under way"
    world.run(e1)
    assert world.serves(2)


def test_maintenance_in_the_middle_of_a_release_is_waited_out(world: World) -> None:
    """SystemUpdating before a call: the call is made when it is over."""
    e1 = world.release(2)
    world.until(e1, STAGE)
    world.cloud.maintain("churn", 7200)
    world.run(e1)
    assert world.serves(2)
    told = [s for s in world.announcer.said if s.detail_type == "Attention Needed"]
    assert len(told) == 1
    assert "SystemUpdating" in told[0].reason


def test_restore_waits_while_sagemaker_is_busy(world: World) -> None:
    """An alarm during maintenance: RESTORE is made the moment that SageMaker takes it."""
    e1 = shifted(world, 2)
    world.cloud.maintain("churn", 3000)
    world.alarm(ERRORS)
    world.run(e1)
    assert e1.ending == "rolled_back"
    assert world.serves(1)


def test_restore_is_never_given_up_while_the_candidate_has_traffic(world: World) -> None:
    """Refused for hours, RESTORE goes on; people are told once that it drags on."""
    e1 = shifted(world, 2)
    for _ in range(120):
        world.cloud.next("weights", Unavailable("throttled"))
    world.alarm(ERRORS)
    world.run(e1)
    assert e1.ending == "rolled_back"
    assert world.serves(1)
