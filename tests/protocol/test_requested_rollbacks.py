"""A person asks for an earlier package."""

from penstock.domain.errors import NoCapacity
from tests.worlds.machine import Execution
from tests.worlds.promises import at_known_rest
from tests.worlds.scenes import (
    ERRORS,
    LIVE_ERRORS,
    SETTLE,
    in_window,
    shifted,
    tidy_pending,
)
from tests.worlds.world import POLICY, World


def ask(world: World, **more: str) -> Execution:
    return world.start(f"ask-{len(world.all)}", action="rollback", endpoint="churn", **more)


def back(world: World, **more: str) -> Execution:
    execution = ask(world, **more)
    world.run()
    return execution


def test_at_rest_it_goes_to_the_package_before_the_one_serving(world: World) -> None:
    world.promoted(2)
    world.promoted(3)
    assert back(world).ending == "restored"
    assert world.serves(2)
    assert back(world).ending == "restored"
    assert world.serves(1)
    assert back(world).ending == "refused"
    assert world.serves(1)


def test_it_goes_to_the_release_that_is_named(world: World) -> None:
    world.promoted(2)
    world.promoted(3)
    first = world.record_of(1).release
    assert back(world, to=first).ending == "restored"
    assert world.serves(1)
    assert back(world, to="0123456789").ending == "refused"


def test_it_stops_a_running_release_and_that_is_all(world: World) -> None:
    shifted(world, 2)
    rollback = back(world)
    assert rollback.ending == "restored"
    assert world.record_of(2).state == "rolled_back"
    assert world.serves(1)


def test_in_the_watch_window_it_goes_to_the_previous_package(world: World) -> None:
    world.promoted(2)
    in_window(world, 3)
    assert back(world).ending == "restored"
    assert world.serves(2)


def test_it_does_not_stop_the_release_that_comes_after_the_stopped_one(world: World) -> None:
    """A newer approval waits already; it is not what the person wanted to be rid of."""
    e1 = shifted(world, 2)
    rollback = ask(world)
    world.until_gate(rollback, lambda gate: gate.halt is not None)
    e2 = world.release(3)
    world.run(e1)
    world.until_gate(e2, lambda gate: gate.step == 10)
    world.run()
    assert (rollback.ending, e2.ending) == ("restored", "promoted")
    assert world.serves(3)


def test_while_a_release_rolls_back_already_it_does_not_go_further(world: World) -> None:
    world.promoted(2)
    e1 = shifted(world, 3)
    world.alarm(ERRORS)
    world.until(e1, "Roll back")
    world.step(e1)
    assert back(world).ending == "restored"
    assert world.serves(2)


def test_with_a_name_it_goes_there_after_it_has_stopped_what_ran(world: World) -> None:
    world.promoted(2)
    shifted(world, 3)
    assert back(world, to=world.record_of(1).release).ending == "restored"
    assert world.serves(1)


def test_of_a_dead_execution_it_finishes_the_way_back(world: World) -> None:
    world.die(shifted(world, 2))
    assert back(world).ending == "restored"
    assert world.serves(1)


def test_while_tidy_is_pending_it_goes_before_the_package_that_users_are_on(world: World) -> None:
    world.promoted(2)
    tidy_pending(world, 3)
    assert back(world).ending == "restored"
    assert world.serves(1)


def test_what_showed_at_its_claim_is_deleted_one_settle_later(world: World) -> None:
    """A person puts the restored configuration back between the last look and the deletions."""
    world.promoted(2)
    tidy_pending(world, 3)
    restored = world.content
    rollback = ask(world)
    world.until(rollback, SETTLE)

    def person() -> None:
        world.cloud.edit("churn", "theirs")
        world.cloud.edit("churn", restored.name, live=1.0, candidate=0.0)

    world.wire.after("cloud.look", person, 2)  # within the lock
    world.until_gate(rollback, lambda gate: gate.at_rest)
    assert world.content.name == restored.name
    assert restored.name in world.cloud.configs
    assert restored.name in world.gate.leftovers


