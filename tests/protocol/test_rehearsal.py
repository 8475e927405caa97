"""A rehearsal endpoint: created, asked and deleted before the release changes anything."""

from typing import Any

import pytest

from penstock.domain.errors import (
    Busy,
    Denied,
    NoCapacity,
    PenstockError,
    RefusedByAws,
    Unavailable,
)
from penstock.domain.execution.announcements import AttentionNeeded
from penstock.domain.ledger.content import CANDIDATE
from penstock.domain.ledger.gate import DISMISS, REHEARSE
from penstock.domain.ledger.naming import rehearsal
from tests.worlds.machine import Execution
from tests.worlds.promises import at_known_rest
from tests.worlds.scenes import CLAIM, JUDGE, LOOK, PROMOTE, SETTLE, STAGE, WATCH
from tests.worlds.world import POLICY, World

ASK = "Ask the golden requests"
URI = "s3://sagemaker-tests/golden.jsonl"
FILE = b"""{"body": "1,2", "expect": "1,2"}
{"body": "3,4"}
"""
PACKAGE = "arn:aws:sagemaker:eu-west-1:123456789012:model-package/churn/"
AT_ONCE = {"strategy": "all_at_once"}
BODIES = ["1,2", "3,4"]
MINUTES = 60_000


def rehearsing(rollout: dict[str, Any] | None = None, **policy: Any) -> World:
    """An account whose releases rehearse."""
    chosen = {**(rollout or POLICY["rollout"]), "rehearse": True}
    world = World({**POLICY, **policy, "rollout": chosen, "golden": {"s3_uri": URI}})
    world.golden.files[URI] = FILE
    return world


def serving(rollout: dict[str, Any] | None = None, **policy: Any) -> World:
    """The same, and a good first version serves."""
    world = rehearsing(rollout, **policy)
    world.promoted(1)
    world.models.asked.clear()
    world.announcer.said.clear()
    return world


def name_of(world: World) -> str:
    """The rehearsal endpoint of the release in hand."""
    return rehearsal("churn", str(world.gate.release))


def exists(world: World) -> bool:
    return world.cloud.shown(name_of(world)) is not None


def begun(world: World, version: int = 2) -> Execution:
    """A release whose rehearsal endpoint is being created."""
    execution = world.release(version)
    world.until(execution, LOOK)
    assert exists(world)
    return execution


def asked(world: World, version: int = 2) -> Execution:
    """A release whose rehearsal endpoint is about to be asked."""
    execution = world.release(version)
    world.until(execution, ASK)
    return execution


def rests(world: World, version: int | None) -> None:
    """Nothing is left, and this version serves."""
    assert serves(world, version)
    at_known_rest(world.ledger, world.cloud, world.alarms)


def serves(world: World, version: int | None) -> bool:
    return world.cloud.shown("churn") is None if version is None else world.serves(version)


def untouched(world: World) -> bool:
    """Whether nothing was asked of the endpoint itself since the first version serves."""
    counts = world.wire.counts
    return not (counts["cloud.update"] or counts["cloud.weights"])


@pytest.mark.parametrize("rollout", [POLICY["rollout"], AT_ONCE])
def test_the_candidate_is_asked_there_first_and_then_it_is_deleted(rollout: dict[str, Any]) -> None:
    world = serving(rollout)
    execution = asked(world)
    name = name_of(world)
    assert world.gate.step == REHEARSE
    assert [each.endpoint for each in world.gate.rehearsals] == [name]
    assert (world.gate.target, untouched(world)) == (None, True)
    view = world.cloud.shown(name)
    assert view is not None
    assert (view.content.name, view.counts) == (name, {"live": 1})
    world.until(execution, STAGE)
    assert world.models.asked == [("live", f"{PACKAGE}2", body) for body in BODIES]
    world.until_gate(execution, lambda gate: gate.step == DISMISS)
    world.until(execution, JUDGE)
    assert not exists(world)
    assert untouched(world)
    world.run(execution)
    assert execution.ending == "promoted"
    rests(world, 2)
    assert world.gate.rehearsals == ()


