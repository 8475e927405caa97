"""Shadows: the candidate answers copies before, or instead of, anything that users see."""

import json
from functools import cache
from typing import Any

import pytest

from penstock.domain.errors import NoCapacity
from penstock.domain.execution.announcements import (
    ApprovalNeeded,
    ReleaseObserved,
    ReleaseRolledBack,
    TrafficShifted,
)
from penstock.domain.ledger.content import Variants
from penstock.domain.ledger.gate import DISMISS, REHEARSE, SHADOWED, STAGE
from tests.fakes.fleets import Fleet
from tests.protocol.climbs import shares
from tests.worlds.machine import Document, Execution
from tests.worlds.promises import at_known_rest
from tests.worlds.scenes import PROMOTE as PROMOTING
from tests.worlds.scenes import ROLL_BACK, WATCH
from tests.worlds.scenes import STAGE as STAGING
from tests.worlds.sweeps import GOLDEN_FILE, GOLDEN_LINES
from tests.worlds.world import CHURN, POLICY, World

ALONE: Document = {"strategy": "shadow", "shadow_minutes": 6, "watch_minutes": 4}
FIRST: Document = {**POLICY["rollout"], "shadow_minutes": 6}
AT_ONCE: Document = {"strategy": "all_at_once", "shadow_minutes": 6, "watch_minutes": 4}
GUARDED: Document = {
    "strategy": "guardrail",
    "shadow_minutes": 6,
    "size_percent": 50,
    "wait_minutes": 6,
    "termination_minutes": 3,
    "watch_minutes": 4,
}


@cache
def serving(policy: str) -> World:
    world = World(POLICY, quick=True)
    world.promoted(1)
    world.policies.put("churn", policy)
    return world


def world_of(rollout: Document, **sections: Any) -> World:
    """Version 1 serves; the policy now has a shadow."""
    return serving(json.dumps({**POLICY, "rollout": rollout, **sections})).fork()


def copying(world: World, version: int = 2, **more: Any) -> Execution:
    """A release whose shadow is watched."""
    execution = world.release(version, **more)
    for _ in range(200):
        if execution.state == WATCH and shadows(world):
            return execution
        world.step(execution)
    raise AssertionError("no shadow is watched")


def shadows(world: World) -> dict[str, int]:
    content = world.view.content
    assert isinstance(content, Variants)
    return dict(content.shadows)


def made(world: World) -> set[str]:
    return {name for name in world.cloud.configs if "-shadow-" in name or "-staging-" in name}


def told(world: World, kind: type) -> list[Any]:
    return [said for said in world.announcer.said if isinstance(said, kind)]


def calm(world: World) -> None:
    at_known_rest(world.ledger, world.cloud, world.alarms)
    assert made(world) == set()


@pytest.mark.parametrize(
    "rollout", [FIRST, AT_ONCE, GUARDED], ids=["canary", "all_at_once", "guardrail"]
)
def test_a_good_candidate_is_a_shadow_first_and_then_goes_its_way(rollout: Document) -> None:
    world = world_of(rollout)
    execution = copying(world)
    assert (world.gate.step, shadows(world)) == (SHADOWED, {"candidate": 10_000})
    assert world.view.content.share("candidate") == 0
    world.run(execution)
    assert execution.ending == "promoted"
    assert world.serves(2)
    expected = {id(FIRST): [10, 50, 100], id(AT_ONCE): [100], id(GUARDED): [50, 100]}
    assert shares(world) == expected[id(rollout)]
    calm(world)


def test_the_shadow_has_the_instances_and_the_share_that_the_policy_says() -> None:
    world = world_of({**FIRST, "shadow_percent": 25})
    copying(world)
    assert shadows(world) == {"candidate": 2500}
    assert world.view.counts == {"live": 2, "candidate": 1}


