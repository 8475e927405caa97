"""Promise 7: what people do to an endpoint is respected, and what they say is done."""

from typing import Any

import pytest

from penstock.domain.errors import Denied, NoCapacity
from penstock.domain.ledger.gate import SHIFT
from tests.fakes.fleets import Endpoint, Fleet
from tests.worlds.machine import Execution
from tests.worlds.scenes import CLAIM, ERRORS, HOURS, JUDGE, PLAN, PROMOTE, refuses, shifted
from tests.worlds.world import World


@pytest.fixture
def theirs() -> World:
    """An endpoint that somebody else made; the ledger knows nothing of it."""
    world = World(quick=True)
    world.cloud.serve("churn", "theirs")
    return world


def blocked(world: World) -> Execution:
    """A bad release whose final configuration cannot be taken back: a person is needed."""
    execution = world.release(2)
    world.until_gate(execution, lambda gate: gate.step == 90)
    for _ in range(200):
        world.cloud.next("update", NoCapacity("quota"))
    world.alarm("business")
    world.run(execution)
    world.cloud.faults.clear()
    world.alarms.put("business", "OK")
    assert execution.ending == "needs_a_person"
    assert world.gate.attention
    return execution


def test_an_endpoint_that_nobody_adopted_is_refused(theirs: World) -> None:
    e1 = theirs.release(1)
    theirs.run(e1)
    assert e1.ending == "refused"
    assert theirs.content.name == "theirs"


def test_a_plan_that_breaks_does_not_block_a_persons_endpoint(theirs: World) -> None:
    """Nothing of ours was ever there, so there is nothing for a person to repair."""
    e1 = theirs.release(1)
    theirs.until(e1, PLAN)
    refuses(theirs, "cloud.look", Denied("not authorized"), 4)
    theirs.run(e1)
    assert e1.ending == "rolled_back"
    assert not theirs.gate.attention
    assert theirs.content.name == "theirs"


def test_an_adopted_endpoint_keeps_what_was_there(theirs: World) -> None:
    """Its model and configuration are a person's: no clean-up ever deletes them."""
    e1 = theirs.release(1, adopt=True)
    theirs.run(e1)
    assert theirs.serves(1)
    for version in range(2, 9):
        theirs.promoted(version)
    assert "theirs" in theirs.cloud.configs
    assert "theirs" in theirs.cloud.models


def test_a_rollback_goes_back_to_what_was_adopted(theirs: World) -> None:
    theirs.run(theirs.release(1, adopt=True))
    rollback = theirs.start("rollback", action="rollback", endpoint="churn")
    theirs.run(rollback)
    assert rollback.ending == "restored"
    assert theirs.content.name == "theirs"
    assert theirs.content.same(theirs.gate.content)


def test_adopting_two_variants_is_refused_and_adopts_nothing(theirs: World) -> None:
    theirs.cloud.edit("churn", "both", live=9.0, other=1.0)
    e1 = theirs.release(1, adopt=True)
    theirs.run(e1)
    assert e1.ending == "refused"
    assert "more than one variant" in e1.cause["reason"]
    assert theirs.gate.content is None


def test_a_refused_release_has_adopted_nothing(theirs: World) -> None:
    """The policy's alarm fires already: nothing is changed, the ledger included."""
    theirs.alarms.put("business", "ALARM")
    e1 = theirs.release(1, adopt=True)
    theirs.run(e1)
    assert e1.ending == "refused"
    assert theirs.gate.content is None


@pytest.mark.parametrize("asked", [{"adopt": True}, {"dry_run": True}, {}], ids=str)
@pytest.mark.parametrize(
    ("status", "way_out"),
    [
        ("Failed", "; delete it, and the next release creates it"),
        ("OutOfService", "; delete it, and the next release creates it"),
        ("UpdateRollbackFailed", "; update it to a configuration that works, which repairs it"),
        ("Deleting", "; release again when it is gone"),
    ],
)
def test_an_endpoint_that_takes_no_updates_is_refused_with_a_way_out(
    theirs: World, status: str, way_out: str, asked: Any
) -> None:
    theirs.cloud.break_down("churn", status)
    before = theirs.cloud.endpoints["churn"]
    e1 = theirs.release(1, **asked)
    theirs.run(e1)
    assert e1.ending == "refused"
    assert e1.cause["reason"].startswith(f"the endpoint is {status}: ")
    assert way_out in e1.cause["reason"]
    assert theirs.cloud.endpoints["churn"] == before
    assert (theirs.gate.content, theirs.gate.attention) == (None, None)


def test_a_failed_endpoint_of_a_person_is_not_deleted() -> None:
    """Somebody creates the endpoint while its first release is planned, and fails."""
    world = World(quick=True)
    e1 = world.release(1)
    world.until(e1, PROMOTE)
    fleet = Fleet("theirs", {"live": 1.0}, {"live": 1})
    world.cloud.endpoints["churn"] = Endpoint(fleet, broken="no image")
    world.run(e1)
    assert e1.ending == "rolled_back"
    assert world.view.status == "Failed"


