"""Faults that simulations found (tests/soak), each as the smallest history that showed it."""

import json

import pytest

from penstock.domain.errors import Denied, Unanswered
from penstock.domain.execution.announcements import (
    ApprovalNeeded,
    ReleaseRefused,
    ReleaseSuperseded,
)
from penstock.domain.ledger.content import CANDIDATE
from penstock.domain.ledger.gate import SHIFT
from penstock.usecases.settling.known import is_known
from tests.fakes.packages import arn_of
from tests.worlds.scenes import CLAIM, ERRORS, JUDGE, PLAN, SETTLE, refuses, shifted
from tests.worlds.world import POLICY, World


def test_a_refusal_whose_answer_was_lost_is_still_a_refusal(world: World) -> None:
    """The plan's task dies after it wrote that the package is refused, and runs again."""
    execution = world.release(2)
    world.until(execution, PLAN)
    world.alarms.put("business", "ALARM")
    world.wire.after("ledger.write", world.wire.kill)
    world.run(execution)
    assert execution.ending == "refused"
    assert world.record(execution).state == "refused"


def test_a_plan_that_is_late_does_not_end_the_release(world: World) -> None:
    """Its retry went on: the candidate has traffic when the first instance plans, and refuses."""
    execution = world.release(2)
    world.until(execution, PLAN)
    late = world.pause(execution)
    world.until_gate(execution, lambda gate: gate.step == SHIFT)
    world.until(execution, JUDGE)
    world.outlive(late)
    assert (world.gate.owner, world.gate.drift) == (execution.arn, None)
    world.run(execution)
    assert world.serves(2)


def test_a_policy_that_moves_to_another_endpoint_after_the_claim_refuses(world: World) -> None:
    """What is held is one endpoint, and what the plan would change is another."""
    execution = world.release(2)
    world.until(execution, PLAN)
    world.policies.put("churn", json.dumps({**POLICY, "endpoint": "other"}))
    world.run(execution)
    assert execution.ending == "refused"
    assert list(world.cloud.endpoints) == ["churn"]
    assert world.serves(1)


def test_a_dry_run_that_fails_has_rolled_nothing_back(world: World) -> None:
    refuses(world, "cloud.setup", Denied("not authorized"), 20)
    arn = world.register(2)
    execution = world.start("dry", action="release", model_package_arn=arn, dry_run=True)
    world.run(execution)
    assert execution.ending == "refused"
    assert execution.cause["reason"] == "nothing was changed: a step failed: not authorized"


def test_a_claim_after_a_takeover_speaks_of_its_own_release(world: World) -> None:
    """E3 brings the dead E2 back; then E4 is wanted, and it is E3 that is superseded."""
    e2 = shifted(world, 2)
    world.die(e2)
    e3 = world.release(3)
    world.until(e3, SETTLE)
    e4 = world.release(4)
    world.until(e4, CLAIM)
    world.step(e4)
    world.run(e3, e4)
    superseded = [s for s in world.announcer.said if isinstance(s, ReleaseSuperseded)]
    assert [said.model_package_arn for said in superseded] == [e3.input["model_package_arn"]]
    assert e3.cause["release_id"] == superseded[0].release_id != world.record(e2).release


@pytest.mark.parametrize("status", ["Failed", "UpdateRollbackFailed"])
def test_an_endpoint_that_takes_no_updates_any_more_blocks(world: World, status: str) -> None:
    world.cloud.break_down("churn", status)
    world.settle_down()
    assert status in str(world.gate.attention)


@pytest.mark.parametrize("gone", [False, True], ids=["rejected", "deleted"])
def test_a_wanted_approval_that_was_taken_back_is_not_started_for_ever(
    world: World, gone: bool
) -> None:
    """E2 yields to version 3 and dies.

    That version is rejected or deleted before anybody claims.
    """
    wanted(world)
    package = world.registry.packages.pop(str(world.gate.wanted))
    if not gone:
        world.registry.put(package.model_copy(update={"approval": "Rejected"}))
    assert world.reconcile() == "the wanted approval was revoked"
    world.settle_down()
    begun = len(world.all)
    world.clock.advance(900)
    assert world.reconcile() == "at rest"
    assert len(world.all) == begun


def test_a_wanted_approval_that_is_refused_is_told_once_a_day(world: World) -> None:
    wanted(world)
    world.policies.put("churn", "{")
    for _ in range(4):
        world.reconcile()
        world.run()
        world.clock.advance(900)
    assert world.announcer.types.count("Release Refused") == 1


def test_a_rollback_that_was_held_up_begins_once(world: World) -> None:
    """Its claim's first instance goes on when the second one's rollback has ended long ago."""
    world.promoted(2)
    world.promoted(3)
    rollback = world.start("back", action="rollback", endpoint="churn")
    world.until(rollback, CLAIM)
    late = world.pause(rollback)
    world.run(rollback)
    assert rollback.ending == "restored"
    world.outlive(late)
    assert world.gate.at_rest
    assert world.serves(2)


def wanted(world: World) -> None:
    """Version 3 is wanted, and neither it nor the release that made way lives."""
    e2, e3 = shifted(world, 2), world.release(3)
    world.until(e3, CLAIM)
    world.step(e3)
    world.die(e3)
    world.run(e2)
    assert world.gate.at_rest
    assert str(world.gate.wanted).endswith("/3")