def test_alone_it_ends_observed_and_nothing_changes() -> None:
    world = world_of(ALONE)
    before, execution = world.content, copying(world)
    world.run(execution)
    assert execution.ending == "observed"
    assert execution.status == "SUCCEEDED"
    assert world.content.same(before)
    assert world.serves(1)
    (said,) = told(world, ReleaseObserved)
    assert "the shadow test is over, and live is kept as planned; calm for 6 minutes" in said.reason
    assert "errors" in said.reason
    assert shares(world) == []
    calm(world)


@pytest.mark.parametrize("rollout", [FIRST, ALONE, AT_ONCE], ids=["canary", "alone", "at once"])
@pytest.mark.parametrize("signal", ["errors", "latency"])
def test_a_bad_one_is_rolled_back_before_anybody_was_served_by_it(
    rollout: Document, signal: str
) -> None:
    judge = {**POLICY["judge"], "latency_objective_ms": 200, "cold_start_minutes": 0}
    world = world_of({**rollout, "shadow_minutes": 30}, judge=judge)
    world.traffic.rates["candidate"] = {signal: 0.5}
    execution = copying(world)
    world.run(execution)
    assert execution.ending == "rolled_back"
    assert "the candidate is worse than live" in execution.cause["reason"]
    assert shares(world) == []
    assert world.serves(1)
    calm(world)


def test_one_that_answers_nothing_is_not_passed() -> None:
    world = world_of(FIRST, judge={**POLICY["judge"], "on_inconclusive": "roll_back"})
    copies = world.traffic.copies_answered
    world.traffic.copies_answered = 0.0
    assert copies == 1.0
    execution = copying(world)
    world.run(execution)
    assert execution.ending == "rolled_back"
    assert "0 of 10 requests seen" in execution.cause["reason"]
    assert shares(world) == []
    calm(world)


@pytest.mark.parametrize(
    ("on_inconclusive", "rollout", "ending"),
    [
        ("roll_back", FIRST, "rolled_back"),
        ("roll_back", ALONE, "rolled_back"),
        ("promote", FIRST, "promoted"),
        ("promote", ALONE, "observed"),
        ("wait", ALONE, "rolled_back"),
    ],
)
def test_without_traffic_the_policy_decides(
    on_inconclusive: str, rollout: Document, ending: str
) -> None:
    judge = {**POLICY["judge"], "on_inconclusive": on_inconclusive}
    world = world_of(rollout, judge=judge)
    world.traffic.per_minute = 0
    execution = copying(world)
    world.run(execution)
    assert execution.ending == ending
    calm(world)


@pytest.mark.parametrize("name", ["penstock-churn-errors", "business"])
@pytest.mark.parametrize("rollout", [FIRST, ALONE], ids=["canary", "alone"])
def test_an_alarm_takes_it_back(name: str, rollout: Document) -> None:
    world = world_of(rollout)
    execution = copying(world)
    world.clock.advance(90)
    world.alarm(name)
    world.run(execution)
    assert execution.ending == "rolled_back"
    assert name in execution.cause["reason"]
    (said,) = told(world, ReleaseRolledBack)
    assert name in said.reason
    calm(world)


def test_a_newer_approval_takes_its_place() -> None:
    world = world_of(FIRST)
    execution = copying(world)
    newer = world.release(3)
    world.run()
    assert (execution.ending, newer.ending) == ("superseded", "promoted")
    assert world.serves(3)
    calm(world)


def test_a_newer_one_starts_from_a_shadow_that_could_not_be_taken_back() -> None:
    """The candidate must not inherit the shadow's weight: half of the requests would be its."""
    world = world_of(FIRST)
    execution = copying(world)
    for _ in range(3):
        world.cloud.next("update", NoCapacity("quota"))
    newer = world.release(3)
    world.policies.put("churn", json.dumps(POLICY))
    seen = set()
    while newer.running:
        living = [each for each in world.all if each.running]
        world.step(min(living, key=lambda each: each.due))
        if not execution.running:
            world.cloud.faults.clear()
        if world.gate.step is not None and world.gate.step <= STAGE:
            seen.add(world.content.share("candidate"))
    assert seen == {0}
    assert (execution.ending, newer.ending) == ("superseded", "promoted")
    world.settle_down()
    calm(world)


