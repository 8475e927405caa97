"""UpdateRollbackFailed is repaired once by another update, wherever it is found."""

from collections.abc import Callable
from typing import Any

import pytest

from penstock.domain.errors import Denied, NoCapacity, Unanswered, Unavailable
from penstock.domain.ledger.content import CANDIDATE
from tests.fakes.fleets import Change, Repairing
from tests.fakes.wire import When
from tests.worlds.machine import Execution
from tests.worlds.promises import at_known_rest
from tests.worlds.scenes import (
    ERRORS,
    JUDGE,
    PLAN,
    PROMOTE,
    ROLL_BACK,
    SETTLE,
    STAGE,
    in_window,
    shifted,
    tidy_pending,
)
from tests.worlds.world import CHURN, World

BROKEN = "UpdateRollbackFailed"
Find = Callable[[World], None]


def break_down(world: World) -> None:
    world.cloud.break_down(CHURN, BROKEN)


def while_it_shifts(world: World) -> None:
    world.promoted(2)
    shifted(world, 3)
    break_down(world)


def as_it_promotes(world: World) -> None:
    """The update to the final configuration fails, and so does its rollback."""
    world.promoted(2)
    execution = world.release(3)
    world.until(execution, PROMOTE)
    world.cloud.next("update", outcome="unrestored")


def in_its_window(world: World) -> None:
    world.promoted(2)
    in_window(world, 3)
    break_down(world)


def as_it_settles(world: World) -> None:
    world.promoted(2)
    execution = world.release(3)
    world.until(execution, SETTLE)
    break_down(world)


def as_it_tidies(world: World) -> None:
    world.promoted(2)
    shifted(world, 3)
    world.alarm(ERRORS)
    world.cloud.next("update", outcome="unrestored")


def as_it_dies(world: World) -> None:
    world.promoted(2)
    world.die(shifted(world, 3))
    break_down(world)


def while_tidy_is_pending(world: World) -> None:
    world.promoted(2)
    tidy_pending(world, 3)
    break_down(world)


def before_its_promotion_is_taken_back(world: World) -> None:
    """A person asks for the release before."""
    world.promoted(2)
    world.promoted(3)
    break_down(world)
    world.start("back", action="rollback", endpoint=CHURN)


FOUND: dict[str, Find] = {
    function.__name__: function
    for function in (
        while_it_shifts,
        as_it_promotes,
        in_its_window,
        as_it_settles,
        as_it_tidies,
        as_it_dies,
        while_tidy_is_pending,
        before_its_promotion_is_taken_back,
    )
}


def updates(world: World) -> int:
    return world.wire.counts["cloud.update"]


@pytest.mark.parametrize("weights", [False, True], ids=["no weights", "weights"])
@pytest.mark.parametrize("name", FOUND)
def test_it_is_repaired_with_what_is_gone_back_to(name: str, weights: bool) -> None:
    """Whether SageMaker takes new weights in that state or not."""
    world = World(quick=True)
    world.cloud.repairing = Repairing(weights=weights)
    FOUND[name](world)
    world.settle_down()
    at_known_rest(world.ledger, world.cloud, world.alarms)
    assert world.serves(2)
    assert (world.gate.attention, world.gate.repair) == (None, None)
    said = [a for a in world.announcer.said if a.detail_type == "Attention Needed"]
    assert not [a for a in said if BROKEN in a.reason]


@pytest.mark.parametrize("name", FOUND)
def test_a_repair_that_fails_calls_a_person_and_is_not_tried_again(name: str) -> None:
    world = World(quick=True)
    FOUND[name](world)
    before = updates(world)
    failing = ["unrestored"] * 5
    world.cloud.faults.setdefault("update", [])
    for outcome in failing:
        world.cloud.next("update", outcome=outcome)  # type: ignore[arg-type]  # a literal
    world.settle_down()
    assert BROKEN in str(world.gate.attention)
    assert "one more update did not repair it" in str(world.gate.attention)
    asked = 1 if not name.startswith("as_it_") or name in {"as_it_settles", "as_it_dies"} else 2
    assert updates(world) - before == asked  # that which failed first, and the repair
    for _ in range(10):
        world.clock.advance(900)
        assert world.reconcile().startswith("blocked")
    assert updates(world) - before == asked


