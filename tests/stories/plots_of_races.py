"""Scenes of the golden texts: instances that come late, locks, and ledgers in other hands."""

import json
from typing import Any

from penstock.domain.errors import NoCapacity, Unanswered, Unavailable
from tests.stories.plots_of_releases import release
from tests.stories.plots_of_trouble import mute
from tests.worlds.machine import Execution
from tests.worlds.scenes import (
    CLAIM,
    ERRORS,
    HOURS,
    LOOK,
    ROLL_BACK,
    SETTLE,
    STAGE,
    in_window,
    refuses,
    silent,
)
from tests.worlds.sweeps import (
    QUICK,
    dies_three_times,
    fire,
    prepared,
    watched,
    with_traffic,
)
from tests.worlds.world import World


def tidy_pending() -> World:
    """A bad release whose configuration could not be put back yet."""
    world = prepared("tidy pending")()
    world.run()
    world.cloud.faults.clear()
    return world


def blocked() -> World:
    world = prepared("blocked")()
    dies_three_times(world)
    world.settle_down()
    return world


def overtaken(world: World, execution: Execution) -> None:
    """Its lease runs out, a recovery does its work, and then it goes on."""
    silent(world)
    world.run(world.all[-1])
    world.run(execution)


def release_overtaken(world: World) -> None:
    overtaken(world, with_traffic(world))


def overtaken_and_not_done(world: World) -> None:
    """It goes on while the recovery still rolls its release back."""
    execution = with_traffic(world)
    silent(world)
    world.until(world.all[-1], ROLL_BACK)
    world.run(execution)
    world.run()


def window_overtaken(world: World) -> None:
    overtaken(world, watched(world))


def rollback_overtaken(world: World) -> None:
    execution = world.start("back", action="rollback", endpoint="churn")
    world.until(execution, ROLL_BACK)
    world.step(execution)
    overtaken(world, execution)


def blocked_meanwhile(world: World) -> None:
    """The execution is stopped, three recoveries die, and its last task was only slow."""
    execution = with_traffic(world)
    late = world.pause(execution)
    world.die(execution)
    for _ in range(4):
        world.reconcile()
        world.die(world.all[-1])
        world.clock.advance(HOURS)
    world.outlive(late)


def superseded_meanwhile(world: World) -> None:
    """It made way for a newer one; the task that said so is run again by nobody but itself."""
    execution = with_traffic(world)
    newer = world.release(4)
    world.until(newer, CLAIM)
    world.step(newer)
    world.until(execution, SETTLE)
    late = world.pause(execution)
    world.step(execution)
    world.outlive(late)
    world.run()


def loses_its_gate(world: World) -> None:
    """Somebody deletes the gate in the middle of a release, and adopts the endpoint later."""
    execution = with_traffic(world)
    world.ledger.lose("churn")
    world.run(execution)
    world.cloud.edit("churn", "theirs")
    release(world, 4, adopt=True)


def without_an_answer(world: World) -> None:
    """The answer of a call is lost; the call takes effect."""
    world.cloud.next("update", Unanswered("read timeout"), lands_in=40)
    release(world)


def looks_fail(world: World) -> None:
    execution = world.release(3)
    for state in (STAGE, SETTLE):
        world.until(execution, state)
        refuses(world, "cloud.look", Unavailable("Rate exceeded"), 1)
        world.step(execution)
    world.run()


def has_no_time_left(world: World) -> None:
    execution = world.release(3)
    for state in (STAGE, SETTLE):
        world.until(execution, state)
        world.time_left = 29_999
        world.step(execution)
        world.time_left = 30_000
    world.run()


def halted_while_it_settles(world: World) -> None:
    """The alarm comes between the clean-up and the write that would end it as promoted."""
    execution = world.release(3)
    world.until(execution, SETTLE)
    world.wire.after("cloud.delete_config", lambda: world.alarm("business"))
    world.run()
    world.alarms.put("business")


def deletion_without_an_answer(world: World) -> None:
    execution = world.release(3)
    world.until(execution, SETTLE)
    world.cloud.next("delete_config", Unanswered("read timeout"), lands_in=5)
    world.run()


