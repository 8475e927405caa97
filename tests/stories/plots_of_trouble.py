"""Scenes of the golden texts: trouble of SageMaker's and other people's making, and deaths."""

from penstock.domain.errors import Denied, Missing, Unavailable
from penstock.domain.ledger.content import CANDIDATE
from tests.stories.plots_of_releases import release
from tests.worlds.machine import Execution
from tests.worlds.scenes import (
    CLAIM,
    ERRORS,
    HOURS,
    JUDGE,
    LOOK,
    PLAN,
    SETTLE,
    STAGE,
    refuses,
)
from tests.worlds.sweeps import dies, fire, watched, with_traffic
from tests.worlds.world import World


def counts_nothing(world: World) -> None:
    """CloudWatch gives no complete answer."""
    world.metrics.complete = world.minutes.whole = False
    release(world)
    world.metrics.complete = world.minutes.whole = True


def keeps_no_minutes(world: World) -> None:
    world.archive.closed = True
    release(world)


def in_maintenance(world: World) -> None:
    """SageMaker patches for two hours and a half, before the stage."""
    execution = world.release(3)
    world.until(execution, STAGE)
    world.cloud.maintain("churn", 9000)
    world.run()


def planned_in_maintenance(world: World) -> None:
    world.cloud.maintain("churn", 300)
    release(world)


def is_slow(world: World) -> None:
    """A fleet that takes two hours to come up."""
    world.cloud.times.swap = 7200
    release(world)


def undone(world: World) -> None:
    world.cloud.next("update", outcome="undone")
    release(world)


def fails_for_good(world: World) -> None:
    world.cloud.next("update", outcome="failed")
    release(world)


def is_refused_for_hours(world: World) -> None:
    """SageMaker keeps refusing the rollback: people are notified, and it continues."""
    with_traffic(world)
    for _ in range(20):
        world.cloud.next("weights", Missing("Could not find variant"))
    fire(world, ERRORS)
    world.run()


def not_found_for_long(world: World) -> None:
    """What was just created is not found, longer than consistency takes."""
    for _ in range(9):
        world.cloud.next("update", Missing("Could not find endpoint configuration"))
    release(world)


def throttled(world: World) -> None:
    for _ in range(3):
        world.cloud.next("update", Unavailable("Rate exceeded"))
    release(world)


def step_fails(world: World) -> None:
    """A task fails for good in the middle."""
    with_traffic(world)
    refuses(world, "alarms.states", Denied("not authorized to perform DescribeAlarms"), 9)
    world.run()


def has_too_few_instances(world: World) -> None:
    execution = world.release(3)
    world.until(execution, "Shift traffic")
    world.cloud.scale("churn", live=1)
    for _ in range(130):
        world.step(execution)
    world.cloud.scale("churn", live=5)
    world.run()


def serves_another_image(world: World) -> None:
    arn = world.register(3)
    package = world.registry.packages[arn]
    container = package.containers[0].model_copy(update={"image_digest": "sha256:reviewed"})
    world.registry.put(package.model_copy(update={"containers": (container,)}))
    execution = world.start("e3", action="release", model_package_arn=arn)
    before = set(world.cloud.models)
    world.until(execution, LOOK)
    (model,) = set(world.cloud.models) - before
    world.cloud.images[model] = "image@sha256:other"
    world.run()


def scale_in_stays(world: World) -> None:
    """Auto-scaling refuses to resume, and people are notified once."""
    execution = world.release(3)
    world.until(execution, SETTLE)
    world.scaling.faults = [Denied("not authorized") for _ in range(3)]
    world.run()


def edited_while_watched(world: World) -> None:
    execution = world.release(3)
    world.until(execution, JUDGE)
    world.cloud.edit("churn", "theirs")
    world.run()


def edited_and_put_back(world: World) -> None:
    """A drift is published once, and ends when somebody undoes it."""
    config = world.content.name
    world.cloud.edit("churn", "theirs")
    world.reconcile()
    world.reconcile()
    world.cloud.edit("churn", config)


def goes_away(world: World) -> None:
    execution = world.release(3)
    world.until(execution, LOOK)
    del world.cloud.endpoints["churn"]
    world.run()


def goes_away_at_rest(world: World) -> None:
    del world.cloud.endpoints["churn"]
    world.reconcile()
    release(world)


def back_after_a_death(world: World) -> None:
    dies(world)
    world.start("back", action="rollback", endpoint="churn")
    world.run()


def released_after_a_death(world: World) -> None:
    dies(world)
    release(world, 4)


def released_after_a_death_in_its_window(world: World) -> None:
    world.die(watched(world))
    world.clock.advance(HOURS)
    release(world, 4)


def recovered_for_nothing(world: World) -> None:
    execution = with_traffic(world)
    world.run(world.start("recover", action="recover", endpoint="churn"))
    world.run(execution)
    world.run(world.start("recover-2", action="recover", endpoint="churn"))


def stray(world: World) -> None:
    """A staging configuration that nobody holds."""
    release_of_2 = world.record_of(2).release
    shares = {"live": 1.0, CANDIDATE: 1.0}
    world.cloud.edit("churn", f"churn-staging-{release_of_2}", **shares)
    world.reconcile()
    world.run()


def mute(world: World, execution: Execution) -> None:
    """It dies before its next word, and whoever comes next says it."""
    execution.mortal = True
    world.wire.before("announcer.announce", world.wire.kill)
    world.run()


def promoted_in_silence(world: World) -> None:
    execution = world.release(3)
    world.until(execution, SETTLE)
    mute(world, execution)


def rolled_back_in_silence(world: World) -> None:
    execution = with_traffic(world)
    fire(world, ERRORS)
    world.until(execution, SETTLE)
    mute(world, execution)


def superseded_in_silence(world: World) -> None:
    execution = with_traffic(world)
    newer = world.release(4)
    world.until(newer, CLAIM)
    world.step(newer)
    world.until(execution, SETTLE)
    mute(world, execution)


def refused_in_silence(world: World) -> None:
    execution = world.release(3)
    world.until(execution, PLAN)
    world.alarms.put("business", "ALARM")
    mute(world, execution)
    world.alarms.put("business")


def restored_in_silence(world: World) -> None:
    execution = world.start("back", action="rollback", endpoint="churn")
    world.until(execution, SETTLE)
    mute(world, execution)


def stopped_in_silence(world: World) -> None:
    execution = world.release(3)
    world.until(execution, LOOK)
    world.cloud.edit("churn", "theirs")
    mute(world, execution)