def test_the_candidate_loses_its_requests_first_where_weights_are_taken(world: World) -> None:
    world.cloud.repairing.weights = True
    execution = shifted(world)
    break_down(world)
    world.until(execution, ROLL_BACK, count=3)
    assert world.content.share(CANDIDATE) == 0
    assert world.view.status == BROKEN
    world.run(execution)
    assert (execution.ending, world.serves(1)) == ("rolled_back", True)
    assert "UpdateRollbackFailed" in execution.cause["reason"]


@pytest.mark.parametrize("same", [False, True], ids=["another", "any"])
def test_a_staging_that_breaks_the_endpoint(world: World, same: bool) -> None:
    """It shows what is gone back to. Whether SageMaker takes that again is not documented."""
    world.cloud.repairing.same = same
    execution = world.release(2)
    world.until(execution, STAGE)
    world.cloud.next("update", outcome="unrestored")
    world.run(execution)
    assert execution.ending == ("rolled_back" if same else "needs_a_person")
    assert ("runs churn" in execution.cause["reason"]) is not same
    assert world.view.in_service is same


def test_a_promotion_that_breaks_the_endpoint_which_shows_the_new_one(world: World) -> None:
    world.cloud.repairing.shows_new = True
    execution = world.release(2)
    world.until(execution, PROMOTE)
    world.cloud.next("update", outcome="unrestored")
    world.run(execution)
    assert execution.ending == "rolled_back"
    assert world.serves(1)


def test_where_sagemaker_takes_no_update_a_person_is_called_after_six_hours(world: World) -> None:
    world.cloud.repairing.updates = False
    execution = shifted(world)
    break_down(world)
    began = world.clock.now()
    world.run(execution)
    assert execution.ending == "needs_a_person"
    assert 6 <= (world.clock.now() - began) / 3_600_000 < 7


@pytest.mark.parametrize("error", [Unavailable("Rate exceeded"), NoCapacity("quota"), Denied("no")])
def test_a_repair_that_is_refused_for_now_is_tried_again(world: World, error: Exception) -> None:
    execution = shifted(world)
    break_down(world)
    for _ in range(5):
        world.cloud.next("update", error)
    world.run(execution)
    assert (execution.ending, world.serves(1)) == ("rolled_back", True)


@pytest.mark.parametrize("lands", [None, 40])
def test_a_repair_without_an_answer_is_made_once(world: World, lands: int | None) -> None:
    execution = shifted(world)
    break_down(world)
    world.cloud.next("update", Unanswered("gone"), lands_in=lands)
    before = updates(world)
    world.run(execution)
    assert (execution.ending, world.serves(1)) == ("rolled_back", True)
    assert updates(world) - before == (2 if lands is None else 1)


@pytest.mark.parametrize("mortal", [False, True])
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("fails", [False, True])
def test_no_death_doubles_or_loses_the_try(when: When, mortal: bool, fails: bool) -> None:
    """Killed at every write of the repair: one update is accepted, whatever becomes of it."""
    for number in range(12):
        world = World(quick=True)
        world.promoted(1)
        shifted(world)
        break_down(world)
        if fails:
            world.cloud.next("update", outcome="unrestored")
        accepted: list[str] = []
        world.cloud.rules.append(lambda change, a=accepted: a.append(change.call))  # type: ignore[misc]  # mypy infers no lambda with a default
        world.mortal = mortal
        for execution in world.all:
            execution.mortal = mortal
        world.wire.kill_at_write(number, when)
        world.settle_down()
        assert accepted.count("update") == 1, (number, accepted)
        assert (world.gate.attention is not None) is fails
        assert fails or world.serves(1)


def shares_at_updates(world: World) -> list[float]:
    """The candidate's share whenever an update is accepted, from now on."""
    seen: list[float] = []

    def see(change: Change) -> None:
        if change.call == "update" and change.found:
            seen.append(change.found.content.share(CANDIDATE))

    world.cloud.rules.append(see)
    return seen


