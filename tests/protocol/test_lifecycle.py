"""The stage of a package's life follows its release, and never changes how the release ends."""

import json
from collections.abc import Callable, Iterator
from functools import cache

import pytest

from penstock.domain.errors import Denied, NoCapacity, Unavailable
from penstock.domain.execution.announcements import AttentionNeeded
from penstock.domain.ledger.gate import GateWrite
from penstock.domain.ledger.lifecycle import LifeStage, StageDue
from tests.fakes.packages import arn_of
from tests.worlds.machine import Execution
from tests.worlds.scenes import (
    ERRORS,
    PLAN,
    SETTLE,
    in_window,
    refuses,
    shifted,
    silent,
    tidy_pending,
)
from tests.worlds.world import CHURN, POLICY, World

NAMES = {"staging": "Staging", "production": "Production", "retired": "Retired"}
STAGED, SERVES, GONE = "Staging/InProgress", "Production/Active", "Retired/Inactive"


def follows(world: World, names: dict[str, str] | None = NAMES, **more: object) -> None:
    """The policy from now on."""
    lifecycle = {} if names is None else {"lifecycle": names}
    world.policies.put(CHURN, json.dumps({**POLICY, **lifecycle, **more}))


@cache
def released() -> World:
    made = World(quick=True)
    follows(made)
    made.promoted(1)
    return made


@pytest.fixture
def world() -> World:
    """Version 1 serves, and was the first to be staged."""
    return released().fork()


def stages(world: World, version: int) -> list[str]:
    """Every stage that was written to a version, in order."""
    return [
        f"{stage.stage}/{stage.status}"
        for arn, stage in world.registry.staged
        if arn == arn_of("churn", version)
    ]


def stage(world: World, version: int) -> str | None:
    life = world.registry.packages[arn_of("churn", version)].life
    return f"{life.stage}/{life.status}" if life else None


def was(world: World, version: int, name: str) -> LifeStage:
    """Somebody gave the package a stage before its release."""
    life = LifeStage(stage=name, status="Approved", description="by hand")
    world.register(version)
    package = world.registry.packages[arn_of("churn", version)]
    world.registry.put(package.model_copy(update={"life": life}))
    return life


def release(world: World, version: int) -> Execution:
    """A release of a version that is registered already."""
    arn, at = arn_of("churn", version), world.approved_at(version)
    return world.start(f"e{version}", action="release", model_package_arn=arn, approved_at=at)


def told(world: World) -> list[str]:
    said = [s for s in world.announcer.said if isinstance(s, AttentionNeeded)]
    return [s.reason for s in said if s.reason.startswith("the stage of")]


def test_a_first_release_is_staged_and_then_serves(world: World) -> None:
    assert stages(world, 1) == [STAGED, SERVES]
    assert not world.gate.stages


def test_what_is_promoted_serves_and_what_it_replaced_is_retired(world: World) -> None:
    execution = shifted(world)
    assert (stage(world, 1), stage(world, 2)) == (SERVES, STAGED)
    world.run(execution)
    world.settle_down()
    assert stages(world, 2) == [STAGED, SERVES]
    assert stages(world, 1) == [STAGED, SERVES, GONE]


def test_each_stage_says_which_release_it_comes_from(world: World) -> None:
    world.promoted(2)
    name = world.record_of(2).release
    said = {arn: stage.description for arn, stage in world.registry.staged}
    assert said == {
        arn_of("churn", 1): f"release {name} replaced it",
        arn_of("churn", 2): f"it serves since release {name}",
    }


def test_the_names_are_the_policys(world: World) -> None:
    follows(world, {"staging": "qa", "production": "live", "retired": "old-1"})
    world.promoted(2)
    assert stages(world, 2) == ["qa/InProgress", "live/Active"]
    assert stage(world, 1) == "old-1/Inactive"


def test_without_the_section_stages_are_left_alone(world: World) -> None:
    before = list(world.registry.staged)
    follows(world, None)
    world.promoted(2)
    world.settle_down()
    assert world.registry.staged == before
    assert world.gate.life is None


def bad(world: World) -> Execution:
    execution = shifted(world)
    world.alarm(ERRORS)
    world.run(execution)
    assert execution.ending == "rolled_back"
    return execution


def test_what_is_rolled_back_and_had_no_stage_is_retired(world: World) -> None:
    bad(world)
    assert stages(world, 2) == [STAGED, GONE]
    assert stages(world, 1) == [STAGED, SERVES]


def test_what_is_rolled_back_gets_the_stage_that_it_had(world: World) -> None:
    life = was(world, 2, "QA")
    execution = release(world, 2)
    world.until(execution, SETTLE)
    world.until_gate(execution, lambda gate: gate.at_rest)
    world.run()
    assert execution.ending == "promoted"
    was(world, 3, "QA")
    later = release(world, 3)
    world.until_gate(later, lambda gate: gate.step == 20)
    world.alarm(ERRORS)
    world.run()
    assert world.registry.packages[arn_of("churn", 3)].life == life


