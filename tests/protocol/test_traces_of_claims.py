"""Protocol, section 10: the traces about who may hold an endpoint (R1 to R5, R18, R20, R23)."""

from penstock.domain.ledger.content import CANDIDATE
from penstock.domain.ledger.gate import WINDOW
from tests.worlds.scenes import (
    CLAIM,
    ERRORS,
    LIVE_ERRORS,
    SETTLE,
    in_window,
    shifted,
    tidy_pending,
)
from tests.worlds.world import World


def test_r1_own_claim_recognised(world: World) -> None:
    """E1 claims; its task dies after the write and is retried: the lease is its own."""
    e1 = world.release(2)
    world.until(e1, CLAIM)
    world.wire.after("ledger.write", world.wire.kill)
    world.run(e1)
    assert e1.ending == "promoted"
    assert world.serves(2)


def test_r2_latest_not_only_the_release_in_hand(world: World) -> None:
    """E2 claims first and is in its window; E1's event is late: the older approval is too late."""
    e2 = in_window(world, 3)
    e1 = world.release(2)
    world.run(e1)
    assert e1.ending == "nothing_to_do"
    assert world.gate.step == WINDOW
    world.run(e2)
    assert world.serves(3)


def test_r3_alarms_read_before_a_window_is_ended(world: World) -> None:
    """E1 is in its window; the alarm fires, its event is under way; E2 would end the window."""
    e1 = in_window(world, 2)
    world.alarm(LIVE_ERRORS, event=False)
    e2 = world.release(3)
    world.run(e2, e1)
    assert world.record_of(2).state == "rolled_back"
    assert e2.ending == "promoted"
    assert e2.cause["previous_model_package_arn"].endswith("/1")


def test_r4_takeover_rolls_back_first(world: World) -> None:
    """E1 stages and dies; E2 must not take what is half shifted for what to go back to."""
    e1 = shifted(world, 2)
    before = world.gate.previous
    world.die(e1)
    e2 = world.release(3)
    world.until_gate(e2, lambda gate: gate.package == e2.input["model_package_arn"])
    assert world.gate.previous == before
    assert world.gate.previous is not None
    assert CANDIDATE not in world.gate.previous.weights
    world.run(e2)
    assert world.serves(3)


def test_r5_wanted_in_the_ledger(world: World) -> None:
    """E2 makes E1 roll back and dies before its claim: the sweep starts approval 2 again."""
    e1 = shifted(world, 2)
    e2 = world.release(3)
    world.until_gate(e2, lambda gate: gate.wanted == e2.input["model_package_arn"])
    world.die(e2)
    world.run(e1)
    assert e1.ending == "superseded"
    world.settle_down()
    assert world.serves(3)


def test_r18_a_fresh_name_for_every_recovery(world: World) -> None:
    """E1 dies; its recovery dies before its claim: the next sweep starts another one."""
    world.die(shifted(world, 2))
    world.reconcile()
    world.die(world.all[-1])
    world.clock.advance(1)
    world.settle_down()
    assert world.serves(1)
    assert world.record_of(2).state == "rolled_back"


def test_r20_previous_is_kept_while_tidy_is_pending(world: World) -> None:
    """E1 settled tidy pending; E2 claims: a staging configuration is not what to go back to."""
    tidy_pending(world, 2)
    e2 = shifted(world, 3)
    assert world.gate.previous is not None
    assert world.gate.previous.same(world.record_of(1).content)
    world.alarm(ERRORS)
    world.run(e2)
    world.settle_down()
    assert world.serves(1)


def test_r20b_what_serves_is_kept_while_tidy_is_pending(world: World) -> None:
    """E1's Settle must not delete its own staging configuration: it serves."""
    tidy_pending(world, 2)
    assert world.content.name in world.cloud.configs
    assert "staging" in world.content.name


def test_r23_tidy_is_tested_in_the_claim_of_its_recovery(world: World) -> None:
    """The sweep starts R; E2 claims, promotes and settles; R claims at rest: nothing to do."""
    tidy_pending(world, 2)
    world.clock.advance(3600)
    world.reconcile()
    recovery = world.all[-1]
    world.until(recovery, CLAIM)
    world.promoted(3)
    world.run(recovery)
    assert recovery.ending == "nothing_to_do"
    assert world.serves(3)


def test_r23_also_between_the_read_and_the_write_of_the_claim(world: World) -> None:
    """R reads tidy pending, E2 is released as a whole, then R writes: its claim is declined."""
    tidy_pending(world, 2)
    world.clock.advance(3600)
    world.reconcile()
    recovery = world.all[-1]
    world.until(recovery, CLAIM)

    def others() -> None:
        world.promoted(3)

    world.wire.before("ledger.write", others)
    world.run(recovery)
    assert recovery.ending == "nothing_to_do"
    assert world.serves(3)


def test_a_newer_release_ends_a_calm_window(world: World) -> None:
    """What row 6 is for: E1 counts as promoted, and E2 goes back to it if it has to."""
    e1 = in_window(world, 2)
    e2 = world.release(3)
    world.until(e2, SETTLE)
    assert world.gate.previous is not None
    assert world.gate.previous.same(world.record_of(2).content)
    world.run()
    assert (e1.ending, e2.ending) == ("promoted", "promoted")
    assert world.serves(3)