@pytest.mark.parametrize("dies", [0, 1, 2, 3])
def test_a_death_around_the_weights_does_not_lose_them(dies: int) -> None:
    """They were noted before they were asked for, and the update went first then."""
    world = World(quick=True)
    world.promoted(1)
    world.cloud.repairing.weights = True
    execution = shifted(world)
    break_down(world)
    world.until(execution, ROLL_BACK)
    seen = shares_at_updates(world)
    world.wire.kill_at_write(dies, "before")
    world.settle_down()
    assert seen == [0]
    assert world.serves(1)


@pytest.mark.parametrize("error", [Unavailable("Rate exceeded"), Unanswered("gone")])
def test_weights_that_are_throttled_are_asked_for_again(world: World, error: Exception) -> None:
    world.cloud.repairing.weights = True
    execution = shifted(world)
    break_down(world)
    seen = shares_at_updates(world)
    for _ in range(3):
        world.cloud.next("weights", error)
    world.run(execution)
    assert (execution.ending, world.serves(1), seen) == ("rolled_back", True, [0])


def resting(world: World) -> None:
    world.promoted(2)
    break_down(world)


def test_it_is_found_at_rest_by_the_sweep_and_put_back_to_what_was_verified(world: World) -> None:
    world.cloud.repairing.same = True
    resting(world)
    world.settle_down()
    assert world.serves(2)
    assert world.record_of(2).state == "promoted"
    assert world.all[-1].ending == "restored"
    assert BROKEN in world.all[-1].cause["reason"]


def test_at_rest_where_the_same_configuration_is_not_taken_again(world: World) -> None:
    resting(world)
    world.settle_down()
    assert BROKEN in str(world.gate.attention)
    assert updates(world) == 3  # two for the release, and one repair


@pytest.mark.parametrize("dies", [False, True])
def test_a_release_that_finds_it_repairs_it_and_ends(world: World, dies: bool) -> None:
    """It is not started again by itself: the next approval, or a person, finds a sound endpoint."""
    world.cloud.repairing.same = True
    resting(world)
    execution = world.release(3)
    world.until(execution, ROLL_BACK)
    if dies:
        world.die(execution)
    world.settle_down()
    assert world.serves(2)
    assert world.record(execution).state == "rolled_back"
    assert dies or BROKEN in execution.cause["reason"]


@pytest.mark.parametrize("asked", [{"adopt": True}, {"dry_run": True}])
def test_nobody_adopts_it_and_a_dry_run_repairs_nothing(world: World, asked: Any) -> None:
    world.promoted(2)
    execution = world.release(3, **asked)
    world.until(execution, PLAN)
    break_down(world)
    before = updates(world)
    world.run(execution)
    assert (execution.ending, updates(world)) == ("refused", before)


def test_a_person_s_configuration_is_not_overwritten_by_a_repair(world: World) -> None:
    world.cloud.edit(CHURN, "theirs")
    break_down(world)
    before = updates(world)
    world.settle_down()
    assert (updates(world), world.content.name) == (before, "theirs")
    assert BROKEN in str(world.gate.attention)


def test_what_a_person_puts_there_in_a_release_is_not_overwritten_by_a_repair(
    world: World,
) -> None:
    execution = shifted(world)
    world.until(execution, JUDGE)
    world.cloud.edit(CHURN, "theirs")
    break_down(world)
    before = updates(world)
    world.run(execution)
    assert (updates(world), world.content.name) == (before, "theirs")
    assert execution.ending == "needs_a_person"


def blocked(world: World) -> Execution:
    """The one repair failed."""
    world.promoted(2)
    execution = shifted(world, 3)
    break_down(world)
    world.cloud.next("update", outcome="unrestored")
    world.run(execution)
    assert world.gate.attention
    return execution


def test_a_person_s_rollback_tries_once_more(world: World) -> None:
    blocked(world)
    back = world.start("back", action="rollback", endpoint=CHURN)
    world.run(back)
    assert (back.ending, world.serves(2)) == ("restored", True)


def test_a_release_is_refused_while_it_is_blocked(world: World) -> None:
    blocked(world)
    execution = world.release(4)
    world.run(execution)
    assert execution.ending == "refused"
    assert BROKEN in execution.cause["reason"]