def test_a_release_at_once_is_asked_there_and_once_more_after_the_promotion() -> None:
    world = serving(AT_ONCE)
    execution = world.release(2)
    world.until(execution, PROMOTE)
    assert len(world.models.asked) == 2
    world.run(execution)
    assert len(world.models.asked) == 4
    assert execution.ending == "promoted"


@pytest.mark.parametrize("rollout", [POLICY["rollout"], AT_ONCE])
def test_a_first_release_rehearses_too(rollout: dict[str, Any]) -> None:
    world = rehearsing(rollout)
    execution = asked(world, 1)
    assert world.cloud.shown("churn") is None
    world.run(execution)
    assert execution.ending == "promoted"
    rests(world, 1)


@pytest.mark.parametrize("first", [False, True])
@pytest.mark.parametrize("rollout", [POLICY["rollout"], AT_ONCE])
def test_a_miss_rolls_back_before_anything_was_changed(
    first: bool, rollout: dict[str, Any]
) -> None:
    world = rehearsing(rollout) if first else serving(rollout)
    version = 1 if first else 2
    world.models.answers[f"{PACKAGE}{version}", "1,2"] = (200, "9")
    execution = world.release(version)
    world.run(execution)
    assert execution.ending == "rolled_back"
    assert execution.cause["reason"].endswith('the first miss is line 1: expected "1,2", got "9"')
    assert untouched(world)
    assert not exists(world)
    assert world.record_of(version).quarantine == execution.cause["reason"]
    rests(world, None if first else 1)


def test_the_configuration_differs_from_the_final_one_in_its_size_and_captures_nothing() -> None:
    capture = {"destination_s3_uri": "s3://sagemaker-tests/captured/", "percent": 100}
    world = serving(serving={**POLICY["serving"], "data_capture": capture})
    execution = begun(world)
    name, drawn = name_of(world), world.plan_of(2).blueprint
    assert drawn.final["DataCaptureConfig"]
    (variant,), config = drawn.final["ProductionVariants"], world.cloud.configs[name]
    assert config == {
        "EndpointConfigName": name,
        "ProductionVariants": [{**variant, "InitialInstanceCount": 1}],
    }
    world.run(execution)
    assert execution.ending == "promoted"
    assert name not in world.cloud.configs


# ---- it does not come up -------------------------------------------------------------------------


def test_an_endpoint_that_fails_rolls_back_and_is_deleted_first() -> None:
    world = serving()
    world.cloud.next("create_endpoint", outcome="failed")
    execution = world.release(2)
    world.until(execution, SETTLE)
    assert exists(world)
    world.run(execution)
    assert execution.ending == "rolled_back"
    assert execution.cause["reason"] == (
        f"the rehearsal endpoint {name_of(world)} is Failed: the containers did not answer /ping"
    )
    assert world.record_of(2).quarantine is None
    assert untouched(world)
    rests(world, 1)


REFUSALS = [NoCapacity("ml.m5.large: quota"), Denied("no CreateEndpoint"), RefusedByAws("a name")]


@pytest.mark.parametrize("refusal", REFUSALS)
def test_what_cannot_be_created_rolls_back_and_speaks_against_nobody(
    refusal: PenstockError,
) -> None:
    world = serving()
    world.cloud.next("create_endpoint", refusal)
    execution = world.release(2)
    world.run(execution)
    assert execution.ending == "rolled_back"
    assert str(refusal) in execution.cause["reason"]
    assert world.record_of(2).quarantine is None
    assert untouched(world)
    world.settle_down()
    rests(world, 1)


def test_a_throttled_creation_is_tried_again() -> None:
    world = serving()
    for _ in range(3):
        world.cloud.next("create_endpoint", Unavailable("Rate exceeded"))
    execution = world.release(2)
    world.run(execution)
    assert execution.ending == "promoted"


def test_a_new_configuration_that_is_not_known_yet_is_waited_for() -> None:
    world = serving()
    world.cloud.times.unseen = 40
    execution = world.release(2)
    world.run(execution)
    assert execution.ending == "promoted"


