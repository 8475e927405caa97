"""Guardrail: SageMaker shifts by itself, and the release is judged and stopped meanwhile."""

from collections.abc import Callable
from typing import Any

import pytest

from penstock.domain.errors import Denied, Unavailable
from penstock.domain.execution.announcements import TrafficShifted
from penstock.domain.ledger.gate import PROMOTE, WINDOW
from penstock.domain.planning.brake import brake_name
from tests.fakes.brakes import FakeBrakes
from tests.fakes.fleets import Course, Fleet, Repairing, Update
from tests.worlds.machine import Execution
from tests.worlds.promises import at_known_rest
from tests.worlds.scenes import JUDGE, LIVE_ERRORS, LOOK, ROLL_BACK, refuses
from tests.worlds.scenes import PROMOTE as PROMOTE_STATE
from tests.worlds.world import CHURN, POLICY, World

ROLLOUT = {"strategy": "guardrail", "wait_minutes": 10, "termination_minutes": 10}
Until = Callable[[World, Execution], None]
KINDS: dict[str, dict[str, Any]] = {
    "canary": {},
    "linear": {"traffic": "linear", "size_percent": 50, "wait_minutes": 5},
    "all_at_once": {"traffic": "all_at_once", "wait_minutes": None},
    "rolling": {"traffic": "rolling", "size_percent": 50, "termination_minutes": None},
}


def guarded(policy: dict[str, Any] | None = None, **rollout: Any) -> World:
    """A first version serves, and SageMaker shifts to the next one."""
    keys = {"watch_minutes": 4, **ROLLOUT, **rollout}
    written = {key: value for key, value in keys.items() if value is not None}
    world = World({**POLICY, "rollout": written, **(policy or {})}, quick=True)
    world.promoted(1)
    world.scaling.register(CHURN)
    return world


def until_share(percent: float) -> Until:
    """Until the release has seen so much of the new fleet's capacity take requests."""

    def until(world: World, execution: Execution) -> None:
        while execution.running and percent not in shares(world):
            world.step(execution)

    return until


def before_traffic(world: World, execution: Execution) -> None:
    world.until(execution, JUDGE)
    assert world.view.pending is not None
    assert world.view.pending.percent is None


PHASES: dict[str, Until] = {
    "before traffic": before_traffic,
    "canary": until_share(50),
    "full": until_share(100),
}


@pytest.fixture(params=sorted(PHASES))
def phase(request: pytest.FixtureRequest) -> Until:
    return PHASES[request.param]


def shares(world: World, version: int = 2) -> list[float]:
    arn = world.register(version)
    said = [a for a in world.announcer.said if isinstance(a, TrafficShifted)]
    return [each.to_percent for each in said if each.model_package_arn == arn]


def config_of(world: World, version: int = 2) -> str:
    return world.plan_of(version).blueprint.final_name


def is_back(world: World, execution: Execution, *, pulled: bool = True) -> None:
    """The first version serves, people know it, and nothing is left behind."""
    world.run()
    assert execution.ending in {"rolled_back", "superseded"}, execution.cause
    assert bool(world.brakes.pulled) == pulled
    assert world.serves(1)
    world.alarms.put("business")
    at_known_rest(world.ledger, world.cloud, world.alarms)


@pytest.mark.parametrize("kind", KINDS)
def test_a_good_release_is_deployed_watched_and_promoted(kind: str) -> None:
    world = guarded(**KINDS[kind])
    execution = world.release(2)
    world.run(execution)
    assert execution.ending == "promoted"
    assert world.serves(2)
    assert shares(world) == ([100] if kind == "all_at_once" else [50, 100]), "each step once"
    assert world.brakes.pulled == []
    assert world.wire.counts["cloud.update"] == 1, "one call"
    at_known_rest(world.ledger, world.cloud, world.alarms)


def test_it_is_watched_once_the_deployment_is_over() -> None:
    world = guarded()
    execution = world.release(2)
    until_share(100)(world, execution)
    assert world.gate.step == PROMOTE
    world.until_gate(execution, lambda gate: gate.step == WINDOW)
    assert world.content.name == config_of(world)
    assert world.view.pending is None
    world.alarm(LIVE_ERRORS)
    is_back(world, execution, pulled=False)
    assert world.wire.counts["cloud.update"] == 2, "an ordinary way back"