def test_what_showed_at_its_claim_is_deleted_in_the_end(world: World) -> None:
    world.promoted(2)
    tidy_pending(world, 3)
    restored = world.content.name
    assert back(world).ending == "restored"
    world.settle_down()
    assert restored not in world.cloud.configs
    assert not world.gate.leftovers


def test_while_a_recovery_tidies_it_waits_and_then_goes_back(world: World) -> None:
    world.promoted(2)
    tidy_pending(world, 3)
    world.clock.advance(3600)
    world.reconcile()
    world.until_gate(world.all[-1], lambda gate: not gate.at_rest)
    assert back(world).ending == "restored"
    assert world.serves(1)


def test_it_is_never_half_done(world: World) -> None:
    """Capacity is missing: users stay where they are, and people are notified."""
    world.promoted(2)
    tidy_pending(world, 3)
    for _ in range(200):
        world.cloud.next("update", NoCapacity("quota"))
    rollback = back(world)
    assert rollback.ending == "needs_a_person"
    assert str(world.gate.serving).endswith("/2")


def test_a_release_of_which_nothing_is_left_cannot_be_gone_back_to() -> None:
    keeps_two = {**POLICY, "rollout": {"strategy": "all_at_once", "keep_releases": 2}}
    world = World(keeps_two, quick=True)
    for version in range(1, 5):
        world.promoted(version)
    gone = world.record_of(1)
    assert gone.retired
    assert back(world, to=gone.release).ending == "refused"
    assert world.serves(4)


def dies_at_its_claim(world: World) -> None:
    rollback = ask(world, reason="it is slow")
    world.until_gate(rollback, lambda gate: gate.step == 100)
    world.die(rollback)


def test_its_recovery_does_not_leave_it_half_done_either(world: World) -> None:
    """It said that users are on what was asked for, while they were where they had been."""
    world.promoted(2)
    tidy_pending(world, 3)
    for _ in range(200):
        world.cloud.next("update", NoCapacity("quota"))
    dies_at_its_claim(world)
    world.reconcile()
    world.run()
    assert world.all[-1].ending == "needs_a_person"
    assert str(world.gate.serving).endswith("/2")
    assert world.content.share("live") == 1


def test_its_recovery_takes_back_the_promotion_that_blocked_the_endpoint(world: World) -> None:
    """It took the failed promotion for a person's change and left all users on it."""
    world.promoted(2)
    execution = in_window(world, 3)
    world.alarm(LIVE_ERRORS)
    for _ in range(500):
        world.cloud.next("update", NoCapacity("quota"))
    world.run(execution)
    blocked = world.gate
    world.cloud.faults.clear()
    dies_at_its_claim(world)
    world.settle_down()
    at_known_rest(world.ledger, world.cloud, world.alarms)
    assert world.serves(2)
    assert (blocked.attention, blocked.drift) == ("no capacity: quota", None)
    assert (world.gate.attention, world.gate.drift) == (None, None)
    assert world.all[-1].cause["reason"] == "it is slow"


def test_a_person_s_change_in_the_middle_does_not_make_the_ledger_forget_what_served(
    world: World,
) -> None:
    """A pending TIDY had kept the package that users are on in `previous` alone."""
    world.promoted(2)
    tidy_pending(world, 3)
    shown, served = world.content, world.gate.previous
    rollback = ask(world)
    world.until_gate(rollback, lambda gate: gate.step == 100)
    world.cloud.edit("churn", "theirs")
    world.run()
    assert rollback.ending == "needs_a_person"
    assert world.gate.content == served
    world.cloud.edit("churn", shown.name, **shown.weights)
    world.settle_down()
    at_known_rest(world.ledger, world.cloud, world.alarms)
    assert world.serves(2)


def test_a_dead_rollback_is_finished_by_its_recovery(world: World) -> None:
    world.promoted(2)
    rollback = ask(world)
    world.until_gate(rollback, lambda gate: gate.step == 100)
    world.step(rollback)
    world.die(rollback)
    world.settle_down()
    assert world.serves(1)
