"""Scenes of the golden texts: tasks that run twice, and what nobody expects to find."""

from penstock.domain.errors import NoCapacity
from penstock.domain.ledger.gate import PROMOTE as PROMOTE_STEP
from penstock.domain.reviewing.review import Review
from tests.stories.plots_of_races import policy
from tests.stories.plots_of_releases import release
from tests.worlds.scenes import CLAIM, ERRORS, JUDGE, LOOK, PLAN, PROMOTE, ROLL_BACK
from tests.worlds.sweeps import fire, watched, with_traffic
from tests.worlds.world import World


def claimed_twice(world: World) -> None:
    """Whoever claims dies right after it is written, and its task runs again."""
    execution = world.release(3)
    world.until(execution, CLAIM)
    world.wire.after("ledger.write", world.wire.kill)
    world.run()


def back_claimed_twice(world: World) -> None:
    execution = world.start("back", action="rollback", endpoint="churn", reason="too slow")
    world.until(execution, CLAIM)
    world.wire.after("ledger.write", world.wire.kill)
    world.run()


def taken_over_twice(world: World) -> None:
    """A recovery dies right after it took over, and its task runs again; then in a window."""
    for version, holds in ((3, with_traffic), (4, watched)):
        world.die(holds(world, version))
        world.reconcile()
        world.until(world.all[-1], CLAIM)
        world.wire.after("ledger.write", world.wire.kill)
        world.run()


def window_entered_twice(world: World) -> None:
    """Its look dies right after the window is entered."""
    execution = world.release(3)
    world.until_gate(execution, lambda gate: gate.step == PROMOTE_STEP)
    world.until(execution, LOOK)
    world.wire.after("ledger.write", world.wire.kill, count=5)
    world.run()


def halted_as_it_enters_its_window(world: World) -> None:
    """The alarm comes between the look that verifies the promotion and the write."""
    execution = world.release(3)
    world.until_gate(execution, lambda gate: gate.step == PROMOTE_STEP)
    world.until(execution, LOOK)
    world.clock.advance(600)
    world.wire.after("cloud.look", lambda: world.alarm("business"))
    world.run()
    world.alarms.put("business")


def promoted_with_another_image(world: World) -> None:
    arn = world.register(3)
    package = world.registry.packages[arn]
    container = package.containers[0].model_copy(update={"image_digest": "sha256:reviewed"})
    world.registry.put(package.model_copy(update={"containers": (container,)}))
    execution = world.start("e3", action="release", model_package_arn=arn)
    world.until_gate(execution, lambda gate: gate.step == PROMOTE_STEP)
    (model,) = world.cloud.named(str(world.gate.target and world.gate.target.name))
    world.cloud.images[model] = "image@sha256:other"
    world.run()


def appears_late(world: World) -> None:
    """CreateEndpoint was answered; DescribeEndpoint does not know it for two minutes and a half."""
    execution = world.release(1)
    world.until(execution, LOOK)
    hidden = world.cloud.endpoints.pop("churn")
    for _ in range(10):
        world.step(execution)
    world.cloud.endpoints["churn"] = hidden
    world.run()


def never_appears(world: World) -> None:
    execution = world.release(1)
    world.until(execution, LOOK)
    del world.cloud.endpoints["churn"]
    world.run()


def goes_away_before_its_promotion(world: World) -> None:
    execution = world.release(3)
    world.until(execution, PROMOTE)
    del world.cloud.endpoints["churn"]
    world.run()


def fails_before_its_promotion(world: World) -> None:
    execution = world.release(3)
    world.until(execution, PROMOTE)
    world.cloud.break_down("churn", "Failed")
    world.run()


def edited_on_the_way_back(world: World) -> None:
    execution = with_traffic(world)
    fire(world, ERRORS)
    world.until(execution, ROLL_BACK)
    world.step(execution)
    world.cloud.edit("churn", "theirs")
    world.run()


def queued_before_there_is_a_plan(world: World) -> None:
    """The newcomer's own policy says that it waits."""
    execution = world.release(3)
    world.until(execution, PLAN)
    newer = world.release(4)
    world.until(newer, CLAIM)
    world.step(newer)
    world.run()


def adopted_again(world: World) -> None:
    """By somebody who need not have: nothing is adopted that is known."""
    release(world, adopt=True)


def back_in_maintenance(world: World) -> None:
    world.cloud.maintain("churn", 4000)
    world.start("back", action="rollback", endpoint="churn")
    world.run()


def moved_meanwhile(world: World) -> None:
    """The policy names another endpoint once this one is claimed."""
    execution = world.release(3)
    world.until(execution, PLAN)
    world.policies.put("churn", policy(endpoint="other"))
    world.run()
    world.policies.put("churn", policy())


def reviewed_and_released(world: World) -> None:
    """What the review kept of its reports goes into the release's record."""
    arn = world.register(3)
    world.reviews.remember(
        Review(
            model_package_arn=arn,
            group="churn",
            outcome="left_pending",
            verdict="miss",
            reason="auc is 0.5, which is not at least 0.8",
            first_tried_at=1,
            reviewed_at=1,
            metrics={"model_quality": {"document": {"auc": 0.5}, "values": {"auc": 0.5}}},
        )
    )
    world.start("e3", action="release", model_package_arn=arn)
    world.run()


def back_to_what_was_adopted(world: World) -> None:
    """What was adopted has no package; and there is nothing before it."""
    release(world, adopt=True)
    for number in range(2):
        world.start(f"back-{number}", action="rollback", endpoint="churn")
        world.run()


def back_to_nobody_knows_what(world: World) -> None:
    world.start("back", action="rollback", endpoint="churn", to="0123456789")
    world.run()


def back_too_late(world: World) -> None:
    """An instance that claimed for a rollback was held up until that was over."""
    execution = world.start("back", action="rollback", endpoint="churn", reason="too slow")
    world.until(execution, CLAIM)
    late = world.pause(execution)
    world.run()
    world.outlive(late)
    again = world.start("back-again", action="rollback", endpoint="churn")
    world.run(again)


def overloaded(world: World) -> None:
    """Live has scaled out, and the candidate's two instances carry far more than theirs."""
    with_traffic(world)
    world.cloud.scale("churn", live=40)
    world.run()


def kept_at_last(world: World) -> None:
    """The archive takes nothing for a while; what is judged meanwhile is kept later."""
    execution = with_traffic(world)
    world.archive.closed = True
    world.until(execution, JUDGE, 6)
    world.archive.closed = False
    world.run()


def hopeless(world: World) -> None:
    """In the window there is no capacity to go back, for six hours: users are on the new one."""
    execution = watched(world)
    for _ in range(200):
        world.cloud.next("update", NoCapacity("quota"))
    world.alarm("business")
    world.run(execution)
    world.cloud.faults.clear()
    world.alarms.put("business")


def first_release_harmed(world: World) -> None:
    """There is nothing to go back to: a person decides about the first package."""
    watched(world, 1)
    world.alarm("business")
    world.run()
    world.alarms.put("business")


def approved_again_while_it_rolls_back(world: World) -> None:
    """By hand: the release that rolls back is no release of it any more."""
    execution = with_traffic(world)
    fire(world, ERRORS)
    world.until(execution, ROLL_BACK)
    world.step(execution)
    arn = str(execution.input["model_package_arn"])
    world.start("again", action="release", model_package_arn=arn)
    world.run()


def approved_again_after_a_death(world: World) -> None:
    execution = with_traffic(world)
    world.die(execution)
    arn = str(execution.input["model_package_arn"])
    world.start("again", action="release", model_package_arn=arn)
    world.run()
