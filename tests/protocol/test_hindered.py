"""AWS is in trouble in the middle of a release: it is waited out, and its patience has an end."""

from collections.abc import Callable

import pytest

from penstock.domain.errors import Denied, PenstockError, Unanswered, Unavailable
from penstock.domain.ledger.content import CANDIDATE
from penstock.domain.ledger.gate import GateWrite
from tests.worlds.machine import Execution
from tests.worlds.scenes import (
    CLAIM,
    ERRORS,
    JUDGE,
    LOOK,
    PLAN,
    PROMOTE,
    ROLL_BACK,
    SETTLE,
    SHIFT_STATE,
    STAGE,
    WATCH,
    in_window,
    shifted,
)
from tests.worlds.world import World

HOUR = 3600
RESOLVE = "Resolve the request"
SUCCEEDED = "recovery started: the owner is silent and its lease is over"
FORWARD = (RESOLVE, CLAIM, PLAN, STAGE, LOOK, SHIFT_STATE, WATCH, JUDGE, PROMOTE, SETTLE)
SERVICES = {
    "everything": ("",),
    "cloudwatch": ("alarms.", "metrics.", "minutes."),
    "sagemaker": ("cloud.", "registry."),
    "dynamodb": ("ledger.",),
    "the bus": ("announcer.",),
}


def trouble(
    world: World, service: str, seconds: int, kind: type[PenstockError] = Unavailable
) -> None:
    """From now on for so long, every call of a service fails."""
    until, error = world.clock.now() + seconds * 1000, kind("Rate exceeded")

    def weather(point: str) -> PenstockError | None:
        struck = point.startswith(SERVICES[service])
        return error if struck and world.clock.now() < until else None

    world.wire.weather = weather


def told(world: World, what: str = "Attention Needed") -> list[str]:
    return [said.reason for said in world.announcer.said if said.detail_type == what]


def about_to(world: World, state: str) -> Execution:
    execution = world.release(2)
    if state != RESOLVE:
        world.until(execution, state)
    return execution


# ---- trouble that passes ------------------------------------------------------------------------


@pytest.mark.parametrize("state", FORWARD)
@pytest.mark.parametrize(
    ("service", "seconds"),
    [
        ("everything", 30),
        ("everything", 600),
        ("dynamodb", 600),
        ("cloudwatch", HOUR),
        ("sagemaker", HOUR),
        ("the bus", HOUR),
    ],
)
def test_a_healthy_release_outlasts_it_in_every_state(
    world: World, state: str, service: str, seconds: int
) -> None:
    execution = about_to(world, state)
    trouble(world, service, seconds)
    world.run(execution)
    assert execution.ending == "promoted", execution.cause
    assert world.serves(2)
    assert len(told(world)) <= (seconds >= HOUR)
    world.wire.calm()
    world.reconcile()
    assert not world.gate.untold


@pytest.mark.parametrize("kind", [Unavailable, Unanswered])
@pytest.mark.parametrize("begin", [shifted, in_window])
def test_a_watch_outlasts_it(
    world: World, begin: Callable[[World], Execution], kind: type[PenstockError]
) -> None:
    execution = begin(world)
    trouble(world, "cloudwatch", HOUR, kind)
    world.run(execution)
    assert execution.ending == "promoted"
    assert "AWS has not answered for" in told(world)[0]


def test_people_hear_of_it_after_half_an_hour_and_once(world: World) -> None:
    execution = shifted(world)
    began = world.clock.now()
    trouble(world, "cloudwatch", HOUR)
    while not told(world):
        world.step(execution)
    assert 30 <= (world.clock.now() - began) / 60_000 <= 32
    world.run(execution)
    assert len(told(world)) == 1


def test_people_who_cannot_be_told_are_told_later(world: World) -> None:
    execution = shifted(world)
    trouble(world, "everything", 45 * 60)
    world.run(execution)
    assert "AWS has not answered" not in str(told(world))
    assert execution.ending == "promoted"