def test_a_revocation_takes_it_back() -> None:
    world = world_of(FIRST)
    execution = copying(world)
    world.revoked(str(execution.input["model_package_arn"]))
    world.run(execution)
    assert execution.ending == "rolled_back"
    calm(world)


def test_a_requested_rollback_takes_it_back() -> None:
    world = world_of(ALONE)
    execution = copying(world)
    world.start("rollback", action="rollback", endpoint=CHURN)
    world.run()
    assert execution.ending == "rolled_back"
    assert world.serves(1)
    world.settle_down()
    calm(world)


@pytest.mark.parametrize("rollout", [FIRST, ALONE], ids=["canary", "alone"])
def test_a_stopped_execution_leaves_no_shadow(rollout: Document) -> None:
    world = world_of(rollout)
    world.die(copying(world))
    world.settle_down()
    assert world.serves(1)
    assert world.record_of(2).state == "rolled_back"
    calm(world)


def test_a_death_after_the_finding_keeps_it() -> None:
    world = world_of(ALONE)
    execution = copying(world)
    world.until(execution, ROLL_BACK)
    world.step(execution)
    world.die(execution)
    world.settle_down()
    assert world.record_of(2).state == "observed"
    assert len(told(world, ReleaseObserved)) == 1
    calm(world)


def test_a_freeze_keeps_the_shadow_and_an_observation_ends_in_spite_of_it() -> None:
    world = world_of(ALONE)
    execution = copying(world)
    world.freezes.put('{"reason": "the books close"}')
    world.run(execution)
    assert execution.ending == "observed"
    calm(world)


def test_a_freeze_holds_back_what_follows_the_shadow() -> None:
    world = world_of(FIRST)
    execution = copying(world)
    world.freezes.put('{"reason": "the books close"}')
    ends = world.clock.now() + 3 * 3_600_000
    while world.clock.now() < ends:
        world.step(execution)
    assert execution.running
    assert shadows(world) == {"candidate": 10_000}
    world.freezes.remove()
    world.run(execution)
    assert execution.ending == "promoted"
    calm(world)


def test_a_freeze_before_the_next_swap_returns_to_the_shadow() -> None:
    """The comparison of the shadow goes on: one that began again would spend its chance twice."""
    world = world_of(FIRST)
    execution = copying(world)
    world.until(execution, STAGING)
    judged = execution.document["run"].comparison.state.last
    world.freezes.put('{"reason": "the books close"}')
    for _ in range(20):
        world.step(execution)
    assert shadows(world) == {"candidate": 10_000}
    assert execution.document["run"].comparison.state.last >= judged
    world.freezes.remove()
    world.run(execution)
    assert execution.ending == "promoted"
    calm(world)


def test_somebody_who_changes_the_endpoint_meanwhile_keeps_it() -> None:
    world = world_of(FIRST)
    execution = copying(world)
    world.cloud.edit(CHURN, "theirs")
    world.run(execution)
    assert execution.ending == "needs_a_person"
    assert world.gate.drift
    assert world.content.name == "theirs"


def test_an_endpoint_with_somebodys_shadow_is_not_adopted() -> None:
    world = World(POLICY, quick=True)
    world.cloud.serve(CHURN, "theirs")
    counts = {"live": 2, "challenger": 1}
    world.cloud.endpoints[CHURN].fleet = Fleet(
        "theirs", {"live": 1.0}, counts, shadows={"challenger": 0.5}
    )
    execution = world.release(2, adopt=True)
    world.run(execution)
    assert execution.ending == "refused"
    assert "more than one variant (challenger, live)" in execution.cause["reason"]


def test_the_fleets_after_the_shadow_are_compared_anew() -> None:
    """Copies are judged by themselves, and are kept apart for `penstock replay`."""
    world = world_of(FIRST)
    world.run(copying(world))
    release = world.record_of(2).release
    copied = world.archive.transcript(CHURN, release, "shadow")["minutes"]
    shifted = world.archive.transcript(CHURN, release)["minutes"]
    assert {each["weight"] for each in copied} == {0}
    assert {each["weight"] for each in shifted} == {0.1, None, 0.5}
    assert all(each["metrics"]["errors"]["nc"] == 200 for each in copied)
    assert copied[0]["minute"] > 0


