"""Gates: a release waits until enough people approve, and one who does not rolls it back."""

import json
from functools import cache
from typing import Any

import pytest

from penstock.domain.execution.announcements import (
    ApprovalNeeded,
    ReleasePromoted,
    ReleaseRolledBack,
)
from penstock.domain.ledger.gate import CLAIMED, PROMOTE, STAGE
from tests.protocol.climbs import shares
from tests.worlds.machine import Execution
from tests.worlds.promises import at_known_rest
from tests.worlds.scenes import JUDGE, SHIFT_STATE, WATCH
from tests.worlds.sweeps import GOLDEN_FILE, GOLDEN_LINES, QUICK
from tests.worlds.world import CHURN, POLICY, World

HOUR = 3600
EARLY: dict[str, Any] = {"at": "before_traffic", "hours": 24}
LATE: dict[str, Any] = {"at": "before_promotion", "hours": 24, "approvals": 2}


@cache
def serving(*gates: str) -> World:
    world = World(POLICY, quick=True)
    world.promoted(1)
    world.policies.put("churn", json.dumps({**POLICY, "gates": [json.loads(g) for g in gates]}))
    return world


def world_of(*gates: dict[str, Any]) -> World:
    """Version 1 serves; the policy now has gates."""
    return serving(*(json.dumps(gate) for gate in gates)).fork()


def waiting(world: World, version: int = 2, **more: Any) -> Execution:
    """A release that has asked people."""
    execution = world.release(version, **more)
    asked = len(needs(world))
    for _ in range(500):
        if len(needs(world)) > asked and execution.state == WATCH:
            return execution
        world.step(execution)
    raise AssertionError("nobody was asked")


def needs(world: World) -> list[ApprovalNeeded]:
    return [said for said in world.announcer.said if isinstance(said, ApprovalNeeded)]


def answer(world: World, **more: Any) -> Execution:
    """Somebody answers what people were last asked, as the event says."""
    document = {**json.loads(needs(world)[-1].input), **more}
    execution = world.start(f"answer-{len(world.all)}", **document)
    world.run(execution)
    return execution


def the(world: World, kind: type) -> Any:
    return [said for said in world.announcer.said if isinstance(said, kind)][-1]


def test_nothing_is_made_before_somebody_approves_of_the_traffic() -> None:
    world = world_of(EARLY)
    execution, configs = waiting(world), set(world.cloud.configs)
    world.clock.advance(3 * HOUR)
    assert world.gate.step == CLAIMED
    assert set(world.cloud.configs) == configs
    assert answer(world, by="ana").ending == "answered"
    world.run(execution)
    assert execution.ending == "promoted"
    assert world.serves(2)
    at_known_rest(world.ledger, world.cloud, world.alarms)


def test_the_instances_are_up_while_it_waits_if_the_policy_wants_them() -> None:
    world = world_of({**EARLY, "staged": True})
    execution = waiting(world)
    assert world.gate.step == STAGE
    assert world.view.counts["candidate"] >= 1
    assert world.view.content.share("candidate") == 0
    answer(world, by="ana")
    world.run(execution)
    assert execution.ending == "promoted"
    assert shares(world) == [10, 50, 100]


def test_a_first_release_waits_as_well() -> None:
    world = World({**POLICY, "gates": [EARLY]}, quick=True)
    execution = waiting(world, 1)
    assert world.cloud.shown(CHURN) is None
    answer(world, by="ana")
    world.run(execution)
    assert execution.ending == "promoted"