@pytest.mark.parametrize("kind", ["canary", "linear", "rolling"])
def test_a_worse_fleet_is_stopped_by_the_brake(kind: str) -> None:
    """Old and new fleet have one variant name: their configurations tell them apart."""
    world = guarded(**KINDS[kind])
    execution = world.release(2)
    world.until(execution, PROMOTE_STATE)
    world.traffic.rates[config_of(world)] = {"errors": 0.5}
    is_back(world, execution)
    assert "the candidate is worse than live" in execution.cause["reason"]
    assert 100 not in shares(world) or kind == "linear"
    assert set(world.brakes.pulled) == {(CHURN, config_of(world))}
    assert world.record_of(2).quarantine


def test_a_fleet_that_is_as_bad_as_live_is_not_stopped() -> None:
    world = guarded()
    world.traffic.rates["live"] = {"errors": 0.2}
    execution = world.release(2)
    world.run(execution)
    assert execution.ending == "promoted"


def test_an_alarm_in_each_phase_goes_back(phase: Until) -> None:
    world = guarded()
    execution = world.release(2)
    phase(world, execution)
    world.alarm("business")
    is_back(world, execution)
    assert execution.cause["reason"] == "the alarm business fired"
    assert world.record_of(2).quarantine


def test_an_alarm_whose_event_is_lost_is_told_as_the_cause(phase: Until) -> None:
    """SageMaker goes back by itself, before anybody looks."""
    world = guarded()
    execution = world.release(2)
    phase(world, execution)
    world.alarm("business", event=False)
    world.clock.advance(600)
    is_back(world, execution, pulled=False)
    assert "SageMaker undid the deployment after" in execution.cause["reason"]
    assert execution.cause["reason"].endswith("minutes: the alarm business fired")
    assert world.record_of(2).quarantine


def test_a_newer_approval_stops_it(phase: Until) -> None:
    world = guarded()
    execution = world.release(2)
    phase(world, execution)
    newer = world.release(3)
    world.run()
    assert (execution.ending, newer.ending) == ("superseded", "promoted")
    assert set(world.brakes.pulled) == {(CHURN, config_of(world, 2))}
    assert world.serves(3)


def test_a_revocation_stops_it(phase: Until) -> None:
    world = guarded()
    execution = world.release(2)
    phase(world, execution)
    assert world.revoked(world.register(2))
    is_back(world, execution)
    assert execution.cause["reason"] == "the approval was revoked"
    assert not world.record_of(2).quarantine


def test_a_requested_rollback_stops_it(phase: Until) -> None:
    world = guarded()
    execution = world.release(2)
    phase(world, execution)
    asked = world.start("back", action="rollback", endpoint=CHURN, reason="stop it")
    world.run()
    assert asked.ending == "restored"
    assert world.brakes.pulled
    assert world.serves(1)


def test_a_stopped_execution_is_recovered_by_the_brake(phase: Until) -> None:
    world = guarded()
    execution = world.release(2)
    phase(world, execution)
    world.die(execution)
    world.settle_down()
    assert set(world.brakes.pulled) == {(CHURN, config_of(world))}
    assert world.serves(1)
    at_known_rest(world.ledger, world.cloud, world.alarms)


def test_the_brake_is_pulled_until_the_endpoint_is_back() -> None:
    world = guarded()
    world.cloud.times.undo = 900
    execution = world.release(2)
    until_share(50)(world, execution)
    world.revoked(world.register(2))
    world.until(execution, ROLL_BACK)
    since = world.clock.now()
    is_back(world, execution)
    minutes = (world.clock.now() - since) / 60_000
    assert len(world.brakes.pulled) >= 2 * minutes - 2, "twice a minute: the alarm forgets"


@pytest.mark.parametrize("error", [Denied("not authorized"), Unavailable("Rate exceeded")])
def test_a_brake_that_cannot_be_pulled_is_tried_again_and_people_hear_of_it(
    error: Exception,
) -> None:
    world = guarded()
    execution = world.release(2)
    until_share(50)(world, execution)
    refuses(world, "brakes.pull", error, 10)
    world.revoked(world.register(2))
    is_back(world, execution)
    told = [a for a in world.announcer.said if a.detail_type == "Attention Needed"]
    assert any("its brake cannot be pulled" in a.reason for a in told)
    assert any(str(error) in a.reason for a in told)


