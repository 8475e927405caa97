"""What the version before left in the ledger and in flight is read, and goes on as it would have.

`before.json` was written by that version: a release of its second package, watched at 10 percent.
"""

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from penstock.domain.errors import Damaged
from penstock.domain.execution.run import Run
from penstock.domain.ledger.gate import read_gate
from penstock.domain.ledger.place import Key, place_of
from penstock.domain.ledger.record import read_record
from penstock.domain.planning.plan import Plan
from tests.worlds.machine import Execution
from tests.worlds.scenes import ERRORS
from tests.worlds.world import CHURN, World

BEFORE: dict[str, Any] = json.loads((Path(__file__).parent / "before.json").read_text())
DOCUMENT, GATE, RECORDS = BEFORE["document"], BEFORE["gate"], BEFORE["records"]


def upgraded() -> tuple[World, Execution]:
    """The account of the version before at this moment, with this version's tasks."""
    world = World()
    world.promoted(1)
    execution = world.release(2)
    world.until(execution, "Judge what is seen", 3)
    execution.document = copy.deepcopy(DOCUMENT)
    world.ledger.hold(Key(CHURN), GATE, RECORDS)
    world.plans.kept.clear()
    world.plans.before = {
        (f"endpoint#{CHURN}", name): item["plan"] for name, item in RECORDS.items()
    }
    return world, execution


def test_the_document_says_where_the_release_is() -> None:
    run = Run.model_validate(DOCUMENT)
    assert (run.position, run.the_stage.percent, run.in_last_stage) == (1, 10, False)
    assert run.the_stage.content == read_gate(Key(CHURN), GATE).target
    assert run.the_stage.found == run.the_stage.content.at(0)
    blueprint = Plan.model_validate(DOCUMENT["plan"]).blueprint
    assert run.the_plan.configs == (blueprint.staging_name, blueprint.final_name)
    assert (run.the_plan.digest, run.the_plan.stages) == (None, len(DOCUMENT["plan"]["stages"]))


def test_the_stages_of_its_plan_say_what_they_mean() -> None:
    plan = Plan.model_validate(DOCUMENT["plan"])
    staged, *shifted, promotion = plan.stages
    assert (staged.swaps, staged.raises, staged.compared) == (True, False, None)
    assert all(stage.raises and stage.compared and not stage.swaps for stage in shifted)
    assert (promotion.final, promotion.swaps, promotion.watched) == (True, True, ("live", "live"))
    assert [stage.content.share("candidate") for stage in plan.stages] == [0, 0.1, 0.5, 0]


def test_a_release_that_is_under_way_is_promoted() -> None:
    world, execution = upgraded()
    world.run(execution)
    assert execution.ending == "promoted"
    assert world.serves(2)


def test_a_release_that_is_under_way_is_rolled_back() -> None:
    world, execution = upgraded()
    world.alarm(ERRORS)
    world.run(execution)
    assert execution.ending == "rolled_back"
    assert world.serves(1)


def test_a_release_whose_execution_dies_is_taken_back() -> None:
    world, execution = upgraded()
    world.die(execution)
    world.settle_down()
    assert world.serves(1)


def test_the_next_release_starts_from_what_it_made_and_cleans_up_after_it() -> None:
    world, execution = upgraded()
    world.run(execution)
    for version in range(3, 9):
        world.promoted(version)
    assert world.serves(8)
    made = {config for config in world.cloud.configs if config.startswith("churn-")}
    assert len(made) == 5
    assert Plan.model_validate(DOCUMENT["plan"]).blueprint.staging_name not in made


def test_a_plan_that_was_edited_is_known_to_be_damaged() -> None:
    world, _ = upgraded()
    world.plans.before[place_of(Key(CHURN)).stored, DOCUMENT["release"]] = {"stages": []}
    with pytest.raises(Damaged):
        world.plans.peek(Key(CHURN), DOCUMENT["release"], None)
    edited = read_record("r", {**RECORDS[DOCUMENT["release"]], "plan": {"stages": "none"}})
    assert (edited.state, edited.planned) == ("needs_attention", None)


def test_the_sweep_lets_an_alarm_find_a_release_that_wrote_no_pointers() -> None:
    """An execution keeps its function versions: the whole release may write none."""
    world, _ = upgraded()
    named = world.ledger.peek(CHURN)
    world.executions.alive.add(named.owner or "")
    world.ledger.forget_pointers()
    assert world.ledger.watching(named.alarms[0]) == []
    assert world.reconcile() == "a release is under way"
    assert world.ledger.watching(named.alarms[0]) == [CHURN]
    assert world.ledger.of_package(named.package or "") == [CHURN]