@pytest.mark.parametrize("rollout", [{}, {"strategy": "all_at_once"}, {"shadow_minutes": 3}])
@pytest.mark.parametrize("first", [True, False])
def test_answers_count_after_a_rehearsal(rollout: dict[str, Any], *, first: bool) -> None:
    """Its steps come before those of the gates."""
    policy = {
        **POLICY,
        "rollout": {**(POLICY["rollout"] if "strategy" not in rollout else {}), **rollout},
        "gates": [EARLY, {**LATE, "approvals": 1}],
        "golden": {"s3_uri": GOLDEN_FILE},
    }
    policy["rollout"] = {**policy["rollout"], "rehearse": True}
    world = World(QUICK, quick=True)
    world.golden.files[GOLDEN_FILE] = GOLDEN_LINES
    if not first:
        world.promoted(1)
    world.policies.put("churn", json.dumps(policy))
    execution = waiting(world)
    assert answer(world, by="ana").ending == "answered"
    while len(needs(world)) < 2:
        world.step(execution)
    assert answer(world, by="ana").ending == "answered"
    world.run(execution)
    assert execution.ending == "promoted", execution.cause


def test_a_promotion_waits_for_two_different_people() -> None:
    world = world_of(LATE)
    execution = waiting(world)
    assert world.view.content.share("candidate") == 0.5
    assert answer(world, by="ana").ending == "answered"
    again = answer(world, by=" Ana ")
    assert again.ending == "answered"
    world.until(execution, JUDGE)
    world.step(execution)
    assert execution.running
    assert world.gate.step is not None
    assert world.gate.step < PROMOTE
    answer(world, by="bo", note="looks right")
    world.run(execution)
    assert execution.ending == "promoted"
    said = the(world, ReleasePromoted).answers
    assert [(each.by, each.approve, each.note) for each in said] == [
        ("ana", True, None),
        ("bo", True, "looks right"),
    ]
    assert [each.by for each in world.record_of(2).answers] == ["ana", "bo"]
    kept = json.loads(world.archive.noted[CHURN, world.record_of(2).release, "answers"])
    assert [each["by"] for each in kept["answers"]] == ["ana", "bo"]


@pytest.mark.parametrize("gate", [EARLY, {**EARLY, "staged": True}, LATE])
def test_one_who_does_not_approve_rolls_back(gate: dict[str, Any]) -> None:
    world = world_of(gate)
    execution = waiting(world)
    answer(world, by="ana")
    assert answer(world, by="bo", approve=False, note="not on Fridays").ending == "answered"
    world.run(execution)
    assert execution.ending == "rolled_back"
    assert "bo did not approve" in the(world, ReleaseRolledBack).reason
    assert "not on Fridays" in the(world, ReleaseRolledBack).reason
    assert world.serves(1)
    assert world.record_of(2).quarantine is None
    at_known_rest(world.ledger, world.cloud, world.alarms)


@pytest.mark.parametrize("gate", [EARLY, LATE])
def test_without_an_answer_it_is_rolled_back_after_its_hours(gate: dict[str, Any]) -> None:
    world = world_of({**gate, "hours": 2})
    execution = waiting(world)
    began = world.clock.now()
    world.run(execution)
    assert execution.ending == "rolled_back"
    assert f"approved at {gate['at']} within 2 h" in str(execution.cause["reason"])
    assert 2 * HOUR <= (world.clock.now() - began) / 1000 < 3 * HOUR
    assert world.serves(1)
    assert len(needs(world)) == 1


def test_harm_rolls_back_while_it_waits() -> None:
    world = world_of({**EARLY, "staged": True}, LATE)
    execution = waiting(world)
    answer(world, by="ana")
    while len(needs(world)) < 2:
        world.step(execution)
    answer(world, by="ana")
    world.alarm("penstock-churn-errors")
    world.run(execution)
    assert execution.ending == "rolled_back"
    assert world.serves(1)


def test_what_is_compared_goes_on_being_compared() -> None:
    world = world_of(LATE)
    execution = waiting(world)
    world.traffic.rates = {"candidate": {"errors": 0.9}}
    world.run(execution)
    assert execution.ending == "rolled_back"
    assert str(execution.cause["reason"]).startswith("the candidate is worse than live")


