"""SageMaker takes its time: a wait is not a death, people are notified of it, and it has a
limit.
"""

import pytest

from penstock.domain.errors import Busy, NoCapacity, Unanswered, Unavailable
from penstock.domain.execution.announcements import AttentionNeeded
from penstock.domain.execution.waits import LIMIT_MS, until_calm
from penstock.domain.ledger.gate import PROMOTE as PROMOTED
from penstock.domain.ledger.gate import GateWrite
from penstock.domain.moments import HOUR_MS
from penstock.domain.planning.budget import (
    EVENTS_PER_TASK,
    EVENTS_TO_ROLL_BACK,
    HISTORY_LIMIT,
    POLLED_MINUTES,
    ROUNDS_BACK,
)
from tests.fakes.fleets import Times
from tests.worlds.machine import Execution
from tests.worlds.scenes import (
    ERRORS,
    LOOK,
    PLAN,
    PROMOTE,
    ROLL_BACK,
    SETTLE,
    SHIFT_STATE,
    STAGE,
    in_window,
    shifted,
)
from tests.worlds.world import CHURN, POLICY, World

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
    """At `update_minutes` and after six hours. Then the rollback has its own reason."""
    execution = world.release(2)
    world.until(execution, act)
    if when == "after its call":
        world.step(execution)
    hangs(world, 10)
    began = world.clock.now()
    assert heard(world, execution, began + LIMIT_MS - HOUR_MS) == [1, 6]
    for said, hours in zip(attention(world), ("1 hour", "6 hours"), strict=True):
        assert said.reason == f"the release has waited {hours}: the endpoint is Updating"
        assert str(said.advice).endswith("; after 8 hours the release rolls back")
    assert world.reconcile() == "a release is under way"
    world.run(execution)
    assert execution.ending == "rolled_back"
    assert execution.cause["reason"] == "the endpoint has been Updating for 8 hours"
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
    said = "Cannot update in-progress endpoint, after 8 hours of waiting"
    assert execution.cause["reason"].endswith(said)


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
    assert execution.cause["reason"] == "the endpoint has been Updating for 8 hours"


def test_what_is_verified_is_not_taken_back_however_long_the_endpoint_is_busy(
    world: World,
) -> None:
    execution = in_window(world, 2)
    world.until(execution, SETTLE)
    hangs(world, 50)
    assert heard(world, execution, world.clock.now() + 60 * HOUR_MS) == [1, 6, 24, 48]
    assert (execution.ending, world.serves(2)) == ("promoted", True)


@pytest.mark.parametrize("update_minutes", [5, POLLED_MINUTES, 60, 480])
def test_an_execution_has_events_for_the_longest_waits_and_a_whole_way_back(
    update_minutes: int,
) -> None:
    """One before a call and one after it, the polls that the plan counts for that call left out.

    Of the 2,000 that a plan leaves for going back, and what no plan may use.
    """
    looks, waited, wait = 0, 0, until_calm("Updating")
    while waited < LIMIT_MS:
        waited += wait.poll_seconds(waited) * 1000
        looks += 1
    planned = 2 * max(update_minutes, POLLED_MINUTES)
    left = HISTORY - HISTORY_LIMIT + EVENTS_TO_ROLL_BACK
    assert (2 * looks - planned + ROUNDS_BACK) * EVENTS_PER_TASK <= left


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


CALLS = {STAGE: "cloud.update", SHIFT_STATE: "cloud.weights", PROMOTE: "cloud.update"}


@pytest.mark.parametrize("answered", [True, False])
@pytest.mark.parametrize("act", CALLS)
def test_the_wait_for_its_own_update_begins_with_its_call(
    world: World, act: str, answered: bool
) -> None:
    """SageMaker was busy for almost eight hours before it, and may take it without an answer."""
    world.cloud.times = Times(swap=900, weights=900)
    execution = world.release(2)
    world.until(execution, act)
    hangs(world, 7.9)
    if not answered:
        world.wire.after(CALLS[act], unanswered)
    world.run(execution)
    assert (execution.ending, world.serves(2)) == ("promoted", True)


