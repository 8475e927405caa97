"""Quarantine: what was rolled back for what it did is not released automatically again."""

from collections.abc import Callable
from functools import cache

import pytest

from penstock.domain.errors import Denied, NoCapacity
from penstock.domain.execution.announcements import Announcement, PackageQuarantined
from tests.fakes.packages import arn_of
from tests.worlds.machine import Execution
from tests.worlds.scenes import CLAIM, ERRORS, JUDGE, ROLL_BACK, SETTLE, in_window, shifted, silent
from tests.worlds.world import World

SAME = "sha256:same"


@cache
def released() -> World:
    made = World(quick=True)
    made.promoted(1)
    made.images = dict.fromkeys((2, 3, 4), SAME)
    return made


@pytest.fixture
def world() -> World:
    return released().fork()


def rolled_back(world: World) -> Execution:
    """Version 2 is rolled back by an alarm."""
    execution = shifted(world)
    world.alarm(ERRORS)
    world.run(execution)
    assert execution.ending == "rolled_back"
    return execution


def by_hand(world: World, version: int, **more: object) -> Execution:
    """A person releases a version that is registered."""
    document = {"action": "release", "model_package_arn": world.register(version), **more}
    execution = world.start(f"by-hand-{len(world.all)}", **document)
    world.run(execution)
    return execution


def told(world: World) -> list[Announcement]:
    return [said for said in world.announcer.said if isinstance(said, PackageQuarantined)]


def test_an_alarm_quarantines_what_went_back_and_people_are_told_once(world: World) -> None:
    rolled_back(world)
    world.settle_down()
    (said,) = told(world)
    assert said == PackageQuarantined(
        release_id=world.record_of(2).release,
        endpoint="churn",
        model_package_arn=arn_of("churn", 2),
        reason=f"the alarm {ERRORS} fired; from now on a package with the same artefact and image "
        "is released only by hand",
        digests=(f"image:{SAME}",),
    )
    types = world.announcer.types
    assert types.index("Package Quarantined") == types.index("Release Rolled Back") + 1


def test_a_verdict_quarantines(world: World) -> None:
    world.traffic.rates = {"candidate": {"errors": 0.5}}
    execution = world.release(2)
    world.run(execution)
    assert execution.ending == "rolled_back"
    (said,) = told(world)
    assert said.reason.startswith("the candidate is worse than live: ")


def test_an_alarm_in_the_watch_window_quarantines(world: World) -> None:
    execution = in_window(world)
    world.alarm("business", event=False)
    world.run(execution)
    assert execution.ending == "rolled_back"
    assert len(told(world)) == 1


def test_the_same_under_another_version_is_refused_and_the_earlier_release_is_named(
    world: World,
) -> None:
    rolled_back(world)
    refused = world.release(3)
    world.run(refused)
    assert refused.ending == "refused"
    assert refused.cause["reason"] == (
        f"the package is quarantined: it has the same artefact and image as {arn_of('churn', 2)}, "
        f"whose release {world.record_of(2).release} was rolled back (the alarm {ERRORS} fired); "
        'to release it anyway, start a release by hand with "despite_quarantine": true'
    )
    assert world.serves(1)
    assert world.announcer.types.count("Release Refused") == 1


def test_another_image_is_released(world: World) -> None:
    world.images[3] = "sha256:other"
    rolled_back(world)
    assert world.promoted(3)


def test_a_package_of_unknown_content_neither_leaves_nor_meets_a_quarantine(world: World) -> None:
    world.images = {}
    rolled_back(world)
    assert not told(world)
    assert world.promoted(3)


def no_capacity(world: World) -> None:
    world.cloud.next("update", NoCapacity("quota"))


def never_starts(world: World) -> None:
    world.cloud.next("update", outcome="undone")


def is_denied(world: World) -> None:
    world.cloud.next("update", Denied("not authorized to perform UpdateEndpoint"))


@pytest.mark.parametrize("fault", [no_capacity, never_starts, is_denied])
def test_what_was_never_judged_is_not_quarantined(
    world: World, fault: Callable[[World], None]
) -> None:
    execution = world.release(2)
    fault(world)
    world.run(execution)
    assert execution.ending == "rolled_back"
    assert world.record_of(2).quarantine is None
    assert not told(world)
    assert world.promoted(3)