@pytest.mark.parametrize("begin", [shifted, in_window])
def test_an_alarms_event_ends_the_wait_at_once(
    world: World, begin: Callable[[World], Execution]
) -> None:
    """CloudWatch answers nobody, and still sends: the flag in the ledger is enough."""
    execution = begin(world)
    name = ERRORS if begin is shifted else f"{ERRORS}-live"
    trouble(world, "cloudwatch", 100 * HOUR)
    for _ in range(20):
        world.step(execution)
    while execution.token is None:
        world.step(execution)
    world.tell(name)
    began = world.clock.now()
    world.until(execution, ROLL_BACK)
    assert world.clock.now() - began < 5000


def test_others_do_not_take_the_wait_for_a_death(world: World) -> None:
    execution = shifted(world)
    trouble(world, "cloudwatch", HOUR)
    until = world.clock.now() + HOUR * 1000
    while world.clock.now() < until:
        world.step(execution)
        assert not world.reconcile().startswith("recovery")
    world.run(execution)
    assert execution.ending == "promoted"


# ---- going back ---------------------------------------------------------------------------------


@pytest.mark.parametrize("state", [ROLL_BACK, SETTLE])
@pytest.mark.parametrize("service", ["everything", "sagemaker", "dynamodb", "cloudwatch"])
@pytest.mark.parametrize("hours", [1, 30])
def test_going_back_never_gives_up(world: World, state: str, service: str, hours: int) -> None:
    execution = shifted(world)
    world.alarm(ERRORS)
    world.until(execution, state)
    trouble(world, service, hours * HOUR)
    world.run(execution)
    world.settle_down()  # where one history does not hold all tries, another execution goes on
    assert world.record(execution).state == "rolled_back", execution.cause
    assert world.serves(1)


def test_going_back_keeps_why_it_began(world: World) -> None:
    """Not even its first look at the ledger is answered."""
    execution = shifted(world)
    world.wire.refused["alarms.states"] = lambda: Denied("DescribeAlarms is not allowed")
    world.until(execution, ROLL_BACK)
    world.wire.refused.clear()
    trouble(world, "everything", HOUR)
    world.run(execution)
    assert execution.cause["reason"] == "a step failed: DescribeAlarms is not allowed"


# ---- the end of patience ------------------------------------------------------------------------


def test_a_canary_that_nobody_can_watch_goes_back_after_two_hours(world: World) -> None:
    execution = shifted(world)
    began = world.clock.now()
    trouble(world, "cloudwatch", 100 * HOUR)
    world.until(execution, ROLL_BACK)
    assert 2 <= (world.clock.now() - began) / 3_600_000 < 2.2
    while world.content.share(CANDIDATE):
        world.step(execution)
    world.wire.calm()
    world.run(execution)
    assert execution.ending == "rolled_back"
    assert execution.cause["reason"] == "AWS did not answer for 2 hours: Rate exceeded"


@pytest.mark.parametrize(("hours", "ending"), [(23, "promoted"), (30, "rolled_back")])
def test_a_promotion_that_nobody_can_watch_stays_for_a_day(
    world: World, hours: int, ending: str
) -> None:
    execution = in_window(world)
    trouble(world, "cloudwatch", hours * HOUR)
    world.run(execution)
    assert execution.ending == ending
    assert world.serves(2 if ending == "promoted" else 1)
    assert execution.events < 6000


@pytest.mark.parametrize("service", ["dynamodb", "everything"])
def test_a_claim_is_refused_and_says_that_nothing_was_changed(world: World, service: str) -> None:
    execution = about_to(world, CLAIM)
    trouble(world, service, 3 * HOUR)
    world.run(execution)
    assert execution.ending == "refused"
    assert execution.cause["reason"].endswith("nothing was changed")
    world.clock.advance(HOUR)
    world.promoted(3)


