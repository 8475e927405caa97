"""A rollback that makes no progress continues. People are reminded of it, and an alarm is on."""

from itertools import pairwise

import pytest

from penstock.domain.errors import Denied, Missing, NoCapacity, PenstockError, Unavailable
from penstock.domain.execution.announcements import AttentionNeeded
from penstock.domain.ledger.content import CANDIDATE
from penstock.domain.planning.budget import EVENTS_PER_TASK, HISTORY_LIMIT, ROUNDS_BACK
from penstock.usecases.moving.roll_back import SLOW_SECONDS, STUCK_SECONDS
from tests.worlds.machine import Execution
from tests.worlds.promises import at_known_rest
from tests.worlds.scenes import ERRORS, LIVE_ERRORS, in_window, shifted
from tests.worlds.sweeps import dies_three_times
from tests.worlds.world import CHURN, World

HISTORY = 25_000
MINUTE, HOUR = 60_000, 3_600_000
DAY = 24 * HOUR
ALARM_LASTS_MS = 20 * MINUTE
"""Four periods of five minutes, of which one suffices (template.yaml, WayBackStuckAlarm)."""


def told(world: World) -> list[AttentionNeeded]:
    return [said for said in world.announcer.said if isinstance(said, AttentionNeeded)]


def pass_time(world: World, until: int, *, mortal: bool = False) -> list[int]:
    """Executions run, ends are reconciled, sweeps come; answers when people were told (ms)."""
    heard: list[int] = []
    while world.clock.now() < until:
        before = len(told(world))
        living = [execution for execution in world.all if execution.running]
        if living:
            world.step(min(living, key=lambda execution: execution.due))
        else:
            world.clock.advance(300)
            world.reconcile()
        heard += [world.clock.now()] * (len(told(world)) - before)
    return heard


def refused(world: World, point: str, error: PenstockError, until: int) -> None:
    world.wire.refused[point] = lambda: error if world.clock.now() < until else None


def stuck(world: World, error: PenstockError, days: float) -> tuple[Execution, int]:
    """A candidate with a tenth of the requests has to go, and its weight cannot be changed."""
    execution = shifted(world)
    began = world.clock.now()
    refused(world, "cloud.weights", error, began + round(days * DAY))
    world.alarm(ERRORS)
    return execution, began


