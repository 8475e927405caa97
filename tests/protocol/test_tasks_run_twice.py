"""Promise 4: every task may run twice, and its first answer may be lost."""

from penstock.domain import protocol
from penstock.domain.ledger import naming
from penstock.domain.ledger.gate import WINDOW
from penstock.domain.protocol import Writer
from tests.worlds.scenes import CLAIM, JUDGE, LIVE_ERRORS, SETTLE, in_window, shifted, silent
from tests.worlds.world import World

ENDS = {"Rollback Done", "Release Rolled Back", "Release Superseded", "Release Promoted"}


def stray(world: World) -> None:
    """A staging configuration shows that nobody holds; its recovery is about to claim."""
    world.promoted(2)
    staging = naming.staging_config("churn", world.record_of(2).release)
    world.cloud.edit("churn", staging, live=1.0, candidate=0.0)
    world.reconcile()
    world.until(world.all[-1], CLAIM)


def test_a_window_that_was_entered_is_not_a_reason_to_roll_back(world: World) -> None:
    """Look writes the window's beginning and dies: the second look goes on to watch."""
    e1 = world.release(2)
    world.until_gate(e1, lambda gate: gate.step == 80)

    def entered() -> None:
        if world.gate.step == WINDOW:
            world.wire.kill()

    for _ in range(60):
        world.wire.after("ledger.write", entered)
        world.step(e1)
        if e1.state == JUDGE or not e1.running:
            break
    world.run(e1)
    assert e1.ending == "promoted"
    assert world.serves(2)


def test_a_stray_keeps_the_record_of_the_release_that_was_promoted(world: World) -> None:
    """The recovery's claim dies after its write: the retry must not call the promotion dead."""
    stray(world)
    world.wire.after("ledger.write", world.wire.kill)
    world.settle_down()
    assert world.serves(2)
    assert world.record_of(2).state == "promoted"


def test_a_stray_whose_recovery_dies_is_still_a_stray(world: World) -> None:
    """The recovery dies in the middle; the next one knows that the release had ended."""
    stray(world)
    recovery = world.all[-1]
    world.step(recovery)
    world.die(recovery)
    world.settle_down()
    assert world.serves(2)
    assert world.record_of(2).state == "promoted"


def test_a_stray_that_a_release_takes_over_is_not_told_as_rolled_back(world: World) -> None:
    """The recovery dies, and version 3 finishes its work: version 2 is promoted as before."""
    stray(world)
    recovery = world.all[-1]
    world.step(recovery)
    world.die(recovery)
    said = len(world.announcer.types)
    world.promoted(3)
    ends = [told for told in world.announcer.types[said:] if told in ENDS]
    assert ends == ["Rollback Done", "Release Promoted"]
    assert world.record_of(2).state == "promoted"


def test_a_settle_that_was_overtaken_does_not_tell_its_own_story(world: World) -> None:
    """E1 is about to settle as promoted; its lease expires and R rolls its release back."""
    e1 = in_window(world, 2)
    world.until(e1, SETTLE)
    silent(world)
    world.alarm(LIVE_ERRORS, event=False)
    world.run(world.all[-1])
    world.run(e1)
    assert world.record_of(2).state == "rolled_back"
    assert e1.ending == "rolled_back"
    assert "Release Promoted" not in world.announcer.types[-3:]


def test_a_settle_never_gives_back_the_lock_of_another_instance(world: World) -> None:
    """Its own lock has run out and the retry of the task has acquired: that one goes on."""
    e1 = world.release(2)
    world.until(e1, SETTLE)

    def retry() -> None:
        world.clock.advance(100)
        writer = Writer(e1.arn, str(world.gate.release), world.gate.approved_at, world.clock.now())
        world.ledger.write("churn", protocol.acquire(writer, WINDOW, world.gate.target))

    world.wire.before("announcer.announce", world.wire.kill)
    world.wire.before("ledger.write", retry, count=2)
    world.step(e1)
    assert world.gate.lock == world.gate.fence
    world.run(e1)
    assert world.serves(2)


def test_a_settle_that_died_after_its_end_was_written_says_it_again(world: World) -> None:
    """The end is in the ledger, the word is not out: the retry tells it."""
    e1 = world.release(2)
    world.until(e1, SETTLE)
    world.wire.before("announcer.announce", world.wire.kill)
    world.run(e1)
    assert e1.ending == "promoted"
    assert world.announcer.types[-1] == "Release Promoted"


def test_a_newer_approval_noted_meanwhile_survives_a_takeover(world: World) -> None:
    """E2 takes over from E1 while E3 notes what it wants: the note is not overwritten (S9)."""
    e1 = world.release(2)
    world.until(e1, "Stage the candidate")
    e2, e3 = world.release(3), world.release(4)
    world.until(e2, CLAIM)
    world.until(e3, CLAIM)

    def note() -> None:
        world.executions.alive.add(e1.arn)
        world.step(e3)
        world.die(e3)
        world.die(e1)

    world.die(e1)
    world.wire.before("ledger.write", note)
    world.step(e2)
    assert str(world.gate.wanted).endswith("/4")
    world.settle_down()
    assert world.serves(4)


def test_a_settle_as_superseded_that_was_overtaken_says_what_is_recorded(world: World) -> None:
    """A newer approval ends E1's release; before it settles, R takes it back as a dead one's."""
    e1 = shifted(world, 2)
    newer = world.release(3)
    world.until(newer, CLAIM)
    world.step(newer)
    world.die(newer)
    world.until(e1, SETTLE)
    silent(world)
    world.run(world.all[-1])
    world.run(e1)
    assert (world.record_of(2).state, e1.ending) == ("rolled_back", "rolled_back")
    assert "Release Superseded" not in world.announcer.types
