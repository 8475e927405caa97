"""What SageMaker refuses, and what it never answers."""

import pytest

from penstock.domain.errors import (
    Denied,
    Missing,
    NoCapacity,
    RefusedByAws,
    Unanswered,
    Unavailable,
)
from tests.worlds.scenes import ERRORS, SETTLE, STAGE, refuses, shifted
from tests.worlds.world import World


@pytest.mark.parametrize("call", ["create_model", "create_config", "update", "weights"])
def test_a_refusal_that_nobody_knows_ends_in_a_rollback_at_once(world: World, call: str) -> None:
    """It is asked once, and its own words are the reason; no lock is left behind."""
    for _ in range(10):
        world.cloud.next(call, RefusedByAws("a limit nobody has heard of"))
    e1 = world.release(2)
    world.until(e1, "Roll back")
    assert len(world.cloud.faults[call]) == 9, "asked once"
    world.cloud.faults.clear()
    world.run(e1)
    assert e1.ending == "rolled_back"
    assert "a limit nobody has heard of" in e1.cause["reason"]
    assert world.serves(1)


@pytest.mark.parametrize("error", [NoCapacity("quota"), Denied("no PassRole"), Missing("gone")])
@pytest.mark.parametrize("call", ["create_model", "update", "weights"])
def test_a_known_refusal_ends_in_a_rollback(world: World, call: str, error: Exception) -> None:
    for _ in range(10):
        world.cloud.next(call, error)
    e1 = world.release(2)
    world.until(e1, "Roll back")
    world.cloud.faults.clear()
    world.run(e1)
    assert e1.ending == "rolled_back"
    assert str(error) in e1.cause["reason"]
    assert world.serves(1)


def test_a_call_without_an_answer_keeps_the_lock_until_it_cannot_land(world: World) -> None:
    """The request is still on the wire: nobody else may act, and its effect is seen (A1)."""
    e1 = world.release(2)
    world.until(e1, STAGE)
    world.cloud.next("update", Unanswered("read timeout"), lands_in=60)
    world.step(e1)
    assert world.gate.lock is not None
    assert not world.gate.lock_free(world.clock.now() + 60_000)
    world.run(e1)
    assert world.serves(2)
    assert world.wire.counts["cloud.update"] == 2


def test_a_restore_without_an_answer_is_made_again(world: World) -> None:
    """It never landed: after its lock the look shows the candidate's traffic still."""
    e1 = shifted(world, 2)
    world.cloud.next("weights", Unavailable("connection refused"))
    world.cloud.next("weights", Unanswered("read timeout"), lands_in=0)
    world.alarm(ERRORS)
    world.run(e1)
    assert e1.ending == "rolled_back"
    assert world.serves(1)


@pytest.mark.parametrize("error", [Denied("not allowed"), Unavailable("throttled")])
def test_a_deletion_that_is_refused_keeps_no_release_from_its_end(
    world: World, error: Exception
) -> None:
    """It stays a leftover, and the next release deletes it."""
    world.cloud.next("delete_config", error)
    world.promoted(2)
    left = list(world.gate.leftovers)
    assert [name for name in left if "staging" in name] == left != []
    world.promoted(3)
    assert not world.gate.leftovers
    assert not set(left) & set(world.cloud.configs)


def test_a_deletion_without_an_answer_keeps_the_lock(world: World) -> None:
    """It may still take effect: the next Settle waits, and a rolled-back release ends late."""
    e1 = world.release(2)
    world.until(e1, SETTLE)
    world.cloud.next("delete_config", Unanswered("read timeout"), lands_in=50)
    world.step(e1)
    assert world.gate.lock is not None
    world.run(e1)
    assert world.serves(2)


def test_what_was_just_made_may_not_be_there_yet(world: World) -> None:
    """Eventual consistency: SageMaker does not know the configuration for a moment."""
    world.cloud.times.unseen = 45
    world.promoted(2)
    assert world.serves(2)


def test_what_never_appears_is_missing(world: World) -> None:
    world.cloud.times.unseen = 10**6
    e1 = world.release(2)
    world.run(e1)
    assert e1.ending == "rolled_back"
    assert world.serves(1)


def test_a_look_may_be_stale_for_a_moment(world: World) -> None:
    """DescribeEndpoint shows InService on the old content right after the call."""
    world.cloud.times.stale = 20
    world.promoted(2)
    assert world.serves(2)


def test_settle_waits_where_aws_does_not_answer(world: World) -> None:
    e1 = world.release(2)
    world.until(e1, SETTLE)
    refuses(world, "cloud.look", Unavailable("throttled"), 3)
    world.run(e1)
    assert world.serves(2)