def test_a_model_that_anybodys_endpoint_runs_stays() -> None:
    """A person's own configuration names a model of ours, and serves."""
    world = keeping_one()
    model = next(iter(world.cloud.named(world.content.name)))
    world.cloud.serve("theirs", "their-config", model)
    world.promoted(2)
    world.promoted(3)
    assert model in world.cloud.models


def test_what_another_endpoint_goes_back_to_stays() -> None:
    """Another endpoint adopted our configuration and released since: it is what it goes back to."""
    world = keeping_one()
    config = world.content.name
    world.cloud.serve_config("other", config)
    adopting(world, "other")
    assert world.ledger.peek("other").previous.config == config  # type: ignore[union-attr]
    world.promoted(2)
    world.promoted(3)
    assert config in world.cloud.configs


def adopting(world: World, endpoint: str) -> None:
    """A release of another group adopts an endpoint."""
    world.policies.put("other", json.dumps({**POLICY, "endpoint": endpoint}))
    package = world.registry.packages[world.register(9)]
    arn = package.arn.replace("churn", "other")
    world.registry.put(package.model_copy(update={"arn": arn, "group": "other"}))
    execution = world.start("other", action="release", model_package_arn=arn, adopt=True)
    world.run(execution)
    assert execution.ending == "promoted", execution.cause


def keeping_one() -> World:
    world = World(
        {**POLICY, "rollout": {"strategy": "all_at_once", "keep_releases": 1}}, quick=True
    )
    world.promoted(1)
    return world


FREEZE = json.dumps({"reason": "holidays", "until": None})


def test_a_refused_answer_is_no_ending_of_the_release_that_it_was_for(world: World) -> None:
    """The release is over when somebody answers: its own ending is the last word about it."""
    gates = [{"at": "before_traffic", "hours": 1}]
    world.policies.put("churn", json.dumps({**POLICY, "gates": gates}))
    execution = world.release(2)
    world.run(execution)
    (asked,) = (said for said in world.announcer.said if isinstance(said, ApprovalNeeded))
    late = world.start("late", **json.loads(asked.input))
    world.run(late)
    (refused,) = (said for said in world.announcer.said if isinstance(said, ReleaseRefused))
    assert str(asked.release_id) in refused.reason
    assert asked.release_id not in {refused.release_id, late.cause["release_id"]}


def test_what_serves_keeps_its_stage_when_its_second_release_is_rolled_back(world: World) -> None:
    """A person edits the endpoint and puts it right again. The drift is still noted."""
    world.policies.put("churn", json.dumps({**POLICY, "lifecycle": {}}))
    config = world.content.name
    world.cloud.define("theirs", {"live": ("theirs", 2)})
    world.cloud.edit("churn", "theirs", live=1.0)
    world.reconcile()
    world.cloud.edit("churn", config, live=1.0)
    again = world.start("again", action="release", model_package_arn=world.register(1), adopt=True)
    world.until_gate(again, lambda gate: gate.step == SHIFT)
    world.until(again, JUDGE)
    world.alarm(ERRORS)
    world.run(again)
    assert again.ending == "rolled_back"
    life = world.registry.packages[str(world.gate.serving)].life
    assert life is not None
    assert (life.stage, life.status) == ("Production", "Active")


def test_a_package_that_an_earlier_try_of_the_plan_staged_is_not_forgotten(world: World) -> None:
    """Plan dies after its write; when it runs again, the policy has no stages any more."""
    world.policies.put("churn", json.dumps({**POLICY, "lifecycle": {}}))
    execution = world.release(2)
    world.until(execution, PLAN)
    world.wire.after("registry.set_stage", world.wire.kill)
    plain = json.dumps(POLICY)
    world.wire.before("registry.set_stage", lambda: world.policies.put("churn", plain))
    world.run(execution)
    assert world.serves(2)
    life = world.registry.packages[arn_of("churn", 2)].life
    assert life is not None
    assert life.stage == "Production"


def test_in_a_freeze_a_call_that_did_not_land_is_not_repeated(world: World) -> None:
    """It has no answer and never lands. When its lock is over, a freeze holds."""
    execution = world.release(2)
    world.until_gate(execution, lambda gate: gate.step == SHIFT)
    world.until(execution, "Shift traffic")
    world.cloud.next("weights", Unanswered("read timeout"))
    world.step(execution)
    world.freezes.put(FREEZE)
    before = world.content.share(CANDIDATE)
    until = world.clock.now() + 3_600_000
    while world.clock.now() < until:
        world.step(execution)
    assert world.content.share(CANDIDATE) == before
    world.freezes.remove()
    world.run(execution)
    assert execution.ending == "promoted"


def test_an_approval_that_was_overtaken_in_a_freeze_is_found_again(world: World) -> None:
    """Version 2 waits for the end of a freeze; somebody asks for what serves already meanwhile."""
    world.freezes.put(FREEZE)
    frozen = world.release(2)
    world.run(frozen)
    assert frozen.ending == "nothing_to_do"
    served = world.start("served", action="release", model_package_arn=world.gate.serving)
    world.run(served)
    assert served.ending == "nothing_to_do"
    assert not is_known(world.ledger, world.gate, arn_of("churn", 2))