@pytest.mark.parametrize("state", [PLAN, STAGE, SHIFT_STATE, LOOK])
def test_every_other_step_goes_back(world: World, state: str) -> None:
    execution = about_to(world, state)
    trouble(world, "sagemaker", 4 * HOUR)
    world.run(execution)
    assert execution.ending == "rolled_back"
    assert "AWS did not answer for 2 hours" in execution.cause["reason"]
    assert world.serves(1)


def test_a_dry_run_is_refused_and_told(world: World) -> None:
    arn = world.register(2)
    execution = world.start("dry", action="release", model_package_arn=arn, dry_run=True)
    world.until(execution, PLAN)
    trouble(world, "sagemaker", 4 * HOUR)
    world.run(execution)
    assert execution.ending == "refused"
    writes = [call for call in world.wire.writes if call == "ledger.write"]
    world.wire.calm()
    assert not world.gate.owner
    assert told(world, "Release Refused")
    assert len(writes) == world.wire.writes.count("ledger.write")


# ---- trouble of telling -------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [Unavailable, Denied])
@pytest.mark.parametrize("state", FORWARD)
def test_a_bus_that_refuses_everything_ends_no_release(
    world: World, state: str, kind: type[PenstockError]
) -> None:
    execution = about_to(world, state)
    trouble(world, "the bus", 100 * HOUR, kind)
    world.run(execution)
    assert execution.ending == "promoted"
    assert told(world, "Release Promoted") == ["every stage passed"]  # the one before
    world.wire.calm()
    world.reconcile()
    assert len(told(world, "Release Promoted")) == 2


def test_a_topic_that_is_gone_keeps_no_recovery_waiting(world: World) -> None:
    """What is in the outbox is tried first by every sweep; it must not be all that it does."""
    execution = shifted(world)
    trouble(world, "the bus", 100 * HOUR, Denied)
    world.alarm(ERRORS)
    world.run(execution)
    dead = shifted(world, 3)
    world.die(dead)
    assert world.reconcile().startswith("recovery started")
    world.run()
    assert world.serves(1)


# ---- how a step failed --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (Denied("AWS refused DescribeAlarms: not authorized"), "not authorized"),
        (RuntimeError("{'ModelName': 1}\n  File look.py"), "an unexpected error (RuntimeError)"),
    ],
)
def test_nobody_reads_a_traceback(world: World, error: Exception, said: str) -> None:
    execution = shifted(world)
    world.wire.refused["alarms.states"] = lambda: error
    world.until(execution, ROLL_BACK)
    world.wire.calm()
    world.run(execution)
    assert said in execution.cause["reason"]
    texts = [execution.cause["reason"], world.record_of(2).reason or ""]
    for text in (*texts, *(a.reason for a in world.announcer.said), *world.announcer.for_people):
        assert "Traceback" not in text
        assert not {"{", "}"} & set(text)


# ---- nobody can renew a lease while the table is away -------------------------------------------


def after_the_table_was_away(world: World, execution: Execution, seconds: int) -> None:
    """Until it is back, and a sweep is the first to see that the lease is over."""
    back = world.clock.now() + seconds * 1000
    trouble(world, "dynamodb", seconds)
    while execution.due < back and execution.running:
        world.step(execution)
    world.clock.advance_to(back)


@pytest.mark.parametrize("hours", [0.5, 1.5])
@pytest.mark.parametrize("state", [PLAN, STAGE, LOOK, SHIFT_STATE, WATCH, JUDGE, PROMOTE])
def test_a_sweep_that_is_first_after_it_takes_no_healthy_release(
    world: World, state: str, hours: float
) -> None:
    execution = about_to(world, state)
    after_the_table_was_away(world, execution, round(hours * HOUR))
    assert world.gate.lease_until < world.clock.now()
    assert world.reconcile() == "a release is under way"
    newer = world.clock.now() + 14 * 60_000
    while execution.running and world.clock.now() < newer:
        world.step(execution)
    assert world.reconcile() in {"a release is under way", "at rest"}
    world.run()
    assert (execution.ending, world.serves(2)) == ("promoted", True)
    assert len([e for e in world.all if e.input["action"] == "recover"]) == 0