def test_a_persons_rollback_quarantines_nothing(world: World) -> None:
    execution = shifted(world)
    world.start("back", action="rollback", endpoint="churn", reason="a feeling")
    world.run()
    assert execution.ending == "rolled_back"
    assert not told(world)
    assert world.promoted(3)


def test_a_revoked_approval_quarantines_nothing(world: World) -> None:
    execution = shifted(world)
    world.revoked(arn_of("churn", 2))
    world.run(execution)
    assert execution.ending == "rolled_back"
    assert not told(world)


def test_a_newer_approval_quarantines_nothing(world: World) -> None:
    execution = shifted(world)
    newer = world.release(3)
    world.run()
    assert (execution.ending, newer.ending) == ("superseded", "promoted")
    assert not told(world)


def test_a_lack_of_proof_quarantines_nothing(world: World) -> None:
    world.traffic.per_minute = world.metrics.per_minute = 0
    execution = world.release(2, policy={"judge": {"on_inconclusive": "roll_back"}})
    world.run(execution)
    assert execution.ending == "rolled_back"
    assert "without proof" in execution.cause["reason"]
    assert not told(world)


def test_a_dead_release_quarantines_nothing(world: World) -> None:
    world.die(shifted(world))
    world.settle_down()
    assert world.record_of(2).state == "rolled_back"
    assert not told(world)


def test_a_retry_of_the_same_package_by_hand_is_released(world: World) -> None:
    rolled_back(world)
    again = by_hand(world, 2)
    assert again.ending == "promoted"


def test_another_version_by_hand_needs_the_key(world: World) -> None:
    rolled_back(world)
    before = world.gate
    refused = by_hand(world, 3)
    assert refused.ending == "refused"
    assert "despite_quarantine" in refused.cause["reason"]
    assert world.gate == before
    assert by_hand(world, 3, despite_quarantine=True).ending == "promoted"


def test_a_dry_run_says_so_too(world: World) -> None:
    rolled_back(world)
    assert by_hand(world, 3, dry_run=True).ending == "refused"
    assert by_hand(world, 3, dry_run=True, despite_quarantine=True).ending == "planned"


def test_a_promotion_of_the_same_ends_the_quarantine(world: World) -> None:
    rolled_back(world)
    by_hand(world, 3, despite_quarantine=True)
    world.register(4)
    document = {"model_package_arn": arn_of("churn", 4), "approved_at": world.clock.now() + 1}
    later = world.start("e4", action="release", **document)
    world.run(later)
    assert later.ending == "promoted"


def test_the_event_of_the_quarantined_release_again_starts_nothing_and_tells_nobody(
    world: World,
) -> None:
    rolled_back(world)
    said = len(world.announcer.said)
    again = [world.release(2, f"again-{n}") for n in range(2)]
    world.run()
    assert [e.ending for e in again] == ["nothing_to_do", "nothing_to_do"]
    assert world.announcer.types[said:] == []


def test_three_events_of_the_refused_approval_are_refused_once(world: World) -> None:
    rolled_back(world)
    three = [world.release(3, f"event-{n}") for n in range(3)]
    world.run()
    world.settle_down()
    assert sorted(str(e.ending) for e in three) == ["nothing_to_do", "nothing_to_do", "refused"]
    assert world.announcer.types.count("Release Refused") == 1


def claims_beside(world: World) -> Execution:
    """The same as was rolled back is approved while another release has requests."""
    arn, approved_at = world.register(3), world.approved_at(6)
    refused = world.start("same", action="release", model_package_arn=arn, approved_at=approved_at)
    world.until(refused, CLAIM)
    world.step(refused)
    return refused


def test_it_disturbs_no_running_release(world: World) -> None:
    """Its approval is newer, but it is only refused after the release in hand has ended."""
    rolled_back(world)
    running = shifted(world, 5)
    refused = claims_beside(world)
    assert (world.gate.wanted_at, world.gate.queued_at) == (
        world.approved_at(5),
        world.approved_at(6),
    )
    world.run()
    assert (running.ending, refused.ending) == ("promoted", "refused")
    assert world.serves(5)


