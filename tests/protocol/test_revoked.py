"""The package that serves is rejected: people are told, or an earlier release serves again."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from penstock.domain.errors import Denied, NoCapacity, Unavailable
from penstock.domain.execution.announcements import AttentionNeeded
from penstock.domain.ledger.gate import Gate, GateWrite
from tests.fakes.packages import arn_of
from tests.worlds.machine import Execution
from tests.worlds.promises import at_known_rest
from tests.worlds.scenes import ERRORS, in_window, refuses, shifted, tidy_pending
from tests.worlds.world import CHURN, POLICY, World

HOLIDAYS = json.dumps({"reason": "holidays", "until": None})


def says(world: World, on_revocation: str) -> None:
    rollout: dict[str, Any] = {**POLICY["rollout"], "on_revocation": on_revocation}
    world.policies.put(CHURN, json.dumps({**POLICY, "rollout": rollout}))


@pytest.fixture
def third(world: World) -> World:
    """Version 3 serves; 2 and 1 were good before. Rejected packages go back."""
    says(world, "roll_back")
    world.promoted(2)
    world.promoted(3)
    return world


def told(world: World) -> list[str]:
    """What people were told of packages that keep serving."""
    said = [s for s in world.announcer.said if isinstance(s, AttentionNeeded)]
    return [s.reason for s in said if "was revoked" in s.reason]


def rollbacks(world: World) -> list[Execution]:
    return [e for e in world.all if e.input.get("revoked")]


def done(world: World) -> int:
    return world.announcer.types.count("Rollback Done")


def attributes(world: World, write: GateWrite) -> None:
    world.ledger.write(CHURN, write)


def test_by_default_people_are_told_once_and_it_keeps_serving(world: World) -> None:
    world.promoted(2)
    world.reject(2)
    world.settle_down()
    world.settle_down()
    assert told(world) == [
        f"the approval of {arn_of('churn', 2)}, which serves, was revoked; it keeps serving"
    ]
    assert world.serves(2)
    assert not rollbacks(world)


def test_it_is_told_about_that_package_and_says_what_to_do(world: World) -> None:
    world.promoted(2)
    world.reject(2)
    (said,) = (s for s in world.announcer.said if isinstance(s, AttentionNeeded))
    assert (said.endpoint, said.model_package_arn) == ("churn", arn_of("churn", 2))
    assert said.advice is not None
    assert said.advice.startswith('see "A package that serves was rejected"')


def test_it_goes_back_to_the_release_before(third: World) -> None:
    third.reject(3)
    third.settle_down()
    assert third.serves(2)
    (rollback,) = rollbacks(third)
    assert rollback.ending == "restored"
    third_arn, second_arn = arn_of("churn", 3), arn_of("churn", 2)
    assert rollback.cause["reason"] == f"the approval of {third_arn}, which served, was revoked"
    assert rollback.cause["live_model_package_arn"] == second_arn
    assert rollback.cause["previous_model_package_arn"] == third_arn
    assert (done(third), told(third)) == (1, [])
    assert third.gate.revoked is None
    at_known_rest(third.ledger, third.cloud, third.alarms)


def test_it_passes_over_releases_whose_package_is_rejected_too(third: World) -> None:
    third.reject(2)
    third.reject(3)
    third.settle_down()
    assert third.serves(1)
    assert len(rollbacks(third)) == 1


def test_it_passes_over_releases_whose_package_is_gone(third: World) -> None:
    del third.registry.packages[arn_of("churn", 2)]
    third.reject(3)
    third.settle_down()
    assert third.serves(1)


def test_with_nowhere_to_go_back_to_it_keeps_serving_and_people_are_told(third: World) -> None:
    third.reject(1)
    third.reject(2)
    third.reject(3)
    third.settle_down()
    assert third.serves(3)
    (said,) = told(third)
    assert "no earlier release with an approved package is left" in said
    assert not rollbacks(third)


def test_a_first_release_has_nowhere_to_go_back_to(world: World) -> None:
    says(world, "roll_back")
    world.reject(1)
    world.settle_down()
    assert world.serves(1)
    assert len(told(world)) == 1


def test_a_lost_event_is_found_by_the_sweep(third: World) -> None:
    third.reject(3, event=False)
    third.settle_down()
    assert third.serves(2)
    assert done(third) == 1


def test_an_event_that_comes_three_times_starts_one_rollback(third: World) -> None:
    arn = third.reject(3)
    for _ in range(2):
        third.revoked(arn, third.clock.now())
        third.reconcile_asked()
    third.run()
    assert [e.ending for e in rollbacks(third)] == ["restored"]
    third.revoked(arn, third.clock.now())
    third.reconcile_asked()
    third.settle_down()
    assert (len(rollbacks(third)), done(third)) == (1, 1)
    assert third.serves(2)


def test_an_event_that_comes_three_times_tells_once(world: World) -> None:
    at = world.clock.now()
    arn = world.reject(1)
    for _ in range(2):
        world.clock.advance(60)
        world.revoked(arn, at)
        world.reconcile_asked()
    assert len(told(world)) == 1


def test_an_event_that_comes_after_a_new_approval_does_nothing(third: World) -> None:
    arn = third.reject(3, event=False)
    third.registry.set_approval(arn, "Approved")
    third.revoked(arn, third.clock.now() - 60_000)
    third.reconcile_asked()
    third.settle_down()
    assert third.serves(3)
    assert not told(third)


def test_of_two_that_notice_it_at_once_one_tells(world: World) -> None:
    """The other one finds the note at its write."""
    world.reject(1, event=False)

    def other() -> None:
        world.reconcile()

    world.wire.before("ledger.write", other)
    assert world.reconcile() == "another writer was faster"
    assert len(told(world)) == 1


def approve_again(world: World, version: int) -> None:
    """Somebody approves it again: the event starts an execution, which has nothing to do."""
    world.registry.set_approval(arn_of("churn", version), "Approved")
    at = world.clock.now()
    arn = arn_of("churn", version)
    world.start(f"again-{at}", action="release", model_package_arn=arn, approved_at=at)
    world.run()
    assert world.all[-1].ending == "nothing_to_do"


def lost_approval(world: World, version: int) -> None:
    """The event of the new approval is lost, and a sweep passes."""
    world.registry.set_approval(arn_of("churn", version), "Approved")
    world.reconcile()


def nothing_is_seen(world: World, version: int) -> None:
    """Approved and rejected again before anybody looked: only the event's time tells."""
    world.registry.set_approval(arn_of("churn", version), "Approved")
    world.clock.advance(5)