def unanswered() -> None:
    raise Unanswered("no answer in 10 s")


def slowly(hours: float) -> World:
    """People are notified of an update after so many hours.

    Live's instances are awaited for twice as long.
    """
    rollout = {**POLICY["rollout"], "update_minutes": round(60 * hours)}
    world = World({**POLICY, "rollout": rollout})
    world.promoted(1)
    return world


def waits(world: World, execution: Execution, hours: float) -> None:
    until = minutes_of(world, round(60 * hours))
    while world.clock.now() < until:
        world.step(execution)


def test_a_busy_endpoint_takes_nothing_from_the_wait_for_lives_instances() -> None:
    """Busy for three hours, which is more than the two that instances are waited for."""
    world = slowly(1)
    execution = world.release(2)
    world.until(execution, SHIFT_STATE)
    hangs(world, 3)
    waits(world, execution, 3)
    world.cloud.scale(CHURN, live=1)
    waits(world, execution, 0.2)
    world.cloud.scale(CHURN, live=2)
    world.run(execution)
    assert (execution.ending, world.serves(2)) == ("promoted", True)


def test_the_wait_for_lives_instances_takes_nothing_from_that_for_the_endpoint() -> None:
    """Nine of ten hours that the policy grants to instances, and then a minute of an update."""
    world = slowly(5)
    execution = world.release(2)
    world.until(execution, SHIFT_STATE)
    world.cloud.scale(CHURN, live=1)
    waits(world, execution, 9)
    world.cloud.scale(CHURN, live=2)
    hangs(world, 0.1)
    world.run(execution)
    assert (execution.ending, world.serves(2)) == ("promoted", True)


def test_a_lock_that_another_instance_holds_ends_no_release(world: World) -> None:
    """Nearly eight hours were waited; the lock is free again in minutes, as every lock is."""
    execution = world.release(2)
    world.until(execution, SHIFT_STATE)
    began = world.clock.now()
    hangs(world, 7.95)
    waits(world, execution, 7.9)
    held = {"lock": 999, "lock_until": began + LIMIT_MS + 300_000}
    world.ledger.write(CHURN, GateWrite(conditions=(), assign=held))
    world.run(execution)
    assert (execution.ending, world.serves(2)) == ("promoted", True)


def test_trouble_before_a_wait_does_not_lengthen_it(world: World) -> None:
    execution = world.release(2)
    world.until(execution, LOOK)
    until = minutes_of(world, 100)
    world.wire.refused["cloud.look"] = lambda: (
        Unavailable("Rate exceeded") if world.clock.now() < until else None
    )
    world.until(execution, PROMOTE)
    hangs(world, 10)
    began = world.clock.now()
    world.until(execution, ROLL_BACK)
    assert LIMIT_MS < world.clock.now() - began < LIMIT_MS + 600_000
    world.run(execution)
    assert execution.cause["reason"] == "the endpoint has been Updating for 8 hours"


def test_a_plan_goes_by_the_update_minutes_of_its_policy() -> None:
    world = slowly(1 / 3)
    execution = world.release(2)
    world.until(execution, PLAN)
    hangs(world, 0.5)
    world.run(execution)
    assert [said.reason for said in attention(world)] == [
        "the release has waited 20 minutes: the endpoint is Updating"
    ]


def test_hours_in_settle_are_none_of_a_way_back(world: World) -> None:
    """Gone back; SageMaker was busy for seven hours, and then shows the candidate's configuration.

    TIDY lacks capacity for two hours more, and has six.
    """
    execution = shifted(world, 2)
    staging = world.content.name
    world.alarm(ERRORS)
    world.until(execution, SETTLE)
    world.cloud.edit(CHURN, staging, live=1, candidate=0)
    hangs(world, 7)
    waits(world, execution, 7)
    for _ in range(30):
        world.cloud.next("update", NoCapacity("quota"))
    world.run(execution)
    assert (execution.ending, execution.cause["tidy"]) == ("rolled_back", "done")
    assert world.serves(1)
