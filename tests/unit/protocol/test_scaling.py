"""Promise 7: scale-in is suspended for a release, and put back by whoever ends it; and F."""

from collections.abc import Callable

import pytest

from penstock.domain.errors import Denied, NoCapacity, Unanswered, Unavailable, Unscalable
from tests.fakes.scaling import Target
from tests.unit.protocol.machine import Execution
from tests.unit.protocol.promises import at_known_rest
from tests.unit.protocol.scenes import (
    ERRORS,
    JUDGE,
    PLAN,
    SETTLE,
    STAGE,
    as_found,
    in_window,
    refuses,
    shifted,
    target,
    tidy_pending,
)
from tests.unit.protocol.world import World


@pytest.fixture
def scaled(world: World) -> World:
    """Version 1 serves, and its variant scales."""
    world.scaling.register("churn")
    return world


def told(world: World) -> list[str]:
    said = [s.reason for s in world.announcer.said if s.detail_type == "Attention Needed"]
    return [reason for reason in said if "scale-in" in reason]


# ---- every way to begin and to end ---------------------------------------------------------------


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


# ---- when auto-scaling refuses -------------------------------------------------------------------


@pytest.mark.parametrize("error", [Denied("not allowed"), Unscalable("no")])
def test_what_cannot_be_suspended_is_not_released(scaled: World, error: Exception) -> None:
    scaled.scaling.faults = [error]
    e1 = scaled.release(2)
    scaled.run(e1)
    assert e1.ending == "rolled_back"
    assert str(error) in e1.cause["reason"]
    assert as_found(scaled)
    assert scaled.wire.counts["cloud.update"] == 0


@pytest.mark.parametrize("error", [Unavailable("throttled"), Unanswered("read timeout")])
def test_what_cannot_be_suspended_now_is_tried_again(scaled: World, error: Exception) -> None:
    scaled.scaling.faults = [error]
    scaled.promoted(2)
    assert as_found(scaled)


def test_a_refused_resumption_delays_no_end_is_told_once_and_tried_on(scaled: World) -> None:
    e1 = scaled.release(2)
    scaled.until(e1, SETTLE)
    scaled.scaling.faults = [Denied("not allowed") for _ in range(4)]
    scaled.run(e1)
    assert e1.ending == "promoted"
    for _ in range(3):
        assert "scale-in" in scaled.reconcile()
        scaled.run()
    assert len(told(scaled)) == 1
    assert scaled.gate.suspension is not None
    assert target(scaled).scale_in
    scaled.settle_down()
    assert as_found(scaled)


def test_a_busy_service_at_the_end_is_no_news_unless_it_stays_busy(scaled: World) -> None:
    e1 = scaled.release(2)
    scaled.until(e1, SETTLE)
    scaled.scaling.faults = [Unavailable("throttled") for _ in range(2)]
    scaled.run(e1)
    assert (e1.ending, told(scaled)) == ("promoted", [])
    scaled.reconcile()
    scaled.run()
    assert len(told(scaled)) == 1
    scaled.settle_down()
    assert as_found(scaled)


def test_a_resumption_without_an_answer_holds_its_lock_until_it_has_run_out(scaled: World) -> None:
    e1 = scaled.release(2)
    scaled.until(e1, SETTLE)
    scaled.scaling.faults = [Unanswered("read timeout")]
    scaled.step(e1)
    assert scaled.gate.lock is not None
    scaled.run(e1)
    assert e1.ending == "promoted"
    assert as_found(scaled)


def test_a_release_that_is_claimed_first_keeps_the_recovery_from_resuming(scaled: World) -> None:
    e1 = scaled.release(2)
    scaled.until(e1, SETTLE)
    scaled.scaling.faults = [Denied("not allowed")]
    scaled.run(e1)
    scaled.reconcile()
    recovery = scaled.all[-1]
    scaled.until(recovery, SETTLE)
    e3 = scaled.release(3)
    scaled.until(e3, JUDGE)
    scaled.run(recovery)
    assert recovery.ending == "nothing_to_do"
    assert target(scaled).scale_in, "the release still needs it suspended"
    scaled.run(e3)
    assert as_found(scaled)


def test_a_claim_waits_while_scale_in_is_resumed_at_rest(scaled: World) -> None:
    """Otherwise the call might land in the release that claims."""
    e1 = scaled.release(2)
    scaled.until(e1, SETTLE)
    scaled.scaling.faults = [Denied("not allowed")]
    scaled.run(e1)
    scaled.reconcile()
    recovery, e3 = scaled.all[-1], scaled.release(3)
    scaled.until(recovery, SETTLE)
    scaled.until(e3, "Claim the endpoint")

    def claims() -> None:
        scaled.step(e3)

    scaled.wire.before("scaling.resume", claims)
    scaled.step(recovery)
    assert scaled.gate.owner is None
    scaled.run()
    assert e3.ending == "promoted"
    assert as_found(scaled)


def test_scaling_that_cannot_be_read_refuses_nothing_and_is_read_again(scaled: World) -> None:
    e1 = scaled.release(2)
    scaled.until(e1, PLAN)
    refuses(scaled, "scaling.describe", Unavailable("throttled"), 1)
    scaled.run(e1)
    assert e1.ending == "promoted"
    assert as_found(scaled)


def test_a_blocked_endpoint_with_a_tidy_to_come_has_its_scale_in_put_back(scaled: World) -> None:
    """The recovery pays what is owed, and does not roll back what only a person can mend."""
    scaled.wire.refused["scaling.resume"] = lambda: Denied("not authorized")
    tidy_pending(scaled)
    scaled.cloud.endpoints["churn"].broken = "the instances are gone"
    scaled.reconcile()
    scaled.run()
    del scaled.wire.refused["scaling.resume"]
    scaled.reconcile()
    scaled.run()
    assert scaled.reconcile() == "blocked"
    assert scaled.gate.attention
    assert not target(scaled).scale_in