def test_copies_are_no_direct_requests() -> None:
    world = world_of({**FIRST, "shadow_minutes": 60})
    execution = copying(world)
    world.until(execution, STAGING)
    assert execution.document["run"].judged.direct_requests is None


def test_what_is_known_of_the_shadow_late_is_waited_for() -> None:
    """The candidate's numbers come four minutes late, and are judged all the same."""
    world = world_of({**FIRST, "shadow_minutes": 30})
    world.traffic.rates["candidate"] = {"errors": 0.5}
    world.minutes.late_strata["candidate", "errors"] = 3
    execution = copying(world)
    world.run(execution)
    assert "the candidate is worse than live" in execution.cause["reason"]


def test_a_first_release_ignores_it_and_says_so() -> None:
    world = World({**POLICY, "rollout": ALONE}, quick=True)
    execution = world.release(1)
    world.run(execution)
    assert execution.ending == "promoted"
    assert "the first release has no shadow: there are no requests to copy" in (
        world.plan_of(1).notes
    )
    assert told(world, TrafficShifted)


@pytest.mark.parametrize("staged", [False, True])
def test_people_are_asked_before_users_are_served(staged: bool) -> None:
    gate = {"at": "before_traffic", "hours": 24, "staged": staged}
    world = world_of(AT_ONCE, gates=[gate])
    execution = world.release(2)
    while not told(world, ApprovalNeeded):
        world.step(execution)
    assert shadows(world) == ({"candidate": 10_000} if staged else {})
    document = {**json.loads(told(world, ApprovalNeeded)[-1].input), "by": "ana"}
    world.run(world.start("answer", **document))
    world.run(execution)
    assert execution.ending == "promoted"
    calm(world)


def test_golden_requests_are_not_asked_of_a_shadow() -> None:
    golden = {"s3_uri": GOLDEN_FILE, "at_least": 1.0, "timeout_seconds": 5}
    world = world_of(FIRST, golden=golden)
    world.golden.files[GOLDEN_FILE] = GOLDEN_LINES
    execution = world.release(2)
    world.run(execution)
    assert [stage.golden for stage in world.plan_of(2).stages] == [
        *(None, "passed"),
        *(None, None, "verified"),
    ]
    assert execution.ending == "promoted"


def test_a_rehearsal_comes_before_a_shadow() -> None:
    golden = {"s3_uri": GOLDEN_FILE, "at_least": 1.0, "timeout_seconds": 5}
    world = world_of({**FIRST, "rehearse": True}, golden=golden)
    world.golden.files[GOLDEN_FILE] = GOLDEN_LINES
    execution = world.release(2)
    world.run(execution)
    steps = [stage.step for stage in world.plan_of(2).stages]
    assert steps[:4] == [REHEARSE, DISMISS, SHADOWED, STAGE]
    assert execution.ending == "promoted"
    calm(world)


def test_a_guarded_deployment_after_a_shadow_compares_with_the_fleet_that_it_replaces() -> None:
    """Old and new fleet are told apart by their configurations: the old one is the shadow's."""
    world = world_of(GUARDED)
    world.run(world.release(2))
    stage = world.plan_of(2).stage(1)
    assert stage.compared is not None
    assert stage.compared.live_config == world.plan_of(2).stages[0].content.name


@pytest.mark.parametrize("signal", ["errors"])
def test_harm_in_a_guarded_deployment_after_a_shadow_is_found(signal: str) -> None:
    judge = {**POLICY["judge"], "cold_start_minutes": 0}
    world = world_of({**GUARDED, "wait_minutes": 20}, judge=judge)
    execution = copying(world)
    world.until(execution, PROMOTING)
    world.traffic.rates[world.plan_of(2).final.name] = {signal: 0.5}
    world.run(execution)
    assert execution.ending == "rolled_back"
    assert world.serves(1)
    calm(world)