def test_a_brake_that_comes_too_late_is_followed_by_an_ordinary_way_back() -> None:
    """SageMaker is done before it sees the brake."""
    world = guarded()
    execution = world.release(2)
    until_share(100)(world, execution)
    refuses(world, "brakes.pull", Denied("not authorized"), 1000)
    world.revoked(world.register(2))
    world.run()
    assert execution.ending == "rolled_back"
    assert world.serves(1)
    assert world.wire.counts["cloud.update"] == 2


@pytest.mark.parametrize(
    ("tells", "cause"),
    [(True, "the new fleet did not come up"), (False, "SageMaker gives no reason")],
)
def test_a_silent_way_back_is_never_a_success(tells: bool, cause: str) -> None:
    world = guarded()
    world.cloud.tells_reason = tells
    world.cloud.next("update", outcome="undone")
    execution = world.release(2)
    is_back(world, execution, pulled=False)
    assert execution.cause["reason"].startswith("SageMaker undid the deployment after")
    assert execution.cause["reason"].endswith(f"minutes: {cause}")
    assert not world.record_of(2).quarantine, "the package may not be to blame"


def test_a_time_out_is_told_as_one_and_quarantines_nothing() -> None:
    world = guarded()
    world.cloud.next("update", outcome="hangs")
    execution = world.release(2)
    is_back(world, execution, pulled=False)
    assert "it was not done within its 84 minutes" in execution.cause["reason"]
    assert not world.record_of(2).quarantine


@pytest.mark.parametrize("kind", KINDS)
def test_a_mix_is_repaired_once_before_a_person_is_called(kind: str) -> None:
    world = guarded(**KINDS[kind])
    world.cloud.repairing = Repairing(same=True)
    world.cloud.next("update", outcome="unrestored")
    execution = world.release(2)
    is_back(world, execution, pulled=False)
    assert "Attention Needed" not in world.announcer.types


def test_a_mix_that_cannot_be_repaired_needs_a_person() -> None:
    world = guarded()
    world.cloud.repairing = Repairing(same=True)
    world.cloud.next("update", outcome="unrestored")
    world.cloud.next("update", outcome="unrestored")
    execution = world.release(2)
    world.run()
    assert execution.ending == "needs_a_person"
    assert world.wire.counts["cloud.update"] == 2, "once, and once more"


def test_a_freeze_before_the_call_holds_it_and_a_later_one_does_not() -> None:
    world = guarded()
    execution = world.release(2)
    world.until(execution, PROMOTE_STATE)
    world.freezes.put('{"reason": "the books close"}')
    for _ in range(20):
        world.step(execution)
    assert world.wire.counts["cloud.update"] == 0
    world.freezes.remove()
    until_share(50)(world, execution)
    world.freezes.put('{"reason": "the books close"}')
    world.run(execution)
    assert execution.ending == "promoted"


def test_a_call_whose_answer_was_lost_is_followed_all_the_same() -> None:
    """The deployment is judged, not waited for until it is over."""
    world = guarded()
    execution = world.release(2)
    world.until(execution, PROMOTE_STATE)
    late = world.pause(execution)
    world.outlive(late)
    world.until(execution, LOOK)
    world.run(execution)
    assert execution.ending == "promoted"
    assert shares(world) == [50, 100]
    assert world.wire.counts["cloud.update"] == 1


def test_golden_requests_are_asked_right_after_the_deployment() -> None:
    uri = "s3://sagemaker-tests/golden.jsonl"
    world = World({**POLICY, "rollout": {**ROLLOUT, "watch_minutes": 4}, "golden": {"s3_uri": uri}})
    world.golden.files[uri] = b'{"body": "1,2", "expect": "1,2"}'
    world.promoted(1)
    world.models.answers[world.register(2), "1,2"] = (500, "broken")
    execution = world.release(2)
    world.until(execution, "Ask the golden requests")
    assert world.gate.step == PROMOTE
    assert world.content.name == config_of(world)
    world.run()
    assert execution.ending == "rolled_back"
    assert world.serves(1)
    assert world.brakes.pulled == [], "the deployment is over"


