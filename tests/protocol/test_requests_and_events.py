"""Approvals, revocations, dry runs and alarms as they come: twice, late, or for nothing."""

from collections.abc import Callable

import pytest

from tests.worlds.machine import Execution
from tests.worlds.scenes import (
    CLAIM,
    ERRORS,
    JUDGE,
    LIVE_ERRORS,
    LOOK,
    PLAN,
    PROMOTE,
    SETTLE,
    SHIFT_STATE,
    STAGE,
    WATCH,
    in_window,
    shifted,
)
from tests.worlds.world import World


def ended(world: World, execution: Execution) -> str | None:
    world.run(execution)
    return execution.ending


def reject(world: World, version: int) -> str:
    """The person takes the approval back; the package's ARN."""
    arn = world.register(version)
    package = world.registry.packages[arn]
    world.registry.put(package.model_copy(update={"approval": "Rejected"}))
    return arn


def revoke(world: World, version: int) -> list[str]:
    """The same, and the event arrives."""
    return world.revoked(reject(world, version))


# ---- approvals -----------------------------------------------------------------------------------


def test_an_event_that_comes_twice_releases_once(world: World) -> None:
    world.promoted(2)
    assert ended(world, world.release(2, "again")) == "nothing_to_do"


def test_two_executions_of_one_approval_release_once(world: World) -> None:
    one, two = world.release(2), world.release(2, "twin")
    world.run(one, two)
    assert {one.ending, two.ending} == {"promoted", "nothing_to_do"}


def test_a_package_that_serves_has_nothing_to_do_and_does_not_come_again(world: World) -> None:
    """Approved once more: its approval counts as claimed, so that no sweep starts it for ever."""
    arn = world.register(1)
    again = world.start("again", action="release", model_package_arn=arn, approved_at=10**13)
    assert ended(world, again) == "nothing_to_do"
    assert world.gate.latest == 10**13
    assert world.reconcile() == "at rest"


def test_the_same_package_approved_again_while_it_is_released_has_nothing_to_do(
    world: World,
) -> None:
    e1 = shifted(world, 2)
    arn = str(e1.input["model_package_arn"])
    again = world.start("again", action="release", model_package_arn=arn, approved_at=10**13)
    assert ended(world, again) == "nothing_to_do"
    assert ended(world, e1) == "promoted"


def test_of_two_that_wait_only_the_newest_is_released(world: World) -> None:
    e1 = shifted(world, 2)
    e2, e3 = world.release(3), world.release(4)
    world.run()
    assert [e.ending for e in (e1, e2, e3)] == ["superseded", "superseded", "promoted"]
    assert world.serves(4)


def test_a_package_rolled_back_can_be_retried_by_hand(world: World) -> None:
    e1 = shifted(world, 2)
    world.alarm(ERRORS)
    assert ended(world, e1) == "rolled_back"
    arn = str(e1.input["model_package_arn"])
    assert ended(world, world.start("retry", action="release", model_package_arn=arn)) == "promoted"


# ---- dry runs ------------------------------------------------------------------------------------


def dry(world: World, version: int = 9, **more: bool) -> Execution:
    arn = world.register(version)
    name = f"dry-{len(world.all)}"
    return world.start(name, action="release", model_package_arn=arn, dry_run=True, **more)


def test_a_dry_run_writes_nothing(world: World) -> None:
    before, writes = world.gate, len(world.wire.writes)
    planned = dry(world)
    assert ended(world, planned) == "planned"
    assert "free" in planned.cause["reason"]
    assert len(planned.cause["plan"]["stages"]) == 4
    assert (world.gate, len(world.wire.writes)) == (before, writes)


def test_a_dry_run_says_who_holds_the_endpoint(world: World) -> None:
    e1 = shifted(world, 2)
    planned = dry(world)
    assert ended(world, planned) == "planned"
    assert e1.arn in planned.cause["reason"]
    assert not planned.cause["plan"]["first"]


def test_a_dry_run_plans_a_first_release() -> None:
    world = World(quick=True)
    planned = dry(world)
    assert ended(world, planned) == "planned"
    assert planned.cause["plan"]["first"]


def test_a_dry_run_is_refused_where_the_release_would_be() -> None:
    world = World(quick=True)
    world.cloud.serve("churn", "theirs")
    refused = dry(world)
    assert ended(world, refused) == "refused"
    assert world.gate.at_rest
    assert ended(world, dry(world, adopt=True)) == "planned"
    assert world.gate.content is None


# ---- revocations ---------------------------------------------------------------------------------


@pytest.mark.parametrize("scene", [shifted, in_window])
def test_a_revoked_release_is_rolled_back(
    world: World, scene: Callable[[World, int], Execution]
) -> None:
    e1 = scene(world, 2)
    assert revoke(world, 2) == [world.gate.release]
    assert ended(world, e1) == "rolled_back"
    assert "revoked" in e1.cause["reason"]
    assert world.serves(1)


@pytest.mark.parametrize("event", [True, False])
@pytest.mark.parametrize("state", [PLAN, STAGE, LOOK, WATCH, JUDGE, SHIFT_STATE, PROMOTE, SETTLE])
def test_a_revocation_in_any_phase_keeps_the_package_from_serving(
    world: World, state: str, event: bool
) -> None:
    """Its event may be lost: then the sweep finds it."""
    e1 = world.release(2)
    world.until(e1, state)
    if event:
        revoke(world, 2)
    else:
        reject(world, 2)
        world.reconcile()
    assert ended(world, e1) in {"rolled_back", "refused"}
    assert world.serves(1)


