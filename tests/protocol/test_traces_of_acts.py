"""Protocol, section 10: the traces about calls to SageMaker (R6 to R11, R16, R17, R21)."""

from collections.abc import Callable

import pytest

from penstock.domain.ledger.content import CANDIDATE
from penstock.domain.ledger.gate import CLAIMED, ROLLBACK, WINDOW
from tests.worlds.scenes import (
    ERRORS,
    JUDGE,
    LIVE_ERRORS,
    PROMOTE,
    ROLL_BACK,
    STAGE,
    in_window,
    shifted,
)
from tests.worlds.world import World


@pytest.mark.parametrize("claimed", [False, True], ids=["at-rest", "held-by-another"])
def test_r6_owner_in_the_acquire(world: World, claimed: bool) -> None:
    """E1 dies, its stage task lives; R takes over, rolls back, settles; then the task goes on."""
    e1 = world.release(2)
    world.until(e1, STAGE)
    late = world.pause(e1)
    world.die(e1)
    world.settle_down()
    if claimed:
        world.until(world.release(3), STAGE)
    calls = world.wire.counts["cloud.update"]
    late()
    assert world.wire.counts["cloud.update"] == calls
    world.run()
    assert world.serves(3 if claimed else 1)


def test_r6_owner_in_the_acquire_on_the_way_back(world: World) -> None:
    """E1 rolls back and dies, its task lives; E2 claims; the task must not take E2 back."""
    e1 = shifted(world, 2)
    world.alarm(ERRORS)
    world.until(e1, ROLL_BACK)
    late = world.pause(e1)
    world.die(e1)
    world.settle_down()
    e2 = world.release(3)
    world.until(e2, STAGE)
    late()
    assert world.gate.step == CLAIMED
    world.run(e2)
    assert world.serves(3)


def test_r7_takeover_waits_for_the_lock(world: World) -> None:
    """E1's stage task looked, E1 dies, E2 takes over: not before the old call cannot land."""
    e1 = world.release(2)
    world.until(e1, STAGE)
    e2 = world.release(3)

    def others() -> None:
        world.die(e1)
        for _ in range(20):
            world.step(e2)
        assert world.gate.owner == e1.arn

    world.wire.before("cloud.update", others)
    world.step(e1)
    world.run(e2)
    assert world.serves(3)


def test_r8_a_step_is_never_taken_again(world: World) -> None:
    """The promote task is retried while the first lives; window, alarm; the first goes on."""
    e1 = world.release(2)
    world.until(e1, PROMOTE)
    late = world.pause(e1)
    world.until_gate(e1, lambda gate: gate.step == WINDOW)
    world.until(e1, JUDGE)
    world.alarm(LIVE_ERRORS, event=False)
    world.until(e1, ROLL_BACK)
    world.step(e1)
    calls = world.wire.counts["cloud.update"]
    late()
    assert world.wire.counts["cloud.update"] == calls
    assert world.gate.step == ROLLBACK
    world.run(e1)
    assert world.serves(1)


@pytest.mark.parametrize("by", ["newer", "halt"])
def test_r9_halt_and_wanted_in_the_acquire(world: World, by: str) -> None:
    """Judge says promote; E2 writes wanted (or an alarm its halt); nothing is promoted."""
    e1 = world.release(2)
    world.until(e1, PROMOTE)
    if by == "newer":
        e2 = world.release(3)
        world.until_gate(e2, lambda gate: gate.newer_wanted(world.approved_at(2)))
        world.die(e2)
    else:
        world.tell(ERRORS)
    world.run(e1)
    assert e1.ending == ("superseded" if by == "newer" else "rolled_back")
    assert world.wire.counts["cloud.create_config"] == 2  # version 1's, and E1's canary
    assert world.content.share(CANDIDATE) == 0
    assert str(world.gate.serving).endswith("/1")


def edit(world: World) -> Callable[[], None]:
    return lambda: world.cloud.edit("churn", "theirs")


def test_r10_look_before_every_call(world: World) -> None:
    """E1 acquires; a person's edit completes; E1 looks, and calls nothing any more."""
    e1 = world.release(2)
    world.until(e1, STAGE)
    world.wire.after("ledger.write", edit(world))
    world.run(e1)
    assert e1.ending == "needs_a_person"
    assert world.content.name == "theirs"
    assert world.gate.drift
    assert world.gate.content is not None
    assert world.gate.content.same(world.record_of(1).content)