def test_a_failed_endpoint_of_ours_is_removed() -> None:
    """Deleting takes a while: it is waited for, and then nothing serves."""
    world = World(quick=True)
    world.cloud.next("create_endpoint", outcome="failed")
    e1 = world.release(1)
    world.run(e1)
    assert e1.ending == "rolled_back"
    assert world.cloud.shown("churn") is None
    assert (world.cloud.configs, world.cloud.models) == ({}, {})
    world.promoted(2)


@pytest.mark.parametrize("name", ["churn-staging-production", "churn-staging-0123456789x"])
def test_a_name_like_ours_is_a_persons_still(world: World, name: str) -> None:
    """Only a release's ten hex digits make a staging configuration ours."""
    e1 = shifted(world, 2)
    world.cloud.edit("churn", name, live=1.0, candidate=1.0)
    world.run(e1)
    assert e1.ending == "needs_a_person"
    assert world.content.name == name


def test_a_blocked_endpoint_is_left_alone_by_the_sweep(world: World) -> None:
    blocked(world)
    started = len(world.all)
    world.clock.advance(HOURS)
    calls = world.wire.counts["cloud.update"]
    assert world.reconcile().startswith("blocked")
    assert (len(world.all), world.wire.counts["cloud.update"]) == (started, calls)
    e2 = world.release(3)
    world.run(e2)
    assert e2.ending == "refused"


def test_a_rollback_unblocks(world: World) -> None:
    blocked(world)
    rollback = world.start("rollback", action="rollback", endpoint="churn")
    world.run(rollback)
    assert rollback.ending == "restored"
    assert world.serves(1)
    assert not world.gate.attention


def test_adopt_unblocks_also_for_the_package_that_the_ledger_says_serves(world: World) -> None:
    """What is there is the new package's configuration; the ledger still says version 1."""
    blocked(world)
    arn = world.register(1)
    adopt = world.start("adopt", action="release", model_package_arn=arn, adopt=True)
    world.run(adopt)
    assert adopt.ending == "promoted"
    assert world.serves(1)
    assert not world.gate.attention


def test_a_blocked_release_is_cleaned_up_after_the_next_one(world: World) -> None:
    blocked(world)
    world.run(world.start("rollback", action="rollback", endpoint="churn"))
    world.promoted(3)
    configs = {world.record_of(v).content.config for v in (1, 3)}  # type: ignore[union-attr]
    assert set(world.cloud.configs) == configs


def test_a_rollback_after_a_drift_is_not_called_restored(world: World) -> None:
    """The release was stopped, but a person's configuration serves."""
    e1 = shifted(world, 2)
    rollback = world.start("rollback", action="rollback", endpoint="churn")
    world.until_gate(rollback, lambda gate: gate.halt is not None)
    world.cloud.edit("churn", "theirs")
    world.run(e1)
    world.run(rollback)
    assert rollback.ending == "refused"
    assert world.content.name == "theirs"


def test_a_drift_found_at_settle_stops_the_release(world: World) -> None:
    e1 = world.release(2)
    world.until(e1, "Settle the release")
    world.cloud.edit("churn", "theirs")
    world.run(e1)
    assert e1.ending == "needs_a_person"
    assert world.content.name == "theirs"


def test_the_alarm_of_a_policy_that_fires_before_refuses_unless_it_is_to_be_mended(
    world: World,
) -> None:
    world.alarms.put("business", "ALARM")
    world.clock.advance(60)
    refused, mends = world.release(2), world.release(3, fix_forward=True)
    world.until(mends, CLAIM)
    world.run(refused)
    world.run(mends)
    assert (refused.ending, mends.ending) == ("refused", "promoted")


def test_a_missing_endpoint_is_a_drift(world: World) -> None:
    del world.cloud.endpoints["churn"]
    assert "no endpoint" in world.reconcile()
    assert world.gate.drift
    e1 = world.release(2)
    world.run(e1)
    assert e1.ending == "refused"
    assert ERRORS not in world.alarms.names


def test_an_edit_during_a_watch_is_found_at_the_next_look(world: World) -> None:
    """Otherwise a candidate that is gone would be waited for until the step's deadline."""
    e1 = world.release(2, policy={"rollout": {"step_minutes": 60}})
    world.until_gate(e1, lambda gate: gate.step == SHIFT)
    world.until(e1, JUDGE)
    world.cloud.edit("churn", "theirs")
    edited = world.clock.now()
    world.run(e1)
    assert e1.ending == "needs_a_person"
    assert world.clock.now() - edited <= 120_000
    assert world.content.name == "theirs"


def test_one_difference_is_told_as_one_drift_whoever_finds_it(world: World) -> None:
    """The release that it stopped says it, and no sweep after it says it again."""
    e1 = world.release(2)
    world.until(e1, JUDGE)
    world.cloud.edit("churn", "theirs")
    world.run(e1)
    world.settle_down()
    assert world.announcer.types.count("Endpoint Drifted") == 1