def test_what_a_newer_approval_ends_is_given_back(world: World) -> None:
    execution = shifted(world)
    newer = world.release(3)
    world.run()
    assert (execution.ending, newer.ending) == ("superseded", "promoted")
    assert stages(world, 2) == [STAGED, GONE]
    assert (stage(world, 3), stage(world, 1)) == (SERVES, GONE)


def test_what_was_watched_when_a_newer_release_began_did_serve(world: World) -> None:
    in_window(world)
    world.release(3)
    world.run()
    world.settle_down()
    assert stages(world, 2) == [STAGED, SERVES, GONE]
    assert stages(world, 1)[-1] == GONE
    assert stages(world, 3) == [STAGED, SERVES]


def test_a_refused_release_and_a_dry_run_stage_nothing(world: World) -> None:
    before = list(world.registry.staged)
    world.run(world.release(2, dry_run=True))
    world.alarms.put("business", "ALARM")
    refused = world.release(3)
    world.run(refused)
    assert refused.ending == "refused"
    assert world.registry.staged == before


def test_a_requested_rollback_changes_both(world: World) -> None:
    world.promoted(2)
    world.start("back", action="rollback", endpoint="churn")
    world.run()
    assert stages(world, 2)[-1] == GONE
    assert stages(world, 1)[-1] == SERVES


def test_a_rollback_for_a_revocation_changes_both(world: World) -> None:
    follows(world, rollout={**POLICY["rollout"], "on_revocation": "roll_back"})
    world.promoted(2)
    world.reject(2)
    world.settle_down()
    assert (stage(world, 1), stage(world, 2)) == (SERVES, GONE)


def test_a_rollback_that_stops_a_release_gives_its_package_back(world: World) -> None:
    shifted(world)
    world.start("back", action="rollback", endpoint="churn")
    world.run()
    assert stages(world, 2) == [STAGED, GONE]
    assert stages(world, 1)[-1] == SERVES


def test_while_a_tidy_is_pending_and_after_it_each_stage_is_written_once(world: World) -> None:
    tidy_pending(world)
    written = list(world.registry.staged)
    assert (stage(world, 1), stage(world, 2)) == (SERVES, GONE)
    world.clock.advance(3600)
    world.settle_down()
    assert world.gate.tidy is None
    assert world.registry.staged == written


def test_what_needs_a_person_is_given_back(world: World) -> None:
    execution = shifted(world)
    world.cloud.edit("churn", "theirs")
    world.run(execution)
    assert execution.ending == "needs_a_person"
    world.settle_down()
    assert stages(world, 2) == [STAGED, GONE]


def test_of_an_endpoint_that_three_recoveries_did_not_help_it_is_given_back(world: World) -> None:
    world.die(shifted(world))
    world.mortal = True
    for _ in range(6):
        world.clock.advance(3600)
        world.reconcile()
        for execution in [e for e in world.all if e.running]:
            world.die(execution)
    assert world.gate.attention
    world.reconcile()
    assert stages(world, 2) == [STAGED, GONE]


def test_a_dead_release_is_given_back_by_its_recovery(world: World) -> None:
    world.die(shifted(world))
    world.settle_down()
    assert stages(world, 2) == [STAGED, GONE]


def test_a_successor_of_a_silent_owner_gives_it_back(world: World) -> None:
    shifted(world)
    world.alarm(ERRORS)
    silent(world)
    world.run()
    assert stages(world, 2) == [STAGED, GONE]


def killed_before(world: World) -> None:
    world.wire.before("registry.set_stage", world.wire.kill)


def killed_after(world: World) -> None:
    world.wire.after("registry.set_stage", world.wire.kill)


@pytest.mark.parametrize("kill", [killed_before, killed_after])
@pytest.mark.parametrize("mortal", [False, True])
def test_a_death_between_the_end_and_the_stage_is_repaired(
    world: World, kill: Callable[[World], None], *, mortal: bool
) -> None:
    execution = world.release(2)
    world.until(execution, SETTLE)
    execution.mortal = mortal
    kill(world)
    world.run(execution)
    world.settle_down()
    assert (stage(world, 1), stage(world, 2)) == (GONE, SERVES)
    assert not world.gate.stages
    assert world.record_of(2).state == "promoted"


@pytest.mark.parametrize("kill", [killed_before, killed_after])
def test_a_death_in_plan_does_not_lose_the_stage_before(
    world: World, kill: Callable[[World], None]
) -> None:
    life = was(world, 2, "QA")
    execution = release(world, 2)
    world.until(execution, PLAN)
    kill(world)
    world.until_gate(execution, lambda gate: gate.step == 20)
    assert stage(world, 2) == STAGED
    world.alarm(ERRORS)
    world.run(execution)
    assert world.registry.packages[arn_of("churn", 2)].life == life