def two_settle(world: World) -> None:
    """The task is run twice at the same time."""
    execution = world.release(3)
    world.until(execution, SETTLE)
    late = world.pause(execution)
    world.wire.before("cloud.delete_config", lambda: world.outlive(late))
    world.run()


def busy_when_it_settles(world: World) -> None:
    execution = world.release(3)
    world.until(execution, SETTLE)
    world.cloud.maintain("churn", 100)
    world.run()


def undone_before_it_settles(world: World) -> None:
    """Going back is done when it is looked at, and no more when it settles."""
    execution = with_traffic(world)
    staged = world.content.name
    fire(world, ERRORS)
    world.until(execution, SETTLE)
    world.cloud.edit("churn", staged, live=1.0, candidate=1.0)
    world.run()


def put_back_before_it_settles(world: World) -> None:
    """Somebody puts the configuration of before there: the promotion is none."""
    before = world.content.name
    execution = world.release(3)
    world.until(execution, SETTLE)
    world.cloud.edit("churn", before)
    world.run()


def vanishes_before_it_settles(world: World) -> None:
    execution = world.release(3)
    world.until(execution, SETTLE)
    del world.cloud.endpoints["churn"]
    world.run()


def edited_before_it_settles(world: World) -> None:
    execution = world.release(3)
    world.until(execution, SETTLE)
    world.cloud.edit("churn", "theirs")
    world.run()


def promoted_after_a_tidy_that_waits(world: World) -> None:
    release(world, 4)
    release(world, 5)


def back_while_a_tidy_waits(world: World) -> None:
    world.start("back", action="rollback", endpoint="churn")
    world.run()


def tidy_told_in_silence(world: World) -> None:
    """The sweep publishes the end with the pending TIDY."""
    execution = with_traffic(world)
    for _ in range(200):
        world.cloud.next("update", NoCapacity("quota"))
    fire(world, ERRORS)
    world.until(execution, SETTLE)
    world.cloud.faults.clear()
    mute(world, execution)


def released_while_blocked(world: World) -> None:
    """Refused, until a person adopts what is there."""
    release(world, 4)
    arn = world.register(2)
    world.start("adopt", action="release", model_package_arn=arn, adopt=True)
    world.run()


def back_while_blocked(world: World) -> None:
    world.start("back", action="rollback", endpoint="churn")
    world.run()


def failed_at_rest(world: World) -> None:
    """Told by the sweep, and refused afterwards."""
    world.cloud.break_down("churn", "UpdateRollbackFailed")
    world.reconcile()
    release(world, 3, adopt=True)


def failed_before_it_is_released(world: World) -> None:
    world.cloud.break_down("churn", "Failed")
    release(world)


def planned_after_its_promotion(world: World) -> None:
    """A dry run in the watch window of another release."""
    execution = in_window(world, 3)
    world.run(world.release(4, dry_run=True))
    world.run(execution)


def adopts_two_variants(world: World) -> None:
    world.cloud.edit("churn", "both", live=9.0, other=1.0)
    release(world, adopt=True)


def keeps_two(world: World) -> None:
    """Of four releases the last two can be gone back to."""
    for version in (3, 4):
        release(world, version)


def two_alarms_missing_and_two_in_alarm(world: World) -> None:
    named = ["business", "revenue", "missing", "gone"]
    world.alarms.put("revenue")
    world.policies.put("churn", policy(alarms=named))
    release(world)
    world.policies.put("churn", policy(alarms=named[:2]))
    for name in named[:2]:
        world.alarms.put(name, "ALARM")
    release(world, 4)
    release(world, 5, fix_forward=True)
    for name in named[:2]:
        world.alarms.put(name)


def waits_as_long_as_the_policy_says(world: World) -> None:
    world.policies.put("churn", policy(rollout={**QUICK["rollout"], "update_minutes": 20}))
    execution = world.release(3)
    world.until(execution, LOOK)
    world.cloud.maintain("churn", 1800)
    world.run()


def policy(**sections: Any) -> str:
    return json.dumps({**QUICK, **sections})
