"""SageMaker takes its time: a wait is not a death, people hear of it, and it has an end."""

import pytest

from penstock.domain.announcements import AttentionNeeded
from penstock.domain.budget import EVENTS_PER_TASK, EVENTS_TO_ROLL_BACK, HISTORY_LIMIT, ROUNDS_BACK
from penstock.domain.errors import Busy, Unavailable
from penstock.domain.gate import PROMOTE as PROMOTED
from penstock.domain.incidents import HOUR_MS, LONGEST_UPDATE_MS
from penstock.usecases.look import SLOW_POLL_SECONDS
from tests.unit.protocol.machine import Execution
from tests.unit.protocol.scenes import (
    ERRORS,
    LOOK,
    PLAN,
    PROMOTE,
    SETTLE,
    SHIFT_STATE,
    STAGE,
    in_window,
    shifted,
)
from tests.unit.protocol.world import CHURN, World

HISTORY = 25_000
LOOKED_AT = {STAGE: 1, SHIFT_STATE: 2, PROMOTE: 3}
"""Acts, and which look in a row waits for what each asked for."""


def minutes_of(world: World, minutes: int) -> int:
    return world.clock.now() + minutes * 60_000


def test_a_swap_of_forty_minutes_is_no_death(world: World) -> None:
    """The lease is renewed by every look: the sweep must not take the release over."""
    world.cloud.times.swap = 2400
    e1 = world.release(2)
    world.until(e1, LOOK)
    late = minutes_of(world, 35)
    while world.clock.now() < late:
        world.step(e1)
    assert world.reconcile() == "a release is under way"
    world.run(e1)
    assert world.serves(2)


def test_waiting_for_a_calm_endpoint_is_no_death(world: World) -> None:
    """Somebody else's update or SageMaker's patching may last longer than a lease."""
    world.cloud.maintain("churn", 3000)
    e1 = world.release(2)
    world.until(e1, PLAN)
    late = minutes_of(world, 40)
    while world.clock.now() < late:
        world.step(e1)
    assert world.reconcile() == "a release is under way"
    world.run(e1)
    assert world.serves(2)


def test_maintenance_in_the_middle_of_a_release_is_waited_out(world: World) -> None:
    """SystemUpdating before a call: the call is made when it is over."""
    e1 = world.release(2)
    world.until(e1, STAGE)
    world.cloud.maintain("churn", 7200)
    world.run(e1)
    assert world.serves(2)
    told = [s for s in world.announcer.said if s.detail_type == "Attention Needed"]
    assert len(told) == 1
    assert "SystemUpdating" in told[0].reason


def test_restore_waits_while_sagemaker_is_busy(world: World) -> None:
    """An alarm during maintenance: RESTORE is made the moment that SageMaker takes it."""
    e1 = shifted(world, 2)
    world.cloud.maintain("churn", 3000)
    world.alarm(ERRORS)
    world.run(e1)
    assert e1.ending == "rolled_back"
    assert world.serves(1)


def test_restore_is_never_given_up_while_the_candidate_has_traffic(world: World) -> None:
    """Refused for hours, RESTORE goes on; people are told once that it drags on."""
    e1 = shifted(world, 2)
    for _ in range(120):
        world.cloud.next("weights", Unavailable("throttled"))
    world.alarm(ERRORS)
    world.run(e1)
    assert e1.ending == "rolled_back"
    assert world.serves(1)


def hangs(world: World, hours: float) -> None:
    """SageMaker is in the middle of something for so long."""
    world.cloud.maintain(CHURN, round(hours * 3600))
    update = world.cloud.endpoints[CHURN].update
    assert update
    update.status = "Updating"