def test_an_endpoint_that_takes_too_long_rolls_back_and_is_left_to_the_sweep() -> None:
    """SageMaker deletes no endpoint that it is still creating."""
    world = serving()
    world.cloud.times.create = 6 * 3600
    execution = world.release(2)
    world.run(execution)
    assert execution.ending == "rolled_back"
    assert execution.cause["reason"] == (
        f"the rehearsal endpoint {name_of(world)} is Creating, after 2 hours of waiting"
    )
    assert exists(world)
    assert [each.endpoint for each in world.gate.rehearsals] == [name_of(world)]
    assert world.record_of(2).quarantine is None
    world.clock.advance(4 * 3600)
    for _ in range(4):
        world.reconcile()
        world.run()
        world.clock.advance(900)
    assert not exists(world)
    world.settle_down()
    rests(world, 1)


def test_another_image_than_the_reviewed_one_is_found_there() -> None:
    world = serving()
    world.images[2] = "sha256:" + "a" * 64
    execution = begun(world)
    model = world.plan_of(2).blueprint.model_name
    world.cloud.images[model] = "image:1@sha256:" + "b" * 64
    world.run(execution)
    assert execution.ending == "rolled_back"
    assert "was reviewed" in execution.cause["reason"]
    assert untouched(world)
    rests(world, 1)


def test_an_endpoint_that_somebody_deletes_meanwhile_rolls_back() -> None:
    world = serving()
    execution = asked(world)
    del world.cloud.endpoints[name_of(world)]
    world.run(execution)
    assert execution.ending == "rolled_back"
    rests(world, 1)


# ---- other people's ------------------------------------------------------------------------------


def test_an_endpoint_of_that_name_that_no_rehearsal_created_is_left_alone() -> None:
    world = serving()
    execution = world.release(2)
    world.until(execution, STAGE)
    name = name_of(world)
    world.cloud.serve(name, "theirs")
    world.run(execution)
    assert execution.ending == "rolled_back"
    assert execution.cause["reason"] == (
        f"there is an endpoint {name} already that no rehearsal created"
    )
    assert untouched(world)
    assert world.gate.rehearsals == ()
    theirs = world.cloud.shown(name)
    assert theirs is not None
    assert theirs.content.name == "theirs"


def test_one_that_somebody_changed_meanwhile_is_theirs() -> None:
    world = serving()
    execution = asked(world)
    world.cloud.edit(name_of(world), "theirs")
    world.run(execution)
    assert execution.ending == "promoted"
    assert world.gate.rehearsals == ()
    theirs = world.cloud.shown(name_of(world))
    assert theirs is not None
    assert theirs.content.name == "theirs"


def test_a_person_s_change_of_the_endpoint_itself_is_found_before_its_first_change() -> None:
    """Nobody holds the endpoint then, and a person has to look at it; the rehearsal is over."""
    world = serving()
    execution = asked(world)
    world.cloud.edit("churn", "theirs")
    world.run(execution)
    assert execution.ending == "needs_a_person"
    assert world.gate.drift
    assert untouched(world)
    assert not exists(world)


# ---- it is stopped -------------------------------------------------------------------------------


def alarm(world: World) -> None:
    world.alarm("business")


def revoke(world: World) -> None:
    world.revoked(f"{PACKAGE}2")


def request(world: World) -> None:
    world.start("rollback", action="rollback", endpoint="churn", reason="not today")


STOPS = {"alarm": alarm, "revocation": revoke, "rollback": request}
WHERE = [begun, asked]


@pytest.mark.parametrize("where", WHERE)
@pytest.mark.parametrize("stop", STOPS)
def test_whatever_stops_a_rehearsal_leaves_no_endpoint(stop: str, where: Any) -> None:
    world = serving()
    execution = where(world)
    STOPS[stop](world)
    world.run()
    assert execution.ending == "rolled_back"
    assert untouched(world)
    assert not exists(world)
    assert world.gate.rehearsals == ()
    rests(world, 1)


@pytest.mark.parametrize("where", WHERE)
def test_a_newer_approval_takes_over_once_the_endpoint_is_gone(where: Any) -> None:
    world = serving()
    execution = where(world)
    older = name_of(world)
    newer = world.release(3)
    world.until(newer, CLAIM)
    world.step(newer)
    world.run()
    assert (execution.ending, newer.ending) == ("superseded", "promoted")
    assert world.cloud.shown(older) is None
    rests(world, 3)


