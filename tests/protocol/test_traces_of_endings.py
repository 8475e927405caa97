"""Protocol, section 10: the traces about ends, alarms and people (R12 to R15, R19, R22, R24)."""

import pytest

from penstock.domain.ledger import naming
from penstock.domain.ledger.content import CANDIDATE
from tests.worlds.scenes import (
    ERRORS,
    HOURS,
    LIVE_ERRORS,
    SETTLE,
    WATCH,
    in_window,
    shifted,
    tidy_pending,
)
from tests.worlds.world import World


def test_r12_a_halt_during_the_clean_up_counts(world: World) -> None:
    """The window is over, the last look fine; the halt is written while Settle deletes."""
    e1 = world.release(2)
    world.until(e1, SETTLE)
    world.wire.after("cloud.delete_config", lambda: world.alarm(LIVE_ERRORS))
    world.run(e1)
    assert e1.ending == "rolled_back"
    assert world.serves(1)
    assert world.record_of(2).state == "rolled_back"


def test_r12_a_halt_before_the_window_is_entered_counts(world: World) -> None:
    """The promotion is verified and the halt comes before the step is written."""
    e1 = world.release(2)
    world.until_gate(e1, lambda gate: gate.step == 80)
    world.tell(ERRORS)
    world.run(e1)
    assert e1.ending == "rolled_back"
    assert world.serves(1)


def test_r13_judge_reads_the_alarms_itself(world: World) -> None:
    """The alarm fires before Watch begins, and its event is lost."""
    e1 = shifted(world, 2)
    world.until(e1, WATCH)
    world.alarm(ERRORS, event=False)
    world.run(e1)
    assert e1.ending == "rolled_back"
    assert world.serves(1)


def test_r14_deletion_inside_the_lock_by_name(world: World) -> None:
    """E1 settles and lists what to keep; E2 cannot claim and stage before E1 has deleted."""
    e1 = world.release(2)
    world.until(e1, SETTLE)
    e2 = world.release(3)

    def others() -> None:
        for _ in range(20):
            world.step(e2)
        assert world.gate.owner == e1.arn

    world.wire.before("cloud.delete_config", others)
    world.run()
    assert world.serves(3)


def test_r14b_what_was_verified_is_never_deleted(world: World) -> None:
    """A staging configuration shows at rest; its recovery must not delete the promoted one."""
    world.promoted(2)
    staging = naming.staging_config("churn", world.record_of(2).release)
    world.cloud.edit("churn", staging, live=1.0, candidate=0.0)
    world.settle_down()
    assert world.serves(2)
    assert world.record_of(2).state == "promoted"


def test_r15_an_alarm_halts_only_the_release_it_is_about(world: World) -> None:
    """E1 was rolled back, E2 claimed; then E1's alarm event arrives."""
    fired = world.clock.now()
    e1 = shifted(world, 2)
    world.alarm(ERRORS)
    world.run(e1)
    e2 = shifted(world, 3)
    assert world.tell(ERRORS, at=fired) == []
    world.run(e2)
    assert world.serves(3)


@pytest.mark.parametrize("fires", [True, False])
def test_r19_the_recovery_of_a_window_reads_the_alarms(world: World, fires: bool) -> None:
    """E1 enters the window and dies; the alarm fires, its event is lost; R looks before it ends."""
    world.die(in_window(world, 2))
    if fires:
        world.alarm(LIVE_ERRORS, event=False)
    world.settle_down()
    assert world.serves(1 if fires else 2)
    assert world.record_of(2).state == ("rolled_back" if fires else "promoted")


def test_r22_what_was_content_is_deleted_one_settle_later(world: World) -> None:
    """R tidied and looked; a person puts the restored configuration back; R must not delete it."""
    tidy_pending(world, 2)
    restored = world.content
    world.clock.advance(3600)
    world.reconcile()
    recovery = world.all[-1]
    world.until(recovery, SETTLE)

    def person() -> None:
        world.cloud.edit("churn", "theirs")
        world.cloud.edit("churn", restored.name, live=1.0, candidate=0.0)

    world.wire.after("cloud.look", person, 2)  # within the lock
    world.until_gate(recovery, lambda gate: gate.at_rest)
    assert world.content.name == restored.name
    assert restored.name in world.cloud.configs
    assert restored.name in world.gate.leftovers


def test_r22_the_next_settle_deletes_it(world: World) -> None:
    """A leftover goes with the release after it."""
    tidy_pending(world, 2)
    restored = world.content.name
    world.clock.advance(HOURS)
    world.reconcile()
    world.run()
    assert world.serves(1)
    assert list(world.gate.leftovers) == [restored]
    world.promoted(3)
    assert restored not in world.cloud.configs
    assert not world.gate.leftovers


def test_r24_previous_ends_a_drift_while_tidy_is_pending(world: World) -> None:
    """Tidy pending; a person edits; E2 is refused; the person puts `previous` back: rest."""
    tidy_pending(world, 2)
    world.cloud.edit("churn", "theirs")
    e2 = world.release(3)
    world.run(e2)
    assert e2.ending == "refused"
    assert world.gate.drift
    previous = world.gate.previous
    assert previous is not None
    world.cloud.edit("churn", previous.name, live=1.0)
    world.settle_down()
    assert world.serves(1)
    assert not world.gate.drift
    assert not world.gate.tidy


def test_the_sweep_does_not_restore_stable_content(world: World) -> None:
    """A person puts the previous configuration back by hand: reported, and left alone."""
    world.promoted(2)
    old = world.record_of(1).content
    assert old is not None
    world.cloud.edit("churn", old.name, live=1.0)
    started = len(world.all)
    world.settle_down()
    assert len(world.all) == started
    assert world.content.same(old)
    assert world.gate.drift
    assert CANDIDATE not in world.content.weights
