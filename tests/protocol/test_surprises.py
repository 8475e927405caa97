"""What may be there when somebody looks, and what an instance finds that comes too late."""

import pytest

from penstock.domain.errors import Denied, Missing, PenstockError, Unavailable
from tests.worlds.scenes import (
    CLAIM,
    ERRORS,
    JUDGE,
    LOOK,
    PLAN,
    STAGE,
    WATCH,
    in_window,
    refuses,
    shifted,
    silent,
)
from tests.worlds.world import World


def test_an_endpoint_that_failed_at_rest_is_blocked_and_told_once(world: World) -> None:
    world.cloud.endpoints["churn"].broken = "the instances are gone"
    assert "Failed" in world.reconcile()
    assert world.gate.attention
    assert world.reconcile() == "blocked"
    assert world.announcer.types.count("Attention Needed") == 1


def test_an_endpoint_that_fails_in_the_middle_needs_a_person(world: World) -> None:
    e1 = world.release(2)
    world.until(e1, LOOK)
    world.cloud.endpoints["churn"].broken = "the instances are gone"
    world.run(e1)
    assert e1.ending == "needs_a_person"
    assert world.gate.attention


def test_an_endpoint_that_vanishes_in_the_middle_needs_a_person(world: World) -> None:
    e1 = shifted(world, 2)
    world.alarm(ERRORS)
    del world.cloud.endpoints["churn"]
    world.run(e1)
    assert e1.ending == "needs_a_person"
    assert "gone" in e1.cause["reason"]


def test_an_endpoint_that_vanishes_before_a_look_needs_a_person(world: World) -> None:
    e1 = world.release(2)
    world.until(e1, LOOK)
    del world.cloud.endpoints["churn"]
    world.run(e1)
    assert e1.ending == "needs_a_person"


def test_a_person_s_change_between_call_and_look_stops_the_release(world: World) -> None:
    e1 = world.release(2)
    world.until(e1, LOOK)
    world.cloud.edit("churn", "theirs")
    world.run(e1)
    assert e1.ending == "needs_a_person"
    assert world.content.name == "theirs"


def test_a_person_s_change_on_the_way_back_stops_it(world: World) -> None:
    e1 = shifted(world, 2)
    world.alarm(ERRORS)
    world.until(e1, "Roll back")
    world.step(e1)
    world.cloud.edit("churn", "theirs")
    world.run(e1)
    assert e1.ending == "needs_a_person"
    assert world.gate.drift


@pytest.mark.parametrize("served", ["sha256:other", "sha256:reviewed"])
def test_what_was_judged_is_what_serves(world: World, served: str) -> None:
    """The image that SageMaker resolved is the one that was reviewed."""
    arn = world.register(2)
    package = world.registry.packages[arn]
    container = package.containers[0].model_copy(update={"image_digest": "sha256:reviewed"})
    world.registry.put(package.model_copy(update={"containers": (container,)}))
    start = {"action": "release", "model_package_arn": arn}
    e1 = world.start("e", **start)
    world.until(e1, LOOK)
    (model,) = [m for m in world.cloud.models if m not in world.cloud.named("churn-fc48350eaf")]
    world.cloud.images[model] = f"image@{served}"
    world.run(e1)
    assert e1.ending == ("promoted" if served.endswith("reviewed") else "rolled_back")


def test_too_little_time_left_is_no_time_for_a_call(world: World) -> None:
    """An instance that would be killed in the middle leaves the call to the next one."""
    world.time_left = 29_999
    e1 = world.release(2)
    world.until(e1, STAGE)
    for _ in range(6):
        world.step(e1)
    assert world.wire.counts["cloud.update"] == 0
    assert world.gate.lock is None
    world.time_left = 60_000
    world.until(e1, "Settle the release")
    world.time_left = 29_999
    world.step(e1)
    assert not world.gate.at_rest
    world.time_left = 60_000
    world.run(e1)
    assert world.serves(2)


def test_a_look_without_an_answer_is_made_again(world: World) -> None:
    e1 = world.release(2)
    world.until(e1, STAGE)
    refuses(world, "cloud.look", Unavailable("throttled"), 2)
    world.run(e1)
    assert world.serves(2)


@pytest.mark.parametrize("state", [PLAN, STAGE, LOOK, WATCH, JUDGE])
def test_a_living_execution_whose_endpoint_was_taken_over_only_ends(
    world: World, state: str
) -> None:
    """Its lease ran out; a recovery rolled its release back. It touches nothing any more."""
    e1 = world.release(2)
    world.until(e1, state)
    silent(world)
    world.run(world.all[-1])
    writes = len(world.wire.writes)
    world.run(e1)
    assert e1.ending == "rolled_back"
    assert not [w for w in world.wire.writes[writes:] if w.startswith("cloud.")]
    assert world.serves(1)


def test_a_takeover_that_is_itself_overtaken_claims_for_its_own_release(world: World) -> None:
    """E2 rolls E1's release back and is held up; R finishes it; E2 goes on with its own."""
    world.die(shifted(world, 2))
    e2 = world.release(3)
    world.until(e2, "Roll back")
    world.clock.advance(3600)
    world.reconcile()
    world.run(world.all[-1])
    world.run(e2)
    assert e2.ending == "promoted"
    assert world.serves(3)