def gaps(moments: list[int], began: int) -> list[int]:
    return [(moment - began) // HOUR for moment in moments]


def assert_no_history_is_used_up(world: World) -> None:
    """Of the longest plan there would be so many events left, and some more."""
    assert max(each.events for each in world.all) < HISTORY - HISTORY_LIMIT + 1500


DENIED, THROTTLED = Denied("not authorized"), Unavailable("Rate exceeded")


@pytest.mark.parametrize("error", [DENIED, THROTTLED, NoCapacity("quota")])
def test_a_restore_that_is_refused_for_days_is_told_again_and_again(
    world: World, error: PenstockError
) -> None:
    """At once, after one hour, after six, then every day; and Penstock never gives up."""
    _, began = stuck(world, error, 3)
    heard = pass_time(world, began + 3 * DAY)
    assert gaps(heard, began) == [0, 1, 6, 24, 48]
    assert heard[0] - began <= 31 * MINUTE
    assert_no_history_is_used_up(world)
    pass_time(world, began + 3 * DAY + HOUR)
    world.settle_down()
    at_known_rest(world.ledger, world.cloud, world.alarms)
    assert world.serves(1)


def test_each_reminder_says_how_long_what_share_what_aws_said_and_what_to_do(
    world: World,
) -> None:
    _, began = stuck(world, DENIED, 2)
    pass_time(world, began + 2 * DAY)
    said = [f"{each.reason} | {each.advice}" for each in told(world)]
    for how_long, text in zip(("1 minute", "1 hour", "6 hours", "1 day"), said, strict=False):
        assert f"{how_long} after the rollback began" in text
        assert "the candidate still takes 10 % of the requests" in text
        assert "not authorized" in text
        assert "by hand" in text


def test_a_restore_that_is_undone_again_and_again_is_heard_too(world: World) -> None:
    execution = shifted(world)
    began = world.clock.now()
    for _ in range(400):
        world.cloud.next("weights", outcome="undone")
    world.alarm(ERRORS)
    heard = pass_time(world, began + DAY + HOUR)
    assert gaps(heard, began) == [0, 1, 6, 24]
    assert "the new fleet did not come up" in told(world)[-1].reason
    world.cloud.faults.clear()
    world.settle_down()
    assert (world.record(execution).state, world.serves(1)) == ("rolled_back", True)


def test_nothing_dies_in_two_weeks_and_people_hear_of_it_daily(world: World) -> None:
    """25,000 events are an execution's last: a fresh one goes on before that."""
    execution, began = stuck(world, DENIED, 14)
    heard = pass_time(world, began + 14 * DAY)
    assert [gap for gap in gaps(heard, began) if gap >= 24] == [24 * day for day in range(1, 14)]
    assert_no_history_is_used_up(world)
    assert {each.status for each in world.all if not each.running} <= {"SUCCEEDED", "FAILED"}
    assert world.gate.attention is None
    pass_time(world, began + 14 * DAY + HOUR)
    world.settle_down()
    assert world.serves(1)
    record = world.record(execution)
    assert (record.state, record.reason) == ("rolled_back", f"the alarm {ERRORS} fired")


def test_the_history_that_is_left_after_a_plan_holds_a_whole_way_back() -> None:
    assert ROUNDS_BACK * EVENTS_PER_TASK <= HISTORY - HISTORY_LIMIT


@pytest.mark.parametrize("error", [DENIED, THROTTLED])
def test_the_alarm_is_on_while_it_lasts_and_off_when_it_is_over(
    world: World, error: PenstockError
) -> None:
    """Each try publishes; no pause is as long as the alarm remembers."""
    _, began = stuck(world, error, 1)
    pass_time(world, began + DAY)
    seen = [moment for moment in world.stuck if moment < began + DAY]
    assert seen[0] - began <= 32 * MINUTE
    pauses = [later - earlier for earlier, later in pairwise(seen)]
    assert max(pauses) < ALARM_LASTS_MS
    pass_time(world, began + DAY + HOUR)
    over = len(world.stuck)
    world.settle_down()
    assert len(world.stuck) == over


def test_the_alarm_of_a_denied_restore_is_on_within_five_minutes(world: World) -> None:
    _, began = stuck(world, DENIED, 1)
    pass_time(world, began + HOUR)
    assert world.stuck[0] - began <= 5 * MINUTE


def test_a_pause_is_shorter_than_the_alarm_s_memory() -> None:
    assert max(SLOW_SECONDS, STUCK_SECONDS) * 1000 * 2 < ALARM_LASTS_MS


def test_a_recovery_goes_on_with_the_reminders(world: World) -> None:
    """It does not begin again with the first one, nor forget why it goes back."""
    execution, began = stuck(world, DENIED, 3)
    heard = pass_time(world, began + 2 * HOUR)
    assert gaps(heard, began) == [0, 1]
    world.die(execution)
    heard = pass_time(world, began + 2 * DAY + HOUR)
    assert gaps(heard, began) == [6, 24, 48]
    pass_time(world, began + 3 * DAY + HOUR)
    world.settle_down()
    assert world.record(execution).reason == f"the alarm {ERRORS} fired"


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_death_at_any_write_around_a_reminder_loses_none(world: World, when: str) -> None:
    execution, began = stuck(world, DENIED, 1)
    pass_time(world, began + HOUR - 10 * MINUTE)
    world.wire.refused.clear()
    prepared = world.snapshot()
    for number in range(12):
        other = prepared()
        refused(other, "cloud.weights", DENIED, began + DAY)
        other.wire.kill_at_write(number, when)  # type: ignore[arg-type]  # one of two words
        heard = pass_time(other, began + 8 * HOUR)
        assert set(gaps(heard, began)) == {1, 6}, number
    assert execution.running


@pytest.mark.parametrize("status", ["Updating", "SystemUpdating"])
def test_an_endpoint_that_takes_no_call_for_days_is_heard(world: World, status: str) -> None:
    """Stuck in an update, or in AWS's maintenance: nothing dies, and it goes back at last."""
    execution = shifted(world)
    began = world.clock.now()
    world.cloud.maintain(CHURN, 3 * DAY // 1000)
    update = world.cloud.endpoints[CHURN].update
    assert update
    update.status = status
    world.alarm(ERRORS)
    heard = pass_time(world, began + 3 * DAY)
    assert gaps(heard, began) == [0, 1, 6, 24, 48]
    assert f"the endpoint is {status}" in told(world)[-1].reason
    pass_time(world, began + 3 * DAY + HOUR)
    world.settle_down()
    assert (world.record(execution).state, world.serves(1)) == ("rolled_back", True)


def bad_in_its_window(world: World) -> Execution:
    execution = in_window(world, 2)
    world.alarm(LIVE_ERRORS)
    return execution


def test_a_promotion_that_cannot_be_taken_back_is_heard_before_a_person_is_called(
    world: World,
) -> None:
    execution = bad_in_its_window(world)
    began = world.clock.now()
    for _ in range(500):
        world.cloud.next("update", NoCapacity("quota"))
    heard = pass_time(world, began + DAY + HOUR)
    assert gaps(heard, began) == [0, 1, 6, 6, 24]
    assert "still takes all requests" in told(world)[1].reason
    assert execution.ending == "needs_a_person"
    assert world.gate.attention
    assert "blocked" in told(world)[-1].reason
    assert world.clock.now() - world.stuck[-1] < ALARM_LASTS_MS
    world.cloud.faults.clear()
    back = world.start("back", action="rollback", endpoint=CHURN)
    world.run(back)
    assert (back.ending, world.serves(1), world.gate.stuck) == ("restored", True, None)


def test_a_blocked_endpoint_whose_candidate_has_requests_is_heard_daily(world: World) -> None:
    dies_three_times(world)
    world.reconcile()
    assert world.gate.attention
    assert world.content.share(CANDIDATE) > 0
    began = world.clock.now()
    heard = pass_time(world, began + 3 * DAY)
    assert gaps(heard, began) == [1, 6, 24, 48]
    assert "rollback" in str(told(world)[-1].advice)


def test_a_blocked_endpoint_that_is_as_it_was_is_not_told_again(world: World) -> None:
    world.cloud.break_down(CHURN, "Failed")
    world.settle_down()
    assert world.gate.attention
    began = world.clock.now()
    assert pass_time(world, began + 3 * DAY) == []
    assert world.stuck == []


@pytest.mark.parametrize("error", [NoCapacity("quota"), Missing("Could not find configuration")])
def test_a_tidy_that_waits_for_days_costs_money_and_is_no_alarm(
    world: World, error: PenstockError
) -> None:
    shifted(world)
    began = world.clock.now()
    refused(world, "cloud.update", error, began + 4 * DAY)
    world.alarm(ERRORS)
    heard = pass_time(world, began + 4 * DAY)
    assert gaps(heard, began) == [0, 1, 6, 24, 48, 72]
    assert all("takes no requests" in each.reason for each in told(world))
    assert world.stuck == []
    assert world.gate.tidy == "pending"
    world.settle_down()
    assert (world.serves(1), world.gate.stuck, world.gate.leftovers) == (True, None, ())


@pytest.mark.parametrize("dead", [True, False], ids=["dead owner", "silent owner"])
def test_the_alarm_is_on_while_no_successor_can_start(world: World, *, dead: bool) -> None:
    """Step Functions refuses every start: nobody is there to publish but the sweep."""
    _, began = stuck(world, DENIED, 2)
    pass_time(world, began + HOUR)
    if dead:
        world.die(world.all[-1])
    alone = world.clock.now()
    refused(world, "executions.start", DENIED, alone + 9 * HOUR)
    while world.clock.now() < alone + 8 * HOUR:
        world.clock.advance(300)
        world.reconcile()
    seen = [alone + 2 * HOUR, *(at for at in world.stuck if at > alone + 2 * HOUR)]
    pauses = [later - earlier for earlier, later in pairwise([*seen, world.clock.now()])]
    assert max(pauses) < ALARM_LASTS_MS
    assert world.gate.attention is None
    pass_time(world, began + 2 * DAY + HOUR)
    world.settle_down()
    assert world.serves(1)


def test_a_configuration_that_was_deleted_is_named(world: World) -> None:
    shifted(world)
    assert world.gate.previous
    gone = world.gate.previous.name
    kept = world.cloud.configs.pop(gone)
    began = world.clock.now()
    world.alarm(ERRORS)
    pass_time(world, began + 2 * HOUR)
    assert f"somebody deleted the configuration {gone}" in told(world)[-1].reason
    world.cloud.configs[gone] = kept
    world.settle_down()
    assert world.serves(1)


def test_a_newer_release_takes_over_after_a_hand_over_too(world: World) -> None:
    execution, began = stuck(world, DENIED, 3)
    pass_time(world, began + 2 * DAY)
    assert not execution.running
    newer = world.release(3)
    pass_time(world, began + 3 * DAY + 2 * HOUR)
    world.run()
    assert newer.ending == "promoted"


def test_three_deaths_after_a_hand_over_still_block(world: World) -> None:
    """A hand-over is no death: its successors have all their tries, and no more."""
    execution, began = stuck(world, DENIED, 30)
    pass_time(world, began + 2 * DAY)
    assert not execution.running
    for _ in range(3):
        assert world.gate.attention is None
        world.die(world.all[-1])
        world.clock.advance(1000)
        world.reconcile()
    world.die(world.all[-1])
    world.clock.advance(1000)
    world.reconcile()
    assert world.gate.attention