def test_what_plan_could_not_write_the_sweep_writes_while_the_release_runs(world: World) -> None:
    refuses(world, "registry.set_stage", Unavailable("Throttling"), 1)
    execution = shifted(world)
    assert stage(world, 2) is None
    world.reconcile()
    assert stage(world, 2) == STAGED
    world.run(execution)
    assert execution.ending == "promoted"


def troubles(world: World, execution: Execution) -> Iterator[str]:
    while execution.running:
        world.step(execution)
        run = execution.document.get("run")
        if run and run.trouble:
            yield run.trouble


def test_trouble_of_aws_is_logged_and_the_sweep_writes(world: World) -> None:
    execution = world.release(2)
    world.until(execution, SETTLE)
    refuses(world, "registry.set_stage", Unavailable("Throttling"), 2)
    assert next(troubles(world, execution)) == (
        f"the stage of {arn_of('churn', 1)} in the registry is not Retired yet: Throttling; "
        f"the stage of {arn_of('churn', 2)} in the registry is not Production yet: Throttling"
    )
    world.run(execution)
    assert execution.ending == "promoted"
    assert len(world.gate.stages) == 2
    world.settle_down()
    assert (stage(world, 1), stage(world, 2)) == (GONE, SERVES)
    assert not told(world)


def test_a_refusal_is_told_once_and_ends_nothing(world: World) -> None:
    refuses(world, "registry.set_stage", Denied("not authorized"), 5)
    world.promoted(2)
    said = (
        f"the stage of {arn_of('churn', 2)} in the registry is not Staging yet: not authorized",
        f"the stage of {arn_of('churn', 2)} in the registry is not Production yet: not authorized",
        f"the stage of {arn_of('churn', 1)} in the registry is not Retired yet: not authorized",
    )
    assert sorted(told(world)) == sorted(said)
    world.reconcile()
    assert len(told(world)) == 3
    world.settle_down()
    assert (stage(world, 1), stage(world, 2)) == (GONE, SERVES)
    assert len(told(world)) == 3


def test_what_nobody_could_be_told_is_told_by_the_sweep(world: World) -> None:
    world.promoted(2)
    due = StageDue(package=arn_of("churn", 2), to=LifeStage(stage="Later", status="Active"))
    world.ledger.write(CHURN, GateWrite(conditions=(), assign={"stages": (due,)}))
    refuses(world, "registry.set_stage", Denied("not authorized"), 2)
    refuses(world, "announcer.announce", Denied("PutEvents"), 1)
    world.reconcile()
    assert not told(world)
    world.reconcile()
    assert len(told(world)) == 1


def test_the_stage_of_a_package_that_was_deleted_is_not_owed(world: World) -> None:
    execution = world.release(2)
    world.until(execution, SETTLE)
    del world.registry.packages[arn_of("churn", 1)]
    world.run(execution)
    assert not world.gate.stages
    assert stage(world, 2) == SERVES


def test_of_one_package_only_the_last_stage_is_owed(world: World) -> None:
    """Nothing can be written for the whole release; afterwards it is."""
    refuses(world, "registry.set_stage", Unavailable("Throttling"), 3)
    world.promoted(2)
    assert [due.to.stage for due in world.gate.stages] == ["Production", "Retired"]
    world.settle_down()
    assert stages(world, 2) == [SERVES]


def test_what_comes_up_while_stages_are_written_is_not_lost(world: World) -> None:
    refuses(world, "registry.set_stage", Unavailable("Throttling"), 1)
    execution = shifted(world)

    def ends() -> None:
        world.alarm(ERRORS)
        world.until_gate(execution, lambda gate: gate.at_rest)

    world.wire.before("ledger.write", ends)
    world.reconcile()
    world.settle_down()
    assert stage(world, 2) == GONE


def test_a_policy_that_drops_the_section_leaves_the_last_stage(world: World) -> None:
    world.promoted(2)
    follows(world, None)
    world.promoted(3)
    assert (stage(world, 2), stage(world, 3)) == (SERVES, None)
    world.start("back", action="rollback", endpoint="churn")
    world.run()
    assert stage(world, 2) == SERVES


def test_without_capacity_to_go_back_stages_say_what_serves(world: World) -> None:
    world.promoted(2)
    for _ in range(500):
        world.cloud.next("update", NoCapacity("quota"))
    world.start("back", action="rollback", endpoint="churn")
    world.run()
    assert world.gate.attention
    assert (stage(world, 1), stage(world, 2)) == (GONE, SERVES)


def test_a_release_that_adopts_stages_its_own_package(world: World) -> None:
    world.cloud.edit("churn", "theirs")
    execution = world.release(2, adopt=True)
    world.run(execution)
    assert execution.ending == "promoted"
    assert stage(world, 2) == SERVES
    assert stage(world, 1) == SERVES  # nobody knows whether it still served