@pytest.mark.parametrize("again", [approve_again, lost_approval, nothing_is_seen])
def test_approved_again_and_rejected_again_is_a_new_revocation(
    world: World, again: Callable[[World, int], None]
) -> None:
    world.reject(1)
    world.clock.advance(60)
    again(world, 1)
    world.reject(1)
    world.settle_down()
    assert len(told(world)) == 2


@pytest.mark.parametrize("again", [approve_again, lost_approval])
def test_also_where_the_second_event_is_lost(
    world: World, again: Callable[[World, int], None]
) -> None:
    world.reject(1)
    again(world, 1)
    world.reject(1, event=False)
    world.settle_down()
    assert len(told(world)) == 2


def test_a_package_that_was_rolled_back_and_released_again_can_be_revoked_again(
    third: World,
) -> None:
    third.reject(3)
    third.settle_down()
    assert third.serves(2)
    third.registry.set_approval(arn_of("churn", 3), "Approved")
    at = third.clock.now()
    third.start("e", action="release", model_package_arn=arn_of("churn", 3), approved_at=at)
    third.run()
    assert third.serves(3)
    third.reject(3)
    third.settle_down()
    assert third.serves(2)
    assert done(third) == 2


def test_a_release_that_went_back_already_is_left_alone(third: World) -> None:
    execution = shifted(third, 4)
    third.alarm(ERRORS)
    third.run(execution)
    assert third.reject(4)
    third.settle_down()
    assert third.serves(3)
    assert not rollbacks(third)
    assert not told(third)


def test_while_its_own_release_runs_the_release_goes_back_and_that_is_all(third: World) -> None:
    execution = in_window(third, 4)
    third.reject(4)
    third.run(execution)
    third.settle_down()
    assert execution.ending == "rolled_back"
    assert third.serves(3)
    assert not rollbacks(third)
    assert not told(third)


def test_it_comes_too_late_for_the_halt_and_the_sweep_takes_it_back(third: World) -> None:
    """Its release settles between the rejection and the event."""
    execution = in_window(third, 4)
    arn = third.reject(4, event=False)
    third.run(execution)
    assert execution.ending == "promoted"
    third.revoked(arn, third.clock.now())
    third.reconcile_asked()
    third.settle_down()
    assert third.serves(3)
    assert done(third) == 1


