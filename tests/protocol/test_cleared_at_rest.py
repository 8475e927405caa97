"""An end that is settled late leaves nothing of its candidate behind, as any other end."""

from collections.abc import Callable
from functools import cache

import pytest

from penstock.domain.errors import Denied, NoCapacity, Unanswered, Unavailable
from penstock.domain.ledger import naming
from tests.fakes.wire import When
from tests.worlds.promises import at_known_rest
from tests.worlds.scenes import ERRORS, SETTLE, in_window, shifted, tidy_pending
from tests.worlds.world import CHURN, World

DAY = 86_400
EIGHT_HOURS = 8 * 3600
Late = Callable[[World], None]


def tidied_by_the_sweep(world: World) -> None:
    tidy_pending(world)


def superseded_while_it_is_pending(world: World) -> None:
    tidy_pending(world, 2)
    world.promoted(3)


def rolled_back_while_it_is_pending(world: World) -> None:
    tidy_pending(world, 2)
    tidy_pending(world, 3)


def put_back_by_hand(world: World) -> None:
    tidy_pending(world)
    assert world.gate.previous
    world.cloud.edit(CHURN, world.gate.previous.name)


def requested_while_it_is_pending(world: World) -> None:
    world.promoted(2)
    tidy_pending(world, 3)
    world.run(world.start("back", action="rollback", endpoint=CHURN))


def adopted_while_it_is_pending(world: World) -> None:
    tidy_pending(world)
    world.cloud.edit(CHURN, "theirs")
    world.run(world.release(3, adopt=True))


def recovered(world: World) -> None:
    world.die(shifted(world))


def ended_by_a_newer_one(world: World) -> None:
    in_window(world, 2)
    world.run(world.release(3), *world.all)


def strays(world: World) -> None:
    """The staging configuration of what is promoted comes back, by a late call or by a person."""
    execution = world.release(2)
    world.until(execution, SETTLE)
    assert execution.document
    staging = naming.staging_config(CHURN, world.record_of(2).release)
    kept = world.cloud.configs[staging]
    world.run(execution)
    world.cloud.configs[staging] = kept
    world.cloud.edit(CHURN, staging, live=0.9, candidate=0.1)


ENDS: dict[str, Late] = {
    function.__name__: function
    for function in (
        tidied_by_the_sweep,
        superseded_while_it_is_pending,
        rolled_back_while_it_is_pending,
        put_back_by_hand,
        requested_while_it_is_pending,
        adopted_while_it_is_pending,
        recovered,
        ended_by_a_newer_one,
        strays,
    )
}


def nothing_else(world: World) -> None:
    """Only what serves and what one can go back to."""
    at_known_rest(world.ledger, world.cloud, world.alarms)
    assert world.gate.leftovers == ()
    good = [r.content for r in world.ledger.peek_records(CHURN) if r.known_good]
    known = {c.name for c in (*good, world.gate.content, world.gate.previous) if c}
    ours = {config for config in world.cloud.configs if config in world.cloud.made}
    assert ours <= known, f"left behind: {ours - known}"
    models = set(world.cloud.models) & set(world.cloud.made)
    named = {model for config in known for model in world.cloud.named(config)}
    assert models <= named, f"left behind: {models - named}"


@pytest.mark.parametrize("name", ENDS)
def test_an_end_that_comes_late_leaves_nothing_behind(world: World, name: str) -> None:
    ENDS[name](world)
    world.settle_down()
    nothing_else(world)


def test_a_stray_that_cannot_be_put_back_is_not_told_as_put_back(world: World) -> None:
    """Its `live` is the package before the one that the ledger said was serving then."""
    strays(world)
    for _ in range(200):
        world.cloud.next("update", NoCapacity("quota"))
    world.reconcile()
    world.run()
    assert world.all[-1].ending == "needs_a_person"
    assert "no capacity" in str(world.gate.attention)
    assert (world.gate.tidy, str(world.gate.serving)[-2:]) == (None, "/2")
    world.cloud.faults.clear()
    world.run(world.start("back", action="rollback", endpoint=CHURN))
    world.settle_down()
    assert world.serves(2)


