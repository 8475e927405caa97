"""Promise 7: F, the instances that live began with; counts are retained or raised."""

import pytest

from penstock.domain.errors import Unavailable
from tests.worlds.scenes import ERRORS, PROMOTE, shifted
from tests.worlds.world import POLICY, World

HOUR = 3_600_000


def test_no_step_raises_the_candidate_while_live_has_fewer_than_it_began_with(
    world: World,
) -> None:
    e1 = shifted(world)
    world.cloud.scale("churn", live=1)
    waits_until = world.clock.now() + 90 * 60_000
    while world.clock.now() < waits_until:
        world.step(e1)
        assert world.content.share("candidate") == pytest.approx(0.1)
    assert world.reconcile() == "a release is under way"
    attention = [s for s in world.announcer.said if s.detail_type == "Attention Needed"]
    assert [s.reason for s in attention] == [
        "the release has waited 1 hour: live has 1 of the 2 instances that it had at the claim"
    ]
    world.cloud.scale("churn", live=2)
    world.run(e1)
    assert e1.ending == "promoted"


def test_a_wait_for_lives_instances_ends(world: World) -> None:
    """Somebody took one of two away, and nothing brings it back."""
    e1 = shifted(world)
    world.cloud.scale("churn", live=1)
    begun = world.clock.now()
    world.run(e1)
    assert e1.ending == "rolled_back"
    lacking = "live has 1 of the 2 instances that it had at the claim"
    assert e1.cause["reason"] == f"{lacking}, after 2 hours of waiting"
    assert world.clock.now() - begun < 3 * HOUR


def test_a_halt_ends_the_wait_for_lives_instances(world: World) -> None:
    e1 = shifted(world)
    world.cloud.scale("churn", live=1)
    for _ in range(12):
        world.step(e1)
    world.alarm(ERRORS)
    world.run(e1)
    assert e1.ending == "rolled_back"
    assert world.view.counts["live"] == 1, "retained"


def test_a_promotion_raises_live_to_what_it_began_with(world: World) -> None:
    policy = {"rollout": {**POLICY["rollout"], "steps": [50]}}
    e1 = world.release(2, policy=policy)
    world.until(e1, PROMOTE)
    world.cloud.scale("churn", live=1)
    world.run(e1)
    assert e1.ending == "promoted"
    assert world.view.counts["live"] == 2


@pytest.mark.parametrize(("first", "then", "ends"), [(5, 1, 5), (2, 5, 5), (5, 3, 3)])
def test_a_promotion_that_is_tried_again_lowers_no_count(
    world: World, first: int, then: int, ends: int
) -> None:
    """The first try made the configuration with the count of then; names are used once only."""
    e1 = world.release(2)
    world.until(e1, PROMOTE)
    world.cloud.scale("churn", live=first)
    world.cloud.next("update", Unavailable("throttled"))
    world.step(e1)
    world.cloud.scale("churn", live=then)
    world.run(e1)
    assert e1.ending == "promoted"
    assert world.view.counts["live"] == ends
