"""One act: what it answers for whatever happens inside its lock, and whether the lock is free."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from penstock.domain.errors import (
    Busy,
    Exists,
    Missing,
    NoCapacity,
    PenstockError,
    Unanswered,
    Unavailable,
)
from penstock.domain.ledger.gate import PROMOTE, SHIFT, Gate, Halt
from penstock.domain.ledger.gate import STAGE as STEP
from penstock.domain.ledger.place import Key
from penstock.domain.protocol import Writer
from penstock.usecases.moving.act import CALL_NEEDS_MS, Act, Acted, Snapshot, refusal
from tests.worlds.machine import Execution
from tests.worlds.scenes import STAGE, refuses
from tests.worlds.world import World


@dataclass
class Held:
    """An endpoint that is about to be staged; `calls` counts the calls that were made."""

    world: World
    execution: Execution
    calls: int = 0
    time_left: int = CALL_NEEDS_MS

    def act(self, error: PenstockError | None = None) -> Acted:
        def call() -> None:
            self.calls += 1
            if error:
                raise error

        return self.decide(lambda _: call)

    def decide(self, decide: Callable[[Snapshot], Acted | Callable[[], None]]) -> Acted:
        world, gate = self.world, self.world.gate
        writer = Writer(self.execution.arn, str(gate.release), gate.approved_at, world.clock.now())
        act = Act(world.ledger, world.cloud, world.clock)
        with world.wire.instance("act"):
            return act(Key("churn"), writer, STEP, None, decide, lambda: self.time_left)


@pytest.fixture
def held(world: World) -> Held:
    execution = world.release(2)
    world.until(execution, STAGE)
    return Held(world, execution)


@pytest.mark.parametrize(
    ("error", "acted"),
    [
        (None, Acted("called", "", 30)),
        (Missing("not found"), Acted("missing", "not found", 30)),
        (NoCapacity("quota"), Acted("failed", "no capacity: quota", 30)),
        (Exists("there"), Acted("failed", "there", 30)),
        (Unavailable("slow down"), Acted("throttled", "slow down", 30)),
        (Busy("in progress"), Acted("busy", "in progress", 30)),
    ],
)
def test_a_call_that_was_answered_gives_the_lock_back(
    held: Held, error: PenstockError | None, acted: Acted
) -> None:
    answer = held.act(error)
    assert answer._replace(snapshot=None) == acted
    assert answer.snapshot
    assert answer.snapshot.view == held.world.view
    assert (held.calls, held.world.gate.lock) == (1, None)


def test_a_call_without_an_answer_keeps_the_lock_and_waits_as_long_as_it_lasts(held: Held) -> None:
    assert held.act(Unanswered("timeout")) == Acted("unanswered", "timeout", 90)
    assert held.world.gate.lock is not None


def test_a_read_without_an_answer_changes_nothing_so_the_lock_is_given_back(held: Held) -> None:
    def decide(_: Snapshot) -> Acted:
        raise Unanswered("read timeout")

    with pytest.raises(Unavailable, match="read timeout"):
        held.decide(decide)
    assert (held.calls, held.world.gate.lock) == (0, None)


def test_what_is_decided_without_a_call_knows_what_was_seen(held: Held) -> None:
    answer = held.decide(lambda snapshot: Acted("done", str(snapshot.gate.release)))
    assert answer.result == "done"
    assert answer.reason == held.world.gate.release
    assert answer.snapshot is not None
    assert answer.snapshot.view == held.world.view
    assert answer.snapshot.gate.lock is not None


def test_an_endpoint_that_is_busy_is_not_called(held: Held) -> None:
    held.world.cloud.maintain("churn", 60)
    answer = held.act()
    assert answer._replace(snapshot=None) == Acted("busy", "the endpoint is SystemUpdating", 30)
    assert answer.snapshot
    assert (held.calls, held.world.gate.lock) == (0, None)


def test_a_look_that_is_not_answered_is_made_again(held: Held) -> None:
    refuses(held.world, "cloud.look", Unavailable("slow down"), 1)
    assert held.act() == Acted("throttled", "slow down", 30)
    assert (held.calls, held.world.gate.lock) == (0, None)


def test_a_call_is_made_only_with_half_a_minute_left(held: Held) -> None:
    held.time_left = CALL_NEEDS_MS - 1
    assert held.act() == Acted("again", "too little time was left for a call", 1)
    assert (held.calls, held.world.gate.lock) == (0, None)


def test_a_lock_that_ended_meanwhile_makes_the_answer_void(held: Held) -> None:
    """Another instance took it over while the call was made."""
    late = Acted("again", "the lock expired before the call", 10)

    def overtaken() -> None:
        held.world.clock.advance(100)
        held.act()

    held.world.wire.before("cloud.look", overtaken)
    assert held.act() == late


GATE = Gate(endpoint=Key("churn"), owner="e", release="r", step=SHIFT, fence=1)
TURN = Writer("e", "r", 1, 1000)


@pytest.mark.parametrize(
    ("changed", "acted"),
    [
        ({"owner": "other"}, Acted("lost")),
        ({"release": "other"}, Acted("lost")),
        ({"lock": 1, "lock_until": 1000}, Acted("again", "another instance holds the lock", 10)),
        ({"lock": 1, "lock_until": 999}, Acted("roll_back", "the release is past step 20 already")),
        ({"step": PROMOTE}, Acted("roll_back", "the release is past step 20 already")),
        (
            {"halt": Halt(by="alarm", reason="it fired", at=1)},
            Acted("roll_back", "the release is past step 20 already"),
        ),
    ],
)
def test_why_a_lock_is_refused(changed: dict[str, object], acted: Acted) -> None:
    assert refusal(GATE.model_copy(update=changed), TURN, SHIFT) == acted