def test_the_alarms_and_the_brake_are_made_and_removed() -> None:
    world = guarded()
    execution = world.release(2)
    until_share(50)(world, execution)
    brake, own = world.alarms.checks[brake_name(CHURN)], world.alarms.checks[LIVE_ERRORS]
    assert (brake.periods, brake.needed, brake.silence) == (1, 1, "notBreaching")
    named = [dict(each.dimensions) for each in (*brake.series.values(), *own.series.values())]
    assert {each["EndpointConfigName"] for each in named} == {config_of(world)}
    world.run(execution)
    assert world.alarms.names == {"business"}


def test_a_first_release_is_swapped() -> None:
    world = World({**POLICY, "rollout": ROLLOUT}, quick=True)
    execution = world.release(1)
    world.run(execution)
    assert execution.ending == "promoted"
    assert any("first release does not use the strategy" in n for n in world.plan_of(1).notes)


def test_an_alarm_that_fires_refuses_the_release_even_to_fix_something() -> None:
    world = guarded()
    world.alarm("business", event=False)
    execution = world.release(2, fix_forward=True)
    world.run(execution)
    assert execution.ending == "refused"
    assert "release a fix with another strategy" in execution.cause["reason"]
    assert world.wire.counts["cloud.update"] == 0


def test_scale_in_is_suspended_meanwhile_and_resumed(phase: Until) -> None:
    world = guarded()
    execution = world.release(2)
    phase(world, execution)
    assert world.scaling.targets[CHURN, "live"].scale_in
    world.run()
    assert not world.scaling.targets[CHURN, "live"].scale_in


def test_a_pull_fires_only_the_brake_of_its_deployment() -> None:
    world = guarded()
    execution = world.release(2)
    until_share(50)(world, execution)
    brakes: FakeBrakes = world.brakes
    brakes.pull(CHURN, "churn-another")
    assert world.alarms.fires(brake_name(CHURN)) is None


def test_a_person_who_updates_after_it_was_undone_is_respected() -> None:
    """What SageMaker shows then is somebody else's deployment."""
    world = guarded()
    execution = world.release(2)
    until_share(50)(world, execution)
    world.cloud.define("theirs", {"live": ("theirs", 2)})
    found, now = world.cloud.endpoints[CHURN], world.clock.now()
    fleet = Fleet("theirs", {"live": 1.0}, {"live": 2})
    found.update = Update(fleet, "Updating", now + 600_000, now, "done", now, whole=True)
    told = shares(world)
    world.run(execution)
    assert execution.ending == "needs_a_person"
    assert world.gate.drift
    assert shares(world) == told
    assert world.content.name == "theirs"
    assert world.brakes.pulled == []


def course_of(world: World) -> Course:
    """How SageMaker shifts the release in hand."""
    update = world.cloud.endpoints[CHURN].update
    assert update is not None
    assert update.course is not None
    return update.course


def test_a_deployment_that_outlasts_its_time_out_is_stopped() -> None:
    world = guarded()
    world.cloud.next("update", outcome="hangs")
    execution = world.release(2)
    before_traffic(world, execution)
    course, never = course_of(world), world.clock.now() + 24 * 3_600_000
    course.ends = course.expires = never
    update = world.cloud.endpoints[CHURN].update
    assert update is not None
    update.until = never
    is_back(world, execution)
    assert "has not ended the deployment within its 84 minutes" in execution.cause["reason"]
    assert not world.record_of(2).quarantine


def test_a_fleet_is_judged_where_nobody_says_how_much_of_it_has_traffic() -> None:
    """SageMaker tells that only in a sentence, which may change."""
    world = guarded()
    execution = world.release(2)
    world.until(execution, PROMOTE_STATE)
    world.traffic.rates[config_of(world)] = {"errors": 0.5}
    before_traffic(world, execution)
    course = course_of(world)
    course.steps = [step._replace(message="Baking.") for step in course.steps]
    is_back(world, execution)
    assert "the candidate is worse than live" in execution.cause["reason"]
    assert shares(world) == []


def test_a_fleet_that_is_cold_is_not_judged_at_once() -> None:
    """The warm-up counts from the first traffic, not from the call."""
    world = guarded({"judge": {**POLICY["judge"], "warm_up_minutes": 3}})
    execution = world.release(2)
    world.until(execution, PROMOTE_STATE)
    world.traffic.rates[config_of(world)] = {"errors": 0.5}
    until_share(50)(world, execution)
    since = world.clock.now()
    world.until(execution, ROLL_BACK)
    assert world.clock.now() - since >= 3 * 60_000