def heard(world: World, execution: Execution, until: int) -> list[int]:
    """Hours since now at which people are told that it waits, until it goes back or is over."""
    began, told = world.clock.now(), list[int]()
    while execution.running and world.clock.now() < until:
        before = len(attention(world))
        world.step(execution)
        if len(attention(world)) > before:
            told.append((world.clock.now() - began) // HOUR_MS)
    return told


def attention(world: World) -> list[AttentionNeeded]:
    return [said for said in world.announcer.said if isinstance(said, AttentionNeeded)]


@pytest.mark.parametrize("when", ["before its call", "after its call"])
@pytest.mark.parametrize("act", LOOKED_AT)
def test_a_step_that_hangs_is_heard_again_and_goes_back_after_eight_hours(
    world: World, act: str, when: str
) -> None:
    """At `update_minutes`, after six hours; then the way back has its own words."""
    execution = world.release(2)
    world.until(execution, act)
    if when == "after its call":
        world.step(execution)
    hangs(world, 10)
    began = world.clock.now()
    assert heard(world, execution, began + LONGEST_UPDATE_MS - HOUR_MS) == [1, 6]
    for said, hours in zip(attention(world), ("1 hour", "6 hours"), strict=True):
        assert said.reason == f"waiting for {hours}: the endpoint is Updating"
        assert str(said.advice).endswith("; after 8 hours the release goes back")
    assert world.reconcile() == "a release is under way"
    world.run(execution)
    assert execution.ending == "rolled_back"
    assert execution.cause["reason"] == "the endpoint is Updating, for 8 hours"
    assert world.serves(1)


def test_a_call_that_is_refused_as_in_progress_for_eight_hours_goes_back(world: World) -> None:
    execution = world.release(2)
    world.until(execution, PROMOTE)
    until = world.clock.now() + 10 * HOUR_MS
    world.wire.refused["cloud.update"] = lambda: (
        Busy("Cannot update in-progress endpoint") if world.clock.now() < until else None
    )
    world.run(execution)
    assert execution.ending == "rolled_back"
    assert execution.cause["reason"].endswith("Cannot update in-progress endpoint, for 8 hours")


def test_an_alarm_ends_such_a_wait_at_once(world: World) -> None:
    execution = world.release(2)
    world.until(execution, PROMOTE)
    hangs(world, 4)
    assert heard(world, execution, world.clock.now() + 2 * HOUR_MS) == [1]
    world.alarm(ERRORS)
    world.run(execution)
    assert (execution.ending, world.gate.step) == ("rolled_back", None)
    assert execution.cause["reason"] == f"the alarm {ERRORS} fired"


def test_a_plan_waits_eight_hours_for_a_calm_endpoint_and_is_heard(world: World) -> None:
    execution = world.release(2)
    world.until(execution, PLAN)
    hangs(world, 10)
    assert heard(world, execution, world.clock.now() + 10 * HOUR_MS) == [1, 6]
    assert (execution.ending, world.gate.owner) == ("refused", None)
    assert execution.cause["reason"] == "the endpoint is Updating, for 8 hours"


def test_what_is_verified_is_not_taken_back_however_long_the_endpoint_is_busy(
    world: World,
) -> None:
    execution = in_window(world, 2)
    world.until(execution, SETTLE)
    hangs(world, 50)
    assert heard(world, execution, world.clock.now() + 60 * HOUR_MS) == [1, 6, 24, 48]
    assert (execution.ending, world.serves(2)) == ("promoted", True)


def test_an_execution_has_events_for_the_longest_wait_and_a_whole_way_back() -> None:
    """Of the 2,000 that a plan leaves for going back, and what no plan may use."""
    longest = LONGEST_UPDATE_MS // 1000 // SLOW_POLL_SECONDS * EVENTS_PER_TASK
    left = HISTORY - HISTORY_LIMIT + EVENTS_TO_ROLL_BACK
    assert longest + ROUNDS_BACK * EVENTS_PER_TASK <= left


def test_aws_trouble_does_not_count_as_a_wait_for_an_update(world: World) -> None:
    """Seven hours in which nobody could look, and then two of a slow update."""
    execution = world.release(2)
    world.until_gate(execution, lambda gate: gate.step == PROMOTED)
    world.until(execution, LOOK)
    world.cloud.endpoints[CHURN].update.until += 9 * HOUR_MS  # type: ignore[union-attr]  # it is there
    until = world.clock.now() + 7 * HOUR_MS
    world.wire.refused["cloud.look"] = lambda: (
        Unavailable("Rate exceeded") if world.clock.now() < until else None
    )
    world.run(execution)
    assert (execution.ending, world.serves(2)) == ("promoted", True)
