"""Promise 7: scale-in is suspended for a release, and put back by whoever ends it."""

from collections.abc import Callable

import pytest

from penstock.domain.errors import NoCapacity
from tests.fakes.scaling import Target
from tests.worlds.machine import Execution
from tests.worlds.promises import at_known_rest
from tests.worlds.scenes import (
    ERRORS,
    JUDGE,
    PLAN,
    SETTLE,
    STAGE,
    as_found,
    in_window,
    shifted,
    target,
    tidy_pending,
)
from tests.worlds.world import World


def test_it_is_noted_before_it_is_done_and_lasts_until_the_end(scaled: World) -> None:
    e1 = scaled.release(2)
    scaled.until(e1, STAGE)
    assert (scaled.gate.suspension is not None, target(scaled).scale_in) == (True, False)
    scaled.until(e1, SETTLE)
    assert target(scaled) == Target(scale_in=True)
    scaled.run(e1)
    assert e1.ending == "promoted"
    assert as_found(scaled)
    at_known_rest(scaled.ledger, scaled.cloud, scaled.alarms)


def test_a_release_without_a_canary_suspends_as_well(scaled: World) -> None:
    e1 = scaled.release(2, policy={"rollout": {"strategy": "all_at_once", "watch_minutes": 4}})
    scaled.until(e1, JUDGE)
    assert target(scaled).scale_in
    scaled.run(e1)
    assert as_found(scaled)


def test_what_its_owner_suspended_stays_suspended(scaled: World) -> None:
    scaled.scaling.register("churn", suspended=True)
    assert scaled.promoted(2)
    assert as_found(scaled, scale_in=True)
    assert scaled.wire.counts["scaling.suspend"] == scaled.wire.counts["scaling.resume"] == 0


def test_a_variant_that_does_not_scale_is_left_alone(world: World) -> None:
    world.promoted(2)
    assert world.gate.suspension is None
    assert world.wire.counts["scaling.suspend"] == 0


def test_a_dry_run_says_it_and_suspends_nothing(scaled: World) -> None:
    e1 = scaled.release(2, dry_run=True)
    scaled.run(e1)
    assert "scale-in of live is suspended for the release" in str(e1.cause["plan"]["notes"])
    assert as_found(scaled)


def test_a_persons_other_suspensions_are_kept(scaled: World) -> None:
    e1 = shifted(scaled)
    target(scaled).scale_out = target(scaled).scheduled = True
    scaled.run(e1)
    assert target(scaled) == Target(scale_out=True, scheduled=True)


def test_a_target_that_somebody_deregisters_is_nobodys_debt(scaled: World) -> None:
    e1 = shifted(scaled)
    del scaled.scaling.targets["churn", "live"]
    scaled.run(e1)
    assert e1.ending == "promoted"
    assert (scaled.gate.suspension, scaled.scaling.targets) == (None, {})


def halted(world: World) -> Execution:
    e1 = shifted(world)
    world.alarm(ERRORS)
    return e1


def superseded(world: World) -> Execution:
    e1 = shifted(world)
    world.release(3)
    return e1


def drifted(world: World) -> Execution:
    e1 = shifted(world)
    world.cloud.edit("churn", "theirs")
    return e1


def stuck_in_window(world: World) -> Execution:
    e1 = in_window(world)
    for _ in range(200):
        world.cloud.next("update", NoCapacity("quota"))
    world.alarm("business")
    return e1


def dead(world: World) -> Execution:
    e1 = shifted(world)
    world.die(e1)
    return e1


def dead_in_window(world: World) -> Execution:
    e1 = in_window(world)
    world.die(e1)
    return e1


def blocked(world: World) -> Execution:
    """Recoveries that break, until reconcile gives up."""
    e1 = shifted(world)
    world.die(e1)
    for _ in range(3):
        world.reconcile()
        world.die(world.all[-1])
    return e1


@pytest.mark.parametrize(
    "scene",
    [halted, superseded, drifted, stuck_in_window, dead, dead_in_window, blocked, tidy_pending],
)
def test_it_is_put_back_whatever_ends_the_release(
    scaled: World, scene: Callable[[World], Execution]
) -> None:
    scene(scaled)
    scaled.settle_down()
    assert as_found(scaled)
    assert scaled.gate.lock is None


def test_an_end_without_a_settle_is_followed_up_at_once(scaled: World) -> None:
    """The event of a failed execution has reconcile look, before any sweep is due."""
    e1 = drifted(scaled)
    scaled.run(e1)
    assert e1.ending == "needs_a_person"
    assert "scale-in" in scaled.reconcile()
    scaled.run()
    assert as_found(scaled)
    assert scaled.gate.drift, "nothing else is touched"
    assert scaled.all[-1].ending == "nothing_to_do"


def test_a_release_that_ends_anothers_window_takes_over_what_is_owed(scaled: World) -> None:
    in_window(scaled)
    e2 = scaled.release(3)
    scaled.until(e2, SETTLE)
    assert target(scaled).scale_in
    scaled.run(e2)
    assert as_found(scaled)


def test_what_was_taken_over_is_put_back_also_by_a_refusal(scaled: World) -> None:
    in_window(scaled)
    e2 = scaled.release(3)
    scaled.until(e2, PLAN)
    scaled.alarms.put("business", "ALARM")
    scaled.run(e2)
    assert e2.ending == "refused"
    scaled.settle_down()
    assert as_found(scaled)