@cache
def tidied() -> World:
    """TIDY lacked capacity for eight hours; then a recovery finished it."""
    world = World(quick=True)
    world.promoted(1)
    tidy_pending(world)
    for _ in range(200):
        world.cloud.next("update", NoCapacity("quota"))
    world.clock.advance(EIGHT_HOURS)
    world.cloud.faults.clear()
    world.reconcile()
    world.run()
    assert world.gate.leftovers
    return world


def test_nothing_is_left_after_eight_hours_without_capacity() -> None:
    world = tidied().fork()
    world.settle_down()
    nothing_else(world)
    assert world.record_of(2).retired


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("mortal", [False, True])
def test_a_death_at_any_write_of_the_clean_up_leaves_nothing(when: When, mortal: bool) -> None:
    for number in range(10):
        world = tidied().fork()
        world.mortal = mortal
        world.wire.kill_at_write(number, when)
        world.settle_down()
        nothing_else(world)


@pytest.mark.parametrize("error", [Unavailable("Rate exceeded"), Unanswered("gone"), Denied("no")])
@pytest.mark.parametrize("point", ["cloud.look", "cloud.listed", "cloud.delete_config"])
def test_what_cannot_be_deleted_now_is_deleted_later(point: str, error: Exception) -> None:
    world = tidied().fork()
    world.reconcile()
    until = world.clock.now() + 300_000
    world.wire.refused[point] = lambda: error if world.clock.now() < until else None
    world.run()
    world.clock.advance(DAY + 1)
    world.settle_down()
    nothing_else(world)


def test_an_error_inside_the_lock_gives_it_back() -> None:
    world = tidied().fork()
    world.reconcile()
    execution = world.all[-1]
    world.until(execution, SETTLE)
    inside: list[bool] = []

    def denied() -> Exception | None:
        inside.append(world.gate.lock is not None)
        return Denied("no") if inside[-1] else None

    world.wire.refused["cloud.look"] = denied
    world.step(execution)
    assert inside[-1]
    assert world.gate.lock is None


def test_what_another_endpoint_runs_stays_and_is_tried_once_a_day() -> None:
    world = tidied().fork()
    staging = naming.staging_config(CHURN, world.record_of(2).release)
    world.cloud.serve_config("other", staging)
    started = len(world.all)
    for _ in range(2 * DAY // 900):
        world.reconcile()
        world.run()
        world.clock.advance(900)
    assert staging in world.cloud.configs
    assert len(world.all) - started == 2


def test_nothing_is_deleted_while_a_person_has_to_look() -> None:
    world = tidied().fork()
    world.cloud.edit(CHURN, "theirs")
    for _ in range(3):
        world.reconcile()
        world.run()
    assert world.gate.drift
    assert world.gate.leftovers[0] in world.cloud.configs


def test_a_restored_configuration_that_somebody_puts_back_meanwhile_is_not_deleted() -> None:
    """Between the end of the release and the clean-up; it is taken back first."""
    world = tidied().fork()
    staging = world.gate.leftovers[0]
    world.reconcile()
    world.wire.before(
        "cloud.look", lambda: world.cloud.edit(CHURN, staging, live=1, candidate=0), count=2
    )
    world.run()
    assert staging in world.cloud.configs
    world.settle_down()
    nothing_else(world)


def test_a_release_that_claims_first_cleans_up_instead() -> None:
    world = tidied().fork()
    world.reconcile()
    world.promoted(3)
    world.run()
    assert [e.ending for e in world.all if e.input["action"] == "recover"][-1] == "nothing_to_do"
    nothing_else(world)


def test_the_alarms_of_a_release_in_hand_are_not_touched() -> None:
    world = tidied().fork()
    world.reconcile()
    clearing = world.all[-1]
    shifted(world, 3)
    world.run(clearing)
    assert ERRORS in world.alarms.names