@pytest.mark.parametrize("where", WHERE)
def test_an_execution_that_is_stopped_is_recovered_and_leaves_no_endpoint(where: Any) -> None:
    world = serving()
    execution = where(world)
    world.die(execution)
    world.reconcile()
    world.run()
    assert not exists(world)
    assert world.record_of(2).state == "rolled_back"
    assert untouched(world)
    world.settle_down()
    rests(world, 1)


def test_a_freeze_holds_back_what_changes_the_endpoint_and_no_rehearsal() -> None:
    """Or an endpoint that was created just before it would run as long as the freeze lasts."""
    world = serving()
    execution = begun(world)
    world.freezes.put('{"reason": "the books close", "endpoints": ["ch*"]}')
    for _ in range(200):
        world.step(execution)
    assert execution.running
    assert not exists(world)
    assert untouched(world)
    assert world.gate.step == DISMISS
    world.freezes.remove()
    world.run(execution)
    assert execution.ending == "promoted"


def test_a_first_release_that_is_frozen_after_its_rehearsal_goes_on_afterwards() -> None:
    world = rehearsing(AT_ONCE)
    execution = begun(world, 1)
    world.freezes.put('{"reason": "the books close", "endpoints": ["ch*"]}')
    for _ in range(200):
        world.step(execution)
    assert execution.running
    assert world.cloud.shown("churn") is None
    assert not exists(world)
    world.freezes.remove()
    world.run(execution)
    assert execution.ending == "promoted"


# ---- it cannot be deleted ------------------------------------------------------------------------


def test_a_deletion_that_is_refused_ends_the_release_and_people_are_told_once() -> None:
    """The subject is as it was, so the next releases are not blocked."""
    world = serving()
    for _ in range(9):
        world.cloud.next("delete_endpoint", Denied("no DeleteEndpoint"))
    world.models.answers[f"{PACKAGE}2", "1,2"] = (200, "9")
    execution = world.release(2)
    world.run(execution)
    assert execution.ending == "rolled_back"
    left = name_of(world)
    assert exists(world)
    for _ in range(3):
        world.clock.advance(900)
        assert "a rehearsal endpoint may be left" in world.reconcile()
        world.run()
    said = [each for each in world.announcer.said if isinstance(each, AttentionNeeded)]
    assert [each.reason for each in said] == [
        f"the rehearsal endpoint {left} still runs: no DeleteEndpoint"
    ]
    world.cloud.faults.clear()
    world.clock.advance(24 * 3600)
    world.settle_down()
    rests(world, 1)


@pytest.mark.parametrize("trouble", [Busy("in progress"), Unavailable("Rate exceeded")])
def test_a_deletion_that_is_refused_for_a_while_is_waited_for(trouble: PenstockError) -> None:
    world = serving()
    world.models.answers[f"{PACKAGE}2", "1,2"] = (200, "9")
    for _ in range(3):
        world.cloud.next("delete_endpoint", trouble)
    execution = world.release(2)
    world.run(execution)
    assert execution.ending == "rolled_back"
    assert not exists(world)
    rests(world, 1)


def test_a_rehearsal_endpoint_is_deleted_also_where_a_person_has_to_look_at_the_other() -> None:
    """A drift blocks releases and the clean-up of configurations, but not this."""
    world = serving()
    for _ in range(4):
        world.cloud.next("delete_endpoint", Denied("no DeleteEndpoint"))
    world.models.answers[f"{PACKAGE}2", "1,2"] = (200, "9")
    world.run(world.release(2))
    assert exists(world)
    world.cloud.faults.clear()
    world.cloud.edit("churn", "theirs")
    world.clock.advance(900)
    world.reconcile()
    assert world.gate.drift
    for _ in range(3):
        world.clock.advance(900)
        world.reconcile()
        world.run()
    assert not exists(world)
    assert world.gate.rehearsals == ()