def test_recoveries_that_do_not_help_end_in_a_block(world: World) -> None:
    world.die(shifted(world, 2))
    for _ in range(3):
        assert world.reconcile().startswith("recovery started")
        world.die(world.all[-1])
        world.clock.advance(1)
    assert "did not bring churn" in world.reconcile()
    assert world.gate.at_rest
    assert world.record_of(2).state == "needs_attention"


@pytest.mark.parametrize("error", [Unavailable("throttled"), Denied("not authorized")])
def test_recoveries_that_could_not_be_started_block_nothing(
    world: World, error: PenstockError
) -> None:
    world.die(shifted(world, 2))
    refuses(world, "executions.start", error, 5)
    for _ in range(5):
        assert "did not bring" not in world.reconcile()
        world.clock.advance(900)
    assert world.reconcile().startswith("recovery started")
    world.run()
    assert world.serves(1)


def test_recoveries_of_what_had_ended_do_not_change_how_it_ended(world: World) -> None:
    world.promoted(2)
    world.cloud.edit("churn", "churn-staging-a162cca661", live=1.0, candidate=0.0)
    world.reconcile()
    world.until_gate(world.all[-1], lambda gate: not gate.at_rest)
    world.die(world.all[-1])
    for _ in range(3):
        world.reconcile()
        world.die(world.all[-1])
        world.clock.advance(1)
    world.reconcile()
    assert world.gate.attention
    assert world.record_of(2).state == "promoted"


def test_one_bad_moment_of_one_endpoint_is_not_the_end_of_a_sweep(world: World) -> None:
    refuses(world, "cloud.look", Unavailable("throttled"), 1)
    assert world.reconcile() == "not now: throttled"


def test_a_recovery_that_finds_its_owner_alive_has_nothing_to_do(world: World) -> None:
    e1 = shifted(world, 2)
    recovery = world.start("recover", action="recover", endpoint="churn")
    world.run(recovery)
    assert recovery.ending == "nothing_to_do"
    world.run(e1)
    assert world.serves(2)


def test_a_recovery_at_rest_has_nothing_to_do(world: World) -> None:
    recovery = world.start("recover", action="recover", endpoint="churn")
    world.run(recovery)
    assert recovery.ending == "nothing_to_do"


def test_a_first_release_may_take_a_moment_to_appear() -> None:
    """CreateEndpoint was answered, DescribeEndpoint does not know it yet."""
    world = World(quick=True)
    e1 = world.release(1)
    world.until(e1, LOOK)
    hidden = world.cloud.endpoints.pop("churn")
    world.step(e1)
    world.cloud.endpoints["churn"] = hidden
    world.run(e1)
    assert world.serves(1)


def test_the_end_that_was_written_before_a_death_is_told(world: World) -> None:
    """A person is needed: the task dies after that is written, and its retry says so."""
    e1 = world.release(2)
    world.until(e1, LOOK)
    world.cloud.edit("churn", "theirs")
    world.wire.before("announcer.announce", world.wire.kill)
    world.run(e1)
    assert e1.ending == "needs_a_person"
    assert {"Endpoint Drifted", "Attention Needed"} <= set(world.announcer.types)


def test_a_refusal_that_was_written_before_a_death_is_told(world: World) -> None:
    world.cloud.edit("churn", "theirs")
    e1 = world.release(2)
    world.until(e1, PLAN)
    world.wire.before("announcer.announce", world.wire.kill)
    world.run(e1)
    assert e1.ending == "refused"
    assert "Release Refused" in world.announcer.types


def test_a_release_whose_window_was_ended_is_told_as_promoted(world: World) -> None:
    e1 = in_window(world, 2)
    world.run(world.release(3), e1)
    said = [a for a in world.announcer.said if a.detail_type == "Release Promoted"]
    assert world.record_of(2).release in {a.release_id for a in said}


@pytest.mark.parametrize("state", [CLAIM, PLAN])
def test_a_package_deleted_before_the_plan_is_refused(world: World, state: str) -> None:
    before, execution = world.content, world.release(2)
    world.until(execution, state)
    world.registry.packages.clear()
    world.run(execution)
    assert execution.ending == "refused"
    assert "model-package" in execution.cause["reason"]
    assert world.content == before


@pytest.mark.parametrize("state", [LOOK, WATCH, JUDGE])
def test_a_package_deleted_after_the_plan_changes_nothing(world: World, state: str) -> None:
    """The plan holds all that the release is made of; nothing reads the registry again."""
    execution = world.release(2)
    world.until(execution, state)
    world.registry.packages.clear()
    world.run(execution)
    assert execution.ending == "promoted"


def test_a_release_whose_package_is_deleted_can_still_go_back(world: World) -> None:
    before, execution = world.content, shifted(world, 2)
    world.registry.packages.clear()
    world.alarm(ERRORS)
    world.run(execution)
    assert execution.ending == "rolled_back"
    assert world.content == before


def test_a_package_deleted_before_its_model_is_made_leaves_nothing(world: World) -> None:
    """CreateModel names the package, and refuses one that is gone."""
    before, execution = world.content, world.release(2)
    world.until(execution, STAGE)
    for _ in range(50):
        world.cloud.next("create_model", Missing("Could not find model package"))
    world.run(execution)
    assert execution.ending == "rolled_back"
    assert "model package" in execution.cause["reason"]
    assert world.content == before