def test_a_release_in_flight_replaces_what_was_revoked(third: World) -> None:
    running = shifted(third, 4)
    third.reject(3)
    third.run(running)
    third.settle_down()
    assert running.ending == "promoted"
    assert third.serves(4)
    assert not rollbacks(third)
    assert not told(third)


def test_a_release_in_flight_that_goes_back_to_it_is_followed_by_the_rollback(
    third: World,
) -> None:
    running = shifted(third, 4)
    third.reject(3)
    third.alarm(ERRORS)
    third.run(running)
    assert running.ending == "rolled_back"
    third.settle_down()
    assert third.serves(2)
    assert [e.ending for e in rollbacks(third)] == ["restored"]


def test_a_release_that_claims_first_is_not_stopped(third: World) -> None:
    """The rollback is started, and a release takes the endpoint before its claim."""
    third.reject(3)
    (rollback,) = rollbacks(third)
    running = third.release(4)
    third.until_gate(running, lambda gate: gate.step == 0)
    third.run(rollback)
    assert rollback.ending == "nothing_to_do"
    assert not third.gate.halt
    third.run(running)
    third.settle_down()
    assert (running.ending, len(rollbacks(third)), done(third)) == ("promoted", 1, 0)
    assert third.serves(4)


def test_a_rollback_that_found_a_release_is_started_again_after_it(third: World) -> None:
    third.reject(3)
    running = third.release(4)
    third.until_gate(running, lambda gate: gate.step == 0)
    third.run(rollbacks(third)[0])
    third.until_gate(running, lambda gate: gate.step == 20)
    third.alarm(ERRORS)
    third.run(running)
    third.settle_down()
    assert third.serves(2)
    assert [e.ending for e in rollbacks(third)] == ["nothing_to_do", "restored"]
    assert (done(third), told(third)) == (1, [])


def test_a_person_s_rollback_in_the_meantime_is_enough(third: World) -> None:
    third.reject(3)
    by_hand = third.start("by-hand", action="rollback", endpoint="churn", reason="quick")
    third.until_gate(by_hand, lambda gate: gate.step == 100)
    third.run()
    third.settle_down()
    assert third.serves(2)
    assert [e.ending for e in rollbacks(third)] == ["nothing_to_do"]
    assert done(third) == 1


def test_a_new_approval_between_start_and_claim_calls_it_off(third: World) -> None:
    third.reject(3)
    third.registry.set_approval(arn_of("churn", 3), "Approved")
    third.reconcile()
    third.run()
    assert [e.ending for e in rollbacks(third)] == ["nothing_to_do"]
    assert third.serves(3)


def blocked_by_drift(world: World) -> Callable[[], None]:
    shown = world.content
    world.cloud.edit("churn", "theirs")
    world.reconcile()
    assert world.gate.drift
    return lambda: world.cloud.edit("churn", shown.name, **shown.weights)


def test_under_drift_people_are_told_and_it_goes_back_once_the_drift_is_over(
    third: World,
) -> None:
    undo = blocked_by_drift(third)
    third.reject(3)
    third.reconcile()
    (said,) = told(third)
    assert "it is not taken back while the endpoint is blocked: " in said
    assert not rollbacks(third)
    undo()
    third.settle_down()
    assert third.serves(2)
    assert (done(third), len(told(third))) == (1, 1)


def test_an_endpoint_that_needs_a_person_is_not_touched(third: World) -> None:
    attributes(third, GateWrite(conditions=(), assign={"attention": "look at it"}))
    third.reject(3)
    third.settle_down()
    assert not rollbacks(third)
    assert len(told(third)) == 1
    assert third.serves(3)


def test_a_freeze_does_not_keep_it_from_going_back(third: World) -> None:
    third.freezes.put(HOLIDAYS)
    third.reject(3)
    third.settle_down()
    assert third.serves(2)


def test_a_waiting_approval_comes_after_the_rollback(third: World) -> None:
    third.freezes.put(HOLIDAYS)
    third.run(third.release(4))
    third.freezes.remove()
    third.reject(3)
    third.settle_down()
    assert [e.ending for e in rollbacks(third)] == ["restored"]
    assert third.serves(4)


def test_while_a_tidy_is_pending_what_users_are_on_is_what_counts(third: World) -> None:
    tidy_pending(third, 4)
    third.reject(3)
    third.settle_down()
    assert third.serves(2)
    assert done(third) == 1


def test_the_policy_of_the_moment_counts_when_it_is_noticed(third: World) -> None:
    says(third, "notify")
    third.reject(3)
    says(third, "roll_back")
    third.settle_down()
    assert third.serves(3)
    assert len(told(third)) == 1