def test_one_that_dies_waiting_is_refused_from_the_sweep(world: World) -> None:
    rolled_back(world)
    shifted(world, 5)
    world.die(claims_beside(world))
    world.settle_down()
    assert world.all[-1].ending == "refused"
    assert world.announcer.types.count("Release Refused") == 1
    assert world.serves(5)


def test_one_that_waited_while_the_same_was_rolled_back_is_refused(world: World) -> None:
    """At its start there was no quarantine: Plan reads the ledger again."""
    execution = shifted(world)
    world.alarm(ERRORS)
    waiting = world.release(3)
    world.until(waiting, CLAIM)
    world.run()
    assert (execution.ending, waiting.ending) == ("rolled_back", "refused")


def test_a_verdict_survives_the_death_of_the_execution_that_rolls_back(world: World) -> None:
    world.traffic.rates = {"candidate": {"errors": 0.5}}
    execution = world.release(2)
    world.until(execution, ROLL_BACK)
    world.step(execution)
    world.die(execution)
    world.settle_down()
    assert world.record_of(2).reason == "the execution of this release no longer runs"
    assert len(told(world)) == 1
    assert told(world)[0].reason.startswith("the candidate is worse than live")


def test_an_alarm_survives_the_death_of_the_execution_that_it_halts(world: World) -> None:
    execution = shifted(world)
    world.alarm(ERRORS)
    world.die(execution)
    world.settle_down()
    assert [said.release_id for said in told(world)] == [world.record_of(2).release]


def test_a_successor_of_a_silent_owner_knows_the_alarm(world: World) -> None:
    shifted(world)
    world.alarm(ERRORS)
    silent(world)
    world.run()
    assert world.record_of(2).quarantine == f"the alarm {ERRORS} fired"


def test_what_nobody_could_be_told_is_told_by_the_sweep(world: World) -> None:
    execution = shifted(world)
    world.alarm(ERRORS)
    world.until(execution, SETTLE)
    world.wire.before("announcer.announce", world.wire.kill)
    world.until_gate(execution, lambda gate: gate.at_rest)
    world.die(execution)
    assert not told(world)
    world.settle_down()
    assert [said.release_id for said in told(world)] == [world.record_of(2).release]


def test_a_rollback_that_ends_later_tells_it_no_second_time(world: World) -> None:
    """A TIDY that stayed pending is finished by a recovery, after the release has ended."""
    execution = shifted(world)
    for _ in range(200):
        world.cloud.next("update", NoCapacity("quota"))
    world.alarm(ERRORS)
    world.run(execution)
    world.cloud.faults.clear()
    assert world.gate.tidy == "pending"
    world.clock.advance(3600)
    world.settle_down()
    assert world.gate.tidy is None
    assert len(told(world)) == 1


def test_a_person_who_has_to_act_hears_of_it_too(world: World) -> None:
    """The rollback ends in somebody's edit; the package was found to be bad all the same."""
    execution = shifted(world)
    world.alarm(ERRORS)
    world.until(execution, ROLL_BACK)
    world.step(execution)
    world.cloud.edit("churn", "theirs")
    world.run(execution)
    assert execution.ending == "needs_a_person"
    assert len(told(world)) == 1


def test_the_first_cause_counts(world: World) -> None:
    """Capacity was refused before the alarm of the policy fired."""
    execution = world.release(2)
    world.cloud.next("update", NoCapacity("quota"))
    world.until(execution, ROLL_BACK)
    world.alarm("business")
    world.run(execution)
    assert execution.ending == "rolled_back"
    assert not told(world)


def test_the_first_package_of_an_endpoint_can_be_quarantined() -> None:
    world = World(quick=True)
    world.images = dict.fromkeys((1, 2), SAME)
    execution = world.release(1)
    world.until(execution, JUDGE)
    world.alarm("business")
    world.run(execution)
    assert execution.ending == "needs_a_person"
    assert len(told(world)) == 1
