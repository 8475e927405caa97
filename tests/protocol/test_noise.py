"""Releases by a policy that leaves the tolerance open: live is compared with itself."""

import json
import math
from typing import Any

import pytest

from penstock.domain.errors import Denied
from penstock.domain.kinds.question import Question
from tests.fakes.minutes import Half
from tests.protocol.climbs import JUDGE, ROLLOUT, serving
from tests.worlds.world import POLICY, World

INSTANCES = ("i-1", "i-2")


def world_of(rollout: dict[str, Any] | None = None, **judge: Any) -> World:
    """Live's rate of errors doubles and halves from ten minutes to the next."""
    world = serving().fork()
    world.clock.advance(4 * 3600)
    document = {**POLICY, "rollout": rollout or ROLLOUT, "judge": JUDGE | judge}
    world.policies.put("churn", json.dumps(document))
    usual = world.minutes.always

    def swinging(question: Question, number: int, variant: str) -> dict[str, Half]:
        said = dict(usual(question, number, variant))
        rate = 0.2 if number // 10 % 2 else 0.1
        for name in question.signals:
            instance, _, signal = name.partition("/")
            if signal:  # all instances swing together, and one of them more
                more = 1.3 if instance == INSTANCES[0] and number // 10 % 2 else 1.0
                said[name] = (300.0, 300.0 * rate * more)
        if "errors" in said:
            said["errors"] = (said["errors"][0], said["errors"][0] * rate)
        return said

    world.minutes.always = swinging
    return world


def enhance(world: World) -> None:
    name = world.view.content.name
    enhanced = {"MetricsConfig": {"EnableEnhancedMetrics": True}}
    world.cloud.configs[name] = {**world.cloud.configs[name], **enhanced}
    world.strata.always = {"InstanceId": INSTANCES}


def planned(world: World) -> tuple[float | None, int | None, list[str]]:
    execution = world.release(2)
    world.until(execution, "Judge what is seen", 1)
    plan = world.plan_of(2)
    notes = [note for note in plan.notes if note.startswith(("tolerance ", "attempts "))]
    return plan.policy.judge.tolerance, plan.policy.judge.attempts, notes


def test_minutes_that_differ_teach_a_tolerance_within_its_bounds() -> None:
    tolerance, attempts, notes = planned(world_of())
    assert (tolerance, attempts) == (1.25, None)
    assert notes[0].startswith(
        "tolerance 1.25: in the last 180 minutes live's rate of errors varied by"
    )
    assert "from ten minutes to the next, beyond chance" in notes[0]


def test_instances_that_differ_less_teach_less() -> None:
    world = world_of()
    enhance(world)
    tolerance, attempts, notes = planned(world)
    spread = math.log(1.3) / math.sqrt(0.4549)  # of every second block; the median lies between
    assert tolerance is not None
    assert 1.1 <= tolerance < 1 + 1.6 * spread
    assert attempts is None, "where most requests fail no groups are seen"
    assert "from one instance to another, beyond chance" in notes[0]


@pytest.mark.parametrize("trouble", ["refused", "throttled", "none", "one", "too many"])
def test_where_instances_tell_nothing_minutes_do(trouble: str) -> None:
    world = world_of()
    enhance(world)
    world.strata.throttled = trouble == "throttled"
    if trouble == "refused":
        world.wire.refused["strata.values"] = lambda: Denied("AWS refused ListMetrics: no")
    found = {"none": (), "one": ("i-1",), "too many": tuple(f"i-{n}" for n in range(51))}
    world.strata.always = {"InstanceId": found.get(trouble, INSTANCES)}
    tolerance, _, notes = planned(world)
    assert tolerance == 1.25
    assert "from ten minutes to the next" in notes[0]


def test_without_enhanced_metrics_nobody_asks_for_instances() -> None:
    world = world_of()
    world.strata.throttled = True
    assert planned(world)[0] == 1.25


@pytest.mark.parametrize("named", [{"tolerance": 1.1}, {"tolerance": 1.1, "attempts": 1}])
def test_a_policy_that_names_its_tolerance_asks_minutes_for_nothing(named: dict[str, Any]) -> None:
    asked, learning = world_of(**named), world_of()
    assert planned(asked)[2] == []
    assert planned(learning)[2]
    assert learning.minutes.asked - asked.minutes.asked == 1


def test_a_silent_cloudwatch_teaches_nothing_and_stops_nothing_and_that_is_said() -> None:
    world = world_of()
    world.minutes.whole = False
    tolerance, attempts, notes = planned(world)
    assert (tolerance, attempts) == (1.1, None)
    assert notes == ["tolerance 1.1: CloudWatch did not say how much live varies by itself"]


def test_instances_with_too_few_failures_each_leave_the_tolerance_to_minutes() -> None:
    """Five of each ten failures are on one of them: fewer than can be compared."""
    world = world_of()
    enhance(world)
    busy = world.minutes.always

    def thin(question: Question, number: int, variant: str) -> dict[str, Half]:
        said = busy(question, number, variant)
        return {
            name: (half[0], half[1] / 100 if "/" in name else half[1])
            for name, half in said.items()
        }

    world.minutes.always = thin
    tolerance, _, notes = planned(world)
    assert tolerance == 1.25
    assert "from ten minutes to the next" in notes[0]


def test_what_swings_on_both_variants_is_promoted_with_what_was_learned() -> None:
    world = world_of(rollout={**ROLLOUT, "steps": [25, 50], "prove": False})
    execution = world.release(2)
    world.run(execution)
    assert execution.ending == "promoted", execution.cause