def no_policy(world: World) -> None:
    world.policies.remove(CHURN)


def bad_policy(world: World) -> None:
    world.policies.put(CHURN, "{")


def elsewhere(world: World) -> None:
    world.policies.put(CHURN, json.dumps({**POLICY, "endpoint": "other"}))


@pytest.mark.parametrize(
    ("unknown", "why"),
    [
        (no_policy, "there is no policy of churn"),
        (bad_policy, "is not a JSON document"),
        (elsewhere, "names another endpoint now"),
    ],
)
def test_a_policy_that_does_not_say_it_tells_people(
    third: World, unknown: Callable[[World], None], why: str
) -> None:
    unknown(third)
    third.reject(3)
    third.settle_down()
    (said,) = told(third)
    assert why in said
    assert third.serves(3)


def test_while_the_registry_does_not_answer_nothing_is_decided(third: World) -> None:
    third.reject(3, event=False)
    refuses(third, "registry.package", Unavailable("Throttling"), 1)
    assert third.reconcile() == "at rest"
    assert third.gate.revoked is None
    third.settle_down()
    assert third.serves(2)


@pytest.mark.parametrize("point", ["registry.package", "policies.policy"])
def test_while_a_permission_is_missing_nothing_is_decided(third: World, point: str) -> None:
    third.reject(3, event=False)
    refuses(third, point, Denied("not authorized"), 1)
    assert third.reconcile() == "failed: not authorized"
    assert third.gate.revoked is None
    third.settle_down()
    assert third.serves(2)
    assert not told(third)


def test_what_was_decided_and_not_started_is_started_by_the_sweep(third: World) -> None:
    third.wire.before("executions.start", third.wire.kill)
    third.reject(3)
    assert third.gate.revoked
    assert not rollbacks(third)
    third.settle_down()
    assert third.serves(2)
    assert done(third) == 1


def test_what_nobody_could_be_told_is_told_by_the_sweep(world: World) -> None:
    world.wire.before("announcer.announce", world.wire.kill)
    world.reject(1)
    assert not told(world)
    world.settle_down()
    assert len(told(world)) == 1


def test_an_execution_that_dies_before_its_claim_is_replaced(third: World) -> None:
    third.reject(3)
    third.die(rollbacks(third)[0])
    third.settle_down()
    assert third.serves(2)
    assert done(third) == 1


def test_an_execution_that_dies_after_its_claim_is_recovered(third: World) -> None:
    third.reject(3)
    (rollback,) = rollbacks(third)
    third.until_gate(rollback, lambda gate: gate.step == 100)
    third.die(rollback)
    third.settle_down()
    assert third.serves(2)
    assert (done(third), len(rollbacks(third))) == (1, 1)


def test_without_capacity_it_is_told_like_any_rollback(third: World) -> None:
    for _ in range(500):
        third.cloud.next("update", NoCapacity("quota"))
    third.reject(3)
    third.settle_down()
    assert [e.ending for e in rollbacks(third)] == ["needs_a_person"]
    assert third.gate.attention == "no capacity: quota"


def test_what_was_chosen_may_be_gone_at_the_claim(third: World) -> None:
    third.reject(3)
    second = third.record_of(2).release
    attributes(third, GateWrite(conditions=(), records={second: {"retired": True}}))
    third.run()
    assert [e.ending for e in rollbacks(third)] == ["nothing_to_do"]
    third.settle_down()
    assert third.serves(1)


def test_when_the_last_choice_is_rejected_too_people_are_told(third: World) -> None:
    third.wire.before("executions.start", third.wire.kill)
    third.reject(3)
    third.reject(2, event=False)
    third.reject(1, event=False)
    third.settle_down()
    assert third.serves(3)
    (said,) = told(third)
    assert "no earlier release with an approved package is left" in said


def test_a_person_may_not_use_its_input_to_stop_a_release(third: World) -> None:
    running = shifted(third, 4)
    ask = {"endpoint": "churn", "to": third.record_of(2).release, "revoked": arn_of("churn", 3)}
    third.start("odd", action="rollback", **ask)
    third.run()
    assert third.all[-1].ending == "nothing_to_do"
    assert running.ending == "promoted"


def test_nothing_but_the_note_changes_on_the_gate(world: World) -> None:
    def known(gate: Gate) -> Gate:
        return gate.model_copy(update={"revoked": None})

    before = world.gate
    world.reject(1)
    assert known(world.gate) == before
    assert world.gate.revoked