def test_r11_in_service_is_no_proof_that_a_release_was_taken_back(world: World) -> None:
    """TIDY is silently undone: the staging configuration still serves and is not deleted."""
    e1 = shifted(world, 2)
    world.cloud.next("update", outcome="undone")
    world.alarm(ERRORS)
    world.run(e1)
    assert e1.ending == "rolled_back"
    assert e1.cause["tidy"] == "done"
    assert world.serves(1)
    assert world.wire.counts["cloud.update"] == 3


@pytest.mark.parametrize("call", ["update", "weights"])
def test_r11_in_service_is_no_proof_of_a_step_forward(world: World, call: str) -> None:
    """SageMaker undoes staging (or a shift): InService on the old content is no success."""
    e1 = world.release(2)
    world.cloud.next(call, outcome="undone")
    world.run(e1)
    assert e1.ending == "rolled_back"
    assert "did not come up" in e1.cause["reason"]
    assert world.serves(1)


def test_r16_the_flag_is_the_information_and_the_token_only_wakes(world: World) -> None:
    """The interval passes, the token is stale; the alarm wakes nobody; Judge sees the flag."""
    e1 = shifted(world, 2)
    world.alarm(ERRORS)
    world.alarms.put(ERRORS, "OK")
    assert e1.state == JUDGE
    world.run(e1)
    assert e1.ending == "rolled_back"
    assert world.serves(1)


def test_r16_an_alarm_before_the_token_is_not_lost(world: World) -> None:
    """The alarm comes after Judge and before the next Watch: the wait does not begin."""
    e1 = shifted(world, 2)
    world.step(e1)
    world.alarm(ERRORS)
    world.alarms.put(ERRORS, "OK")
    before = world.clock.now()
    world.until(e1, ROLL_BACK)
    assert world.clock.now() == before
    world.run(e1)
    assert world.serves(1)


def test_r17_reconcile_never_acts_through_a_lease(world: World) -> None:
    """E1 dies, its task lives; reconcile neither calls SageMaker nor frees the ledger."""
    e1 = world.release(2)
    world.until(e1, STAGE)

    def others() -> None:
        world.die(e1)
        written = len(world.wire.writes)
        assert world.reconcile() == "recovery started: the owner no longer runs"
        assert not [w for w in world.wire.writes[written:] if w.startswith("cloud.")]
        assert world.gate.owner == e1.arn

    world.wire.before("cloud.update", others)
    world.step(e1)
    world.settle_down()
    assert world.serves(1)


def test_r21_weights_first(world: World) -> None:
    """The candidate has traffic and E2 is wanted: RESTORE comes before any configuration."""
    e1 = shifted(world, 2)
    e2 = world.release(3)
    world.until_gate(e2, lambda gate: gate.wanted == e2.input["model_package_arn"])
    done = len(world.wire.writes)
    world.until_gate(e1, lambda gate: gate.at_rest)
    calls = [c for c in world.wire.writes[done:] if c in {"cloud.weights", "cloud.update"}]
    assert calls == ["cloud.weights"]
    assert world.content.share(CANDIDATE) == 0
    assert world.gate.tidy == "pending"
    world.run()
    assert world.serves(3)


def test_r21_weights_again_when_the_candidate_got_traffic_meanwhile(world: World) -> None:
    """RESTORE is silently undone: the next call is RESTORE again, not the configuration."""
    e1 = shifted(world, 2)
    world.cloud.next("weights", outcome="undone")
    world.alarm(ERRORS)
    world.run(e1)
    assert e1.ending == "rolled_back"
    assert world.serves(1)


def test_a_promotion_that_is_rolled_back_has_no_weights_to_restore(world: World) -> None:
    """In the watch window the only way back is the configuration."""
    e1 = in_window(world, 2)
    weights = world.wire.counts["cloud.weights"]
    world.alarm(LIVE_ERRORS)
    world.run(e1)
    assert e1.ending == "rolled_back"
    assert world.wire.counts["cloud.weights"] == weights
    assert world.serves(1)
