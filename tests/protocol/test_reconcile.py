"""What the sweep does itself: it starts, flags and tells; it never calls SageMaker."""

import re
from pathlib import Path

import pytest

from tests.worlds.scenes import ERRORS, JUDGE, tidy_pending
from tests.worlds.sweeps import SCENES, prepared
from tests.worlds.world import World


@pytest.mark.parametrize("name", SCENES)
def test_it_never_changes_sagemaker_or_scaling(name: str) -> None:
    world = prepared(name)()
    for _ in range(3):
        before = len(world.wire.writes)
        world.reconcile()
        own = set(world.wire.writes[before:])
        assert own <= {"ledger.write", "executions.start"}
        world.run()
        world.clock.advance(900)


def test_a_lost_halt_is_sent_again(world: World) -> None:
    """The flag is written, the wake-up is lost: the sweep wakes the watch."""
    e1 = world.release(2)
    world.until(e1, JUDGE)
    while e1.token is None:
        world.step(e1)
    world.wire.before("executions.wake", world.wire.kill)
    world.alarm(ERRORS)
    world.executions.woken.clear()
    assert world.gate.halt
    assert world.reconcile() == "halted already"
    assert world.executions.woken == [world.gate.token]
    world.run(e1)
    assert e1.ending == "rolled_back"


def test_a_pending_tidy_is_finished_when_it_is_due_and_not_before(world: World) -> None:
    tidy_pending(world)
    assert world.reconcile() == "at rest"
    world.clock.advance(1801)
    assert world.reconcile().startswith("recovery started")
    world.run()
    assert (world.gate.tidy, world.serves(1)) == (None, True)


def test_each_difference_is_reported_once(world: World) -> None:
    for config in ("theirs", "theirs", "another"):
        world.cloud.edit("churn", config)
        world.reconcile()
        world.reconcile()
    assert world.announcer.types.count("Endpoint Drifted") == 2


@pytest.mark.parametrize("how", ["rollback", "adopt"])
def test_the_runbook_for_blocked_endpoints_works(how: str) -> None:
    """docs/operations.md, Blocked: three recoveries did not help, then a person acts."""
    world = prepared("blocked")()
    world.settle_down()
    assert world.gate.attention
    assert world.release(4).running
    world.run()
    assert world.all[-1].ending == "refused"
    if how == "rollback":
        back = world.start("by-hand", action="rollback", endpoint="churn")
        world.run(back)
        assert (back.ending, world.serves(2)) == ("restored", True)
        world.promoted(5)
        return
    world.cloud.edit("churn", "repaired")
    adopting = world.release(5, adopt=True)
    world.run(adopting)
    assert adopting.ending == "promoted"
    assert not world.gate.attention


def test_an_end_that_nobody_told_is_told_by_the_sweep(world: World) -> None:
    """The execution dies between the write that ends its release and the word."""
    e1 = world.release(2)
    e1.mortal = True
    world.until(e1, "Settle the release")
    world.wire.before("announcer.announce", world.wire.kill)
    world.run(e1)
    assert e1.status == "ABORTED"
    assert "Release Promoted" not in world.announcer.types[-1:]
    world.reconcile()
    assert world.announcer.types[-1] == "Release Promoted"
    assert world.gate.untold == ()


def test_every_rule_of_the_protocol_has_a_trace_by_its_name() -> None:
    texts = (path.read_text() for path in Path(__file__).parent.glob("test_traces_*.py"))
    named = set(re.findall(r"def test_r(\d+)b?_", "".join(texts)))
    assert named == {str(number) for number in range(1, 25)}