def test_a_person_s_rollback_waits_for_it_as_well(world: World) -> None:
    execution = about_to(world, JUDGE)
    after_the_table_was_away(world, execution, HOUR)
    back = world.start("back", action="rollback", endpoint="churn")
    world.run()
    assert (execution.ending, back.ending, world.serves(1)) == ("rolled_back", "restored", True)


@pytest.mark.parametrize("state", [STAGE, JUDGE])
def test_an_execution_that_runs_and_does_nothing_is_found_all_the_same(
    world: World, state: str
) -> None:
    execution = about_to(world, state)
    said = []
    for _ in range(3):
        world.clock.advance(900)
        said.append(world.reconcile())
    assert said == ["a release is under way"] * 2 + [SUCCEEDED]  # three quarters of an hour
    world.run(world.all[-1])
    assert execution.running
    assert world.serves(1)


def test_who_hangs_while_it_is_to_go_back_is_taken_over_when_its_lease_is_over(
    world: World,
) -> None:
    """A successor does the same, and users are on a candidate that has to go."""
    execution = about_to(world, JUDGE)
    world.alarm(ERRORS)
    world.clock.advance(1000)
    assert world.gate.halt
    assert world.reconcile() == SUCCEEDED
    world.run(world.all[-1])
    assert execution.running
    assert world.serves(1)


def seen_silent(world: World, state: str) -> Execution:
    """It runs, was not heard of for long enough, and a sweep is about to act."""
    execution = about_to(world, state)
    for _ in range(2):
        world.clock.advance(900)
        world.reconcile()
    world.clock.advance(900)
    return execution


def comes_back(world: World, execution: Execution) -> None:
    """After the next read of the gate, before what follows from it."""

    def back() -> None:
        world.step(execution)

    world.wire.after("ledger.gate", back)


def test_an_execution_that_comes_back_while_a_successor_claims_keeps_its_release(
    world: World,
) -> None:
    execution = seen_silent(world, LOOK)
    assert world.reconcile() == SUCCEEDED
    recovery = world.all[-1]
    world.until(recovery, CLAIM)
    comes_back(world, execution)
    world.step(recovery)
    assert world.gate.owner == execution.arn
    world.run()
    assert (execution.ending, recovery.ending) == ("promoted", "nothing_to_do")


def test_an_execution_that_comes_back_while_a_sweep_decides_keeps_its_release(
    world: World,
) -> None:
    """Its endpoint is not given up either, although three recoveries were counted before."""
    execution = seen_silent(world, LOOK)
    world.ledger.write("churn", GateWrite(conditions=(), assign={"recoveries": 3}))
    comes_back(world, execution)
    assert world.reconcile() == SUCCEEDED
    world.run()
    assert (execution.ending, world.gate.attention) == ("promoted", None)


def test_a_way_back_that_lambda_does_not_run_is_not_given_up_and_heard_by_the_alarm(
    world: World,
) -> None:
    """All that goes back is throttled for five hours; claims, and the sweep, are not."""
    execution = shifted(world)
    world.alarm(ERRORS)
    world.until(execution, ROLL_BACK)
    for _ in range(20):
        world.clock.advance(900)
        if world.reconcile() == SUCCEEDED:
            world.until(world.all[-1], ROLL_BACK)
    assert world.all[-1] is not execution
    assert (world.gate.attention, world.gate.recoveries) == (None, 0)
    assert world.clock.now() - world.stuck[-1] <= 1_800_000
    world.run()
    assert (world.serves(1), world.record_of(2).state) == (True, "rolled_back")
