"""Promise 7 when auto-scaling refuses, is busy or does not answer: scale-in is still put back."""

import pytest

from penstock.domain.errors import Denied, Unanswered, Unavailable, Unscalable
from tests.worlds.scenes import (
    JUDGE,
    PLAN,
    SETTLE,
    as_found,
    refuses,
    target,
    tidy_pending,
)
from tests.worlds.world import World


def told(world: World) -> list[str]:
    said = [s.reason for s in world.announcer.said if s.detail_type == "Attention Needed"]
    return [reason for reason in said if "scale-in" in reason]


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


def test_a_refusal_that_a_death_kept_from_people_is_told_by_the_next_try(scaled: World) -> None:
    e1 = scaled.release(2)
    scaled.until(e1, SETTLE)
    scaled.scaling.faults = [Denied("not allowed") for _ in range(3)]
    scaled.wire.before("announcer.announce", scaled.wire.kill)
    scaled.run(e1)
    assert (e1.ending, told(scaled)) == ("promoted", [])
    for _ in range(2):
        scaled.reconcile()
        scaled.run()
    assert len(told(scaled)) == 1


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
    """The recovery resumes scale-in and does not roll back what only a person can repair."""
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