def test_a_revocation_at_rest_stops_nothing(world: World) -> None:
    world.promoted(2)
    assert revoke(world, 2) == []
    assert world.serves(2)


def test_a_revocation_of_another_package_stops_nothing(world: World) -> None:
    e1 = shifted(world, 2)
    assert revoke(world, 7) == []
    assert ended(world, e1) == "promoted"


def test_a_revocation_that_comes_while_it_rolls_back_changes_nothing(world: World) -> None:
    e1 = shifted(world, 2)
    world.alarm(ERRORS)
    world.until(e1, "Roll back")
    world.step(e1)
    assert revoke(world, 2) == []
    assert ended(world, e1) == "rolled_back"


def test_a_revocation_before_the_claim_refuses(world: World) -> None:
    e1 = world.release(2)
    world.until(e1, CLAIM)
    revoke(world, 2)
    assert ended(world, e1) == "refused"
    assert world.gate.at_rest


def test_the_sweep_finds_a_revocation_whose_event_was_lost(world: World) -> None:
    e1 = shifted(world, 2)
    arn = str(e1.input["model_package_arn"])
    package = world.registry.packages[arn]
    world.registry.put(package.model_copy(update={"approval": "Rejected"}))
    assert world.reconcile() == "the approval was revoked"
    assert ended(world, e1) == "rolled_back"


def test_a_package_that_is_gone_from_the_registry_is_not_revoked(world: World) -> None:
    e1 = shifted(world, 2)
    del world.registry.packages[str(e1.input["model_package_arn"])]
    assert world.reconcile() == "a release is under way"


# ---- alarms --------------------------------------------------------------------------------------


def test_the_sweep_finds_an_alarm_whose_event_was_lost(world: World) -> None:
    e1 = shifted(world, 2)
    world.alarm("business", event=False)
    assert world.reconcile() == "the alarm business is in ALARM"
    assert world.reconcile() == "halted already"
    assert ended(world, e1) == "rolled_back"


def test_an_alarm_ends_a_wait_at_once(world: World) -> None:
    e1 = shifted(world, 2)
    world.step(e1)
    while e1.token is None:
        world.step(e1)
    before = world.clock.now()
    world.alarm(ERRORS)
    world.until(e1, "Roll back")
    assert world.clock.now() == before


def test_an_alarm_that_no_release_knows_stops_nothing(world: World) -> None:
    e1 = shifted(world, 2)
    world.alarms.put("somebody-s")
    world.alarm("somebody-s")
    assert ended(world, e1) == "promoted"


def test_alarms_are_not_listened_to_while_both_fleets_are_cold(world: World) -> None:
    """Right after the swap they may fire for no reason; after it they count."""
    e1 = in_window(world, 2)
    assert world.gate.quiet_until > world.clock.now() - 60_000
    at = world.gate.quiet_until - 1
    assert world.tell(LIVE_ERRORS, at=at) == []
    assert world.tell(LIVE_ERRORS, at=world.gate.quiet_until) == [world.gate.release]
    assert ended(world, e1) == "rolled_back"


def test_the_sweep_does_not_read_alarms_while_both_fleets_are_cold(world: World) -> None:
    e1 = world.release(2)
    world.until(e1, JUDGE)
    world.alarms.put("business", "ALARM")
    assert world.clock.now() <= world.gate.quiet_until
    if world.clock.now() < world.gate.quiet_until:
        assert world.reconcile() == "a release is under way"


def test_a_person_is_asked_once_and_then_it_is_rolled_back(world: World) -> None:
    """No traffic: doubt to the deadline, an hour for a person, then back."""
    world.metrics.per_minute = 0
    e1 = world.release(2)
    assert ended(world, e1) == "rolled_back"
    assert "nobody decided within 1 h" in e1.cause["reason"]
    assert world.announcer.types.count("Attention Needed") == 1


def test_an_incomplete_answer_of_cloudwatch_is_not_silence(world: World) -> None:
    world.metrics.complete = False
    e1 = world.release(2)
    assert ended(world, e1) == "rolled_back"
    assert "did not answer completely" in e1.cause["reason"]


def test_an_overloaded_candidate_is_not_judged(world: World) -> None:
    e1 = world.release(2)
    world.until(e1, PROMOTE)
    world.cloud.scale("churn", live=9)
    assert ended(world, e1) == "promoted"
    e2 = shifted(world, 3)
    world.cloud.scale("churn", live=40)
    assert ended(world, e2) == "rolled_back"
    assert "times live's usual requests" in e2.cause["reason"]


def test_counts_are_raised_and_never_lowered(world: World) -> None:
    e1 = world.release(2)
    world.until(e1, PROMOTE)
    world.cloud.scale("churn", live=7)
    assert ended(world, e1) == "promoted"
    assert world.view.counts == {"live": 7}
    e2 = world.release(3)
    world.until(e2, STAGE)
    world.until(e2, PROMOTE)
    world.cloud.scale("churn", live=1)
    assert ended(world, e2) == "promoted"
    assert world.view.counts == {"live": 7}
