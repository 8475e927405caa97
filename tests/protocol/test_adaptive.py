"""Releases whose shares the comparison with live chooses."""

import re
from itertools import pairwise
from typing import Any

import pytest

from penstock.domain.execution.announcements import ReleaseJudged, ReleaseStarted
from penstock.domain.ledger.gate import PROMOTE, SHIFT
from tests.protocol.climbs import climbing, shares, world_of
from tests.worlds.machine import Execution
from tests.worlds.promises import at_known_rest
from tests.worlds.world import World


def released(world: World) -> Execution:
    execution = world.release(2)
    world.run(execution)
    return execution


def notes(world: World) -> str:
    plan = world.plan_of(2)
    return " ".join(plan.notes)


def test_a_healthy_candidate_climbs_to_the_top_and_is_promoted() -> None:
    world = world_of()
    execution = released(world)
    assert execution.ending == "promoted", execution.cause
    *ramp, top, whole = shares(world)
    assert (top, whole) == (50, 100)
    assert all(later > 1.49 * earlier for earlier, later in pairwise(ramp))


def test_the_first_share_risks_the_budget_of_the_policys_traffic() -> None:
    """11 requests in the 4 minutes that pass until they are judged, of 600 a minute."""
    world = world_of()
    climbing(world, 0)
    assert world.view.content.share("candidate") == 0.0052


def test_every_share_is_a_step_of_its_own_and_promoting_comes_after_them() -> None:
    world = world_of()
    execution = world.release(2)
    steps: list[int] = []
    while execution.running:
        world.step(execution)
        if world.gate.step is not None and world.gate.step not in steps:
            steps.append(world.gate.step)
    assert steps == sorted(steps)
    ramp = [step for step in steps if SHIFT <= step < PROMOTE]
    assert ramp == list(range(SHIFT, SHIFT + len(ramp)))
    assert len(ramp) == len(shares(world)) - 1


def test_a_failing_candidate_is_rolled_back_before_it_has_much_traffic() -> None:
    world = world_of()
    world.traffic.rates = {"candidate": {"errors": 0.9}}
    execution = released(world)
    assert execution.ending == "rolled_back"
    assert str(execution.cause["reason"]).startswith("the candidate is worse than live")
    assert max(shares(world)) < 5


def test_a_candidate_that_goes_bad_on_the_way_up_is_rolled_back() -> None:
    world = world_of()
    execution = climbing(world, 20)
    world.traffic.rates = {"candidate": {"errors": 0.3}}
    world.run(execution)
    assert execution.ending == "rolled_back"
    at_known_rest(world.ledger, world.cloud, world.alarms)


def test_what_goes_wrong_on_both_does_not_roll_back() -> None:
    world = world_of()
    execution = climbing(world, 20)
    world.traffic.rates = {name: {"errors": 0.3} for name in ("candidate", "live")}
    world.run(execution)
    assert "worse than live" not in str(execution.cause["reason"])


def test_silence_keeps_the_share_until_a_person_decides_or_nobody_does() -> None:
    world = world_of()
    execution = climbing(world, 0)
    world.traffic.per_minute = 0
    world.run(execution)
    assert shares(world) == [0.52]
    assert execution.ending == "rolled_back"
    assert "nobody decided within 1 h" in str(execution.cause["reason"])
    assert "Attention Needed" in world.announcer.types


@pytest.mark.parametrize(
    ("on_inconclusive", "ending"), [("promote", "promoted"), ("roll_back", "rolled_back")]
)
def test_without_proof_the_policy_decides_at_the_deadline(
    on_inconclusive: str, ending: str
) -> None:
    world = world_of(on_inconclusive=on_inconclusive, margins={"errors": 0.0001})
    execution = released(world)
    assert execution.ending == ending
    assert "cannot be proven" in notes(world)
    said = [a.reason for a in world.announcer.said if isinstance(a, ReleaseJudged)]
    assert any(re.match(r"no proof after 6\d minutes", reason) for reason in said)


def test_nothing_is_guessed_about_an_endpoint_without_traffic() -> None:
    world = world_of()
    world.clock.advance(7200)
    world.traffic.per_minute = 0
    execution = climbing(world, 0)
    assert world.view.content.share("candidate") == 0.0001
    assert "no request was seen in the last 60 minutes: the first share is 0.01 %" in notes(world)
    world.traffic.per_minute = 600
    world.run(execution)
    assert execution.ending == "promoted"


def test_an_alarm_wins_on_the_way_up() -> None:
    world = world_of()
    execution = climbing(world)
    world.alarm("business")
    world.run(execution)
    assert execution.ending == "rolled_back"