def test_a_newer_release_deletes_what_an_earlier_one_could_not() -> None:
    world = serving()
    for _ in range(2):
        world.cloud.next("delete_endpoint", Denied("no DeleteEndpoint"))
    world.models.answers[f"{PACKAGE}2", "1,2"] = (200, "9")
    world.run(world.release(2))
    left = name_of(world)
    world.cloud.faults.clear()
    execution = asked(world, 3)
    assert [each.endpoint for each in world.gate.rehearsals] == [left, name_of(world)]
    world.run(execution)
    assert world.cloud.shown(left) is None
    world.clock.advance(24 * 3600)
    world.settle_down()
    rests(world, 3)


# ---- tasks that run twice, and documents ---------------------------------------------------------


@pytest.mark.parametrize("count", [1, 2])
def test_a_late_instance_creates_nothing_again(count: int) -> None:
    """The step only grows, so nothing is rehearsed once the rehearsal is over."""
    world = serving()
    execution = world.release(2)
    world.until(execution, STAGE, count)
    late = world.pause(execution)
    world.until_gate(execution, lambda gate: (gate.step or 0) > DISMISS)
    made = world.wire.counts["cloud.create_endpoint"]
    world.outlive(late)
    assert world.wire.counts["cloud.create_endpoint"] == made
    assert not exists(world)
    world.run(execution)
    assert execution.ending == "promoted"


def test_the_window_ended_by_a_newer_release_leaves_no_configuration_of_a_rehearsal() -> None:
    world = serving()
    execution = world.release(2)
    world.until_gate(execution, lambda gate: gate.step == 90)
    config = name_of(world)
    assert config in world.cloud.configs
    newer = world.release(3)
    world.run()
    assert newer.ending == "promoted"
    assert config not in world.cloud.configs
    rests(world, 3)


def test_a_release_without_rehearsal_creates_no_endpoint() -> None:
    world = World()
    world.promoted(1)
    made = world.wire.counts["cloud.create_endpoint"]
    world.promoted(2)
    assert world.wire.counts["cloud.create_endpoint"] == made == 1
    assert world.plan_of(2).blueprint.rehearsal is None
    assert world.content.share(CANDIDATE) == 0


def test_a_dry_run_says_what_it_costs_and_creates_nothing() -> None:
    world = serving()
    execution = world.release(2, dry_run=True)
    world.run(execution)
    assert execution.ending == "planned"
    plan = execution.cause["plan"]
    name = rehearsal("churn", plan["release"])
    assert plan["stages"][0]["says"] == f"rehearse on the endpoint {name}; then 2 golden requests"
    assert plan["stages"][1]["says"] == f"delete the endpoint {name}"
    assert plan["notes"][-1] == (
        f"the rehearsal takes one more instance (ml.m5.large) and one more endpoint of the "
        f"account's quotas until {name} is deleted, before the release changes anything: it is "
        "created, asked and deleted, and Penstock waits at most 120 minutes for it to be in service"
    )
    assert world.gate.rehearsals == ()
    assert world.cloud.shown(name) is None


# ---- people --------------------------------------------------------------------------------------


@pytest.mark.parametrize("rollout", [POLICY["rollout"], AT_ONCE])
def test_people_are_asked_after_the_rehearsal_and_no_instance_waits_for_them(
    rollout: dict[str, Any],
) -> None:
    world = serving(rollout)
    execution = world.release(2, policy={"gates": [{"at": "before_traffic", "hours": 1}]})
    world.until(execution, WATCH, 2)
    assert "Approval Needed" in world.announcer.types
    assert len(world.models.asked) == len(BODIES)
    assert not exists(world)
    assert untouched(world)
    world.run(execution)
    assert execution.ending == "rolled_back"
    assert untouched(world)
    rests(world, 1)


def test_a_gate_of_a_release_at_once_stages_no_candidate() -> None:
    world = serving(AT_ONCE)
    gated = world.release(2, policy={"gates": [{"at": "before_promotion", "hours": 1}]})
    world.until(gated, WATCH)
    plan = world.plan_of(2)
    assert (plan.candidate_instances, plan.blueprint.staging) == (0, None)