@pytest.mark.parametrize("gate", [EARLY, {**EARLY, "staged": True}, LATE])
def test_a_newer_approval_takes_over_while_it_waits(gate: dict[str, Any]) -> None:
    world = world_of(gate)
    execution = waiting(world)
    newer = world.release(3)
    while execution.running:
        world.step(min((execution, newer), key=lambda each: each.due))
    assert execution.ending == "superseded"
    while len(needs(world)) < 2:
        world.step(newer)
    answer(world, by="ana")
    answer(world, by="bo")
    world.run()
    assert world.serves(3)


def test_a_requested_rollback_and_a_revocation_do_not_wait() -> None:
    for stop in ("rollback", "revocation"):
        world = world_of(EARLY)
        execution = waiting(world)
        if stop == "rollback":
            world.start("back", action="rollback", endpoint=CHURN)
        else:
            world.revoked(world.record_of(2).package)
        world.run()
        assert execution.ending == "rolled_back"
        assert world.serves(1)


@pytest.mark.parametrize("gate", [EARLY, LATE])
def test_an_execution_that_dies_while_it_waits_is_rolled_back(gate: dict[str, Any]) -> None:
    world = world_of(gate)
    world.die(waiting(world))
    world.settle_down()
    assert world.serves(1)
    assert world.record_of(2).state == "rolled_back"


def test_an_answer_to_nothing_is_refused() -> None:
    world = world_of(LATE)
    wrong = {"release_id": "0123456789", "gate": "before_promotion", "approve": True, "by": "ana"}
    nothing = world.start("nothing", action="answer", endpoint=CHURN, **wrong)
    world.run(nothing)
    assert nothing.ending == "refused"
    waiting(world)
    assert answer(world, gate="before_traffic").ending == "refused"
    assert answer(world, release_id="0123456789").ending == "refused"


def test_an_answer_after_the_gate_is_refused() -> None:
    world = world_of(EARLY)
    execution = waiting(world)
    answer(world, by="ana")
    world.until(execution, SHIFT_STATE)
    assert answer(world, by="bo", approve=False).ending == "refused"
    world.run(execution)
    assert execution.ending == "promoted"
    assert answer(world, by="bo").ending == "refused"


@pytest.mark.parametrize("state", [JUDGE, "Promote the candidate"])
def test_a_refusal_counts_until_the_next_step_is_taken(state: str) -> None:
    world = world_of({**LATE, "approvals": 1})
    execution = waiting(world)
    answer(world, by="ana")
    world.until(execution, state)
    assert answer(world, by="bo", approve=False).ending == "answered"
    world.run(execution)
    assert execution.ending == "rolled_back"
    assert world.serves(1)


def test_the_event_says_how_to_answer() -> None:
    world = world_of(LATE)
    waiting(world)
    asked = needs(world)[-1]
    assert asked.always_for_people
    assert (asked.gate, asked.approvals, asked.hours) == ("before_promotion", 2, 24)
    assert asked.what_follows == ("all requests to the new package, with the canary removed",)
    assert answer(world).ending == "answered"


def test_an_approval_under_a_freeze_is_noted_and_waits() -> None:
    world = world_of({**LATE, "approvals": 1, "hours": 2})
    execution = waiting(world)
    world.freezes.put(json.dumps({"reason": "the books close", "until": None}))
    assert answer(world, by="ana").ending == "answered"
    for _ in range(40):
        world.step(execution)
    assert world.gate.step is not None
    assert world.gate.step < PROMOTE
    world.freezes.remove()
    world.run(execution)
    assert execution.ending == "promoted"


def test_frozen_hours_do_not_count() -> None:
    world = world_of({**EARLY, "hours": 2})
    execution = waiting(world)
    world.freezes.put(json.dumps({"reason": "the books close", "until": None}))
    until = world.clock.now() + 10 * HOUR * 1000
    while world.clock.now() < until:
        world.step(execution)
    world.freezes.remove()
    answer(world, by="ana")
    world.run(execution)
    assert execution.ending == "promoted"