def test_a_newer_approval_supersedes_on_the_way_up() -> None:
    world = world_of()
    execution = climbing(world)
    world.release(3)
    world.run()
    assert execution.ending == "superseded"
    assert world.serves(3)


def test_a_death_on_the_way_up_is_rolled_back_by_a_recovery() -> None:
    world = world_of()
    world.die(climbing(world))
    world.settle_down()
    assert world.serves(1)


def test_a_person_on_the_way_up_is_respected() -> None:
    world = world_of()
    execution = climbing(world)
    world.cloud.edit("churn", "theirs")
    world.run(execution)
    assert execution.ending == "needs_a_person"
    assert world.content.name == "theirs"


def test_an_update_that_sagemaker_undid_is_no_step_up() -> None:
    world = world_of()
    execution = climbing(world)
    world.cloud.next("weights", outcome="undone")
    world.run(execution)
    assert execution.ending == "rolled_back"


def test_the_plan_says_how_it_begins_and_how_long_it_may_take() -> None:
    world = world_of()
    execution = world.release(2)
    world.until_gate(execution, lambda gate: gate.step == SHIFT)
    plan = world.plan_of(2)
    assert (plan.least_minutes, plan.most_minutes) == (1 + 3 + 4, 1 + 60 + 60 + 60)
    (started,) = [a for a in world.announcer.said if isinstance(a, ReleaseStarted)][-1:]
    assert "from 0.52 % up to 50 %" in started.stages[1]


def test_a_ramp_never_takes_more_events_than_its_plan_says() -> None:
    world = world_of(margins={"errors": 0.0001})
    execution = released(world)
    plan = world.plan_of(2)
    assert execution.events + 2000 < plan.history_events


CALLS = ("cloud.weights", "cloud.update", "ledger.write", "cloud.look", "announcer.announce")


@pytest.mark.parametrize("mortal", [False, True], ids=["again", "recovery"])
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("call", CALLS)
def test_a_death_at_any_call_of_the_ramp_leaves_a_known_end(
    call: str, when: Any, mortal: bool
) -> None:
    """The same task again, or a recovery of a dead execution: either version serves, verified."""
    numbers = range(1, 40, 3)
    for number in numbers:
        world = world_of()
        execution = climbing(world, 0)
        execution.mortal = mortal
        hook = world.wire.before if when == "before" else world.wire.after
        hook(call, world.wire.kill, count=number)
        world.run(execution)
        world.wire.calm()
        world.settle_down()
        at_known_rest(world.ledger, world.cloud, world.alarms)
        assert world.serves(2) or world.serves(1), number


def test_it_climbs_no_further_than_the_candidates_instances_carry() -> None:
    """Live has scaled out to 8 instances: 1.25 times its load is 31.25 % for the candidate's 2."""
    world = world_of()
    execution = climbing(world)
    world.cloud.scale("churn", live=8)
    world.run(execution)
    assert execution.ending == "promoted"
    *_, last, _whole = shares(world)
    assert last <= 31.25


def surged(error_rate: float) -> tuple[World, Execution]:
    """A hundred times the traffic, once the candidate has some share."""
    world = world_of(margins={"errors": 0.005})
    world.traffic.rates = {name: {"errors": error_rate} for name in ("live", "candidate")}
    execution = climbing(world, 10)
    world.traffic.per_minute *= 100
    return world, execution


def test_a_share_falls_when_the_traffic_surges_and_the_release_goes_on() -> None:
    """Three in a hundred fail on both: what was proven of 600 a minute is little for 60,000."""
    world, execution = surged(0.03)
    steps = [world.gate.step]
    before = shares(world)[-1]
    for _ in range(200):
        world.step(execution)
        steps.append(world.gate.step)
        if shares(world)[-1] < before:
            break
    assert shares(world)[-1] <= before / 2
    assert any("no more than" in reason for reason in reasons(world))
    assert [step for step in steps if step is not None] == sorted(s for s in steps if s is not None)
    world.run(execution)
    at_known_rest(world.ledger, world.cloud, world.alarms)
    assert execution.ending in ("promoted", "rolled_back")


def test_a_share_that_fell_goes_back_by_weights_as_any_other() -> None:
    world, execution = surged(0.03)
    before = shares(world)[-1]
    while shares(world)[-1] >= before:
        world.step(execution)
    world.traffic.rates = {"live": {"errors": 0.03}, "candidate": {"errors": 0.9}}
    world.run(execution)
    assert execution.ending == "rolled_back"
    assert world.serves(1)
    at_known_rest(world.ledger, world.cloud, world.alarms)


def reasons(world: World) -> list[str]:
    return [each.reason for each in world.announcer.said if isinstance(each, ReleaseJudged)]
