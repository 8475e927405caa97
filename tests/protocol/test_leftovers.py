"""Promise 6: nothing that may be needed is deleted, and nothing else is left."""

from tests.worlds.promises import nothing_left
from tests.worlds.scenes import (
    ERRORS,
    LIVE_ERRORS,
    SETTLE,
    in_window,
    keeping,
    shifted,
    tidy_pending,
)
from tests.worlds.world import World


def test_a_release_whose_window_was_ended_is_cleaned_up_by_the_next(world: World) -> None:
    """Nobody settles it, so its staging configuration is a leftover from then on."""
    in_window(world, 2)
    world.run(world.release(3), *world.all)
    assert world.serves(3)
    nothing_left(world.ledger, world.cloud, world.alarms)


def test_as_many_known_good_releases_stay_as_the_policy_says() -> None:
    world = keeping(2)
    for version in range(1, 6):
        world.promoted(version)
    kept = {world.record_of(v).content.config for v in (4, 5)}  # type: ignore[union-attr]
    assert set(world.cloud.configs) == kept
    assert len(world.cloud.models) == 2


def test_what_is_gone_is_not_deleted_again_by_every_release() -> None:
    world = keeping(1)
    for version in range(1, 6):
        world.promoted(version)
    deleted = world.wire.counts["cloud.delete_config"]
    world.promoted(6)
    assert world.wire.counts["cloud.delete_config"] == deleted + 1


def test_no_model_survives_a_death_between_its_configuration_and_itself() -> None:
    """Killed after the configuration is deleted: the retry still knows its model."""
    world = keeping(1)
    world.promoted(1)
    world.promoted(2)
    e3 = world.release(3)
    world.until(e3, SETTLE)
    world.wire.after("cloud.delete_config", world.wire.kill)
    world.run(e3)
    nothing_left(world.ledger, world.cloud, world.alarms, keeps=1)
    assert len(world.cloud.models) == 2  # version 3's, and that of what was before it


def test_two_tries_of_one_package_share_a_model(world: World) -> None:
    """The first try was rolled back; the second one's model is the same, and stays."""
    e1 = shifted(world, 2)
    world.alarm(ERRORS)
    world.run(e1)
    arn = str(e1.input["model_package_arn"])
    again = world.start("again", action="release", model_package_arn=arn)
    world.run(again)
    assert again.ending == "promoted"
    assert world.serves(2)
    nothing_left(world.ledger, world.cloud, world.alarms)


def test_a_retry_that_fails_does_not_take_the_model_that_serves(world: World) -> None:
    """The package serves already under another policy; its second try is rolled back."""
    world.promoted(2)
    model = next(iter(world.cloud.named(world.content.name)))
    tidy_pending(world, 3)
    world.settle_down()
    assert model in world.cloud.models


def test_alarms_of_an_ended_window_do_not_halt_the_next_release(world: World) -> None:
    """E2 ends E1's window; E1's live alarm watches what E2 starts from, and is cleared."""
    in_window(world, 2)
    e2 = shifted(world, 3)
    assert LIVE_ERRORS not in world.alarms.names
    world.run(e2)
    assert world.serves(3)


def test_a_late_settle_does_not_delete_the_next_release_s_alarms(world: World) -> None:
    """E1's end is written, its task dies; while it is retried, E2 makes its own alarms."""
    e1 = world.release(2)
    world.until(e1, SETTLE)
    world.wire.before("announcer.announce", world.wire.kill)
    world.step(e1)
    e2 = shifted(world, 3)
    world.run(e1)
    assert e1.ending == "promoted"
    assert ERRORS in world.alarms.names
    world.run(e2)
    assert world.serves(3)


def test_tidy_pending_twice_leaves_nothing(world: World) -> None:
    """Another bad release from a restored endpoint: both staging configurations go in the end."""
    tidy_pending(world, 2)
    tidy_pending(world, 3)
    world.settle_down()
    assert world.serves(1)
    world.promoted(4)
    nothing_left(world.ledger, world.cloud, world.alarms)
