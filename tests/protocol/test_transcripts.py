"""What is kept of a release lets anybody judge it again, and comes to the same."""

import json
from dataclasses import replace
from typing import Any

import pytest

from penstock.domain.execution.announcements import ReleaseJudged
from penstock.domain.judging.judge_settings import JudgeSettings
from penstock.domain.planning.legs import legs
from penstock_cli.minutes import OVERALL, read_minutes
from penstock_cli.replay import JudgedMinute, replay, verdict_of
from tests.protocol.climbs import climbing, shares, world_of
from tests.worlds.world import POLICY, World

MINUTE_MS = 60_000


def released(rates: dict[str, Any]) -> World:
    """Version 2 goes bad on its way up, or does not."""
    world = world_of()
    execution = climbing(world, 5)
    world.traffic.rates = rates
    world.run(execution)
    return world


def again(world: World, settings: JudgeSettings | None = None) -> list[JudgedMinute]:
    """By the plan's own stages; with its own method, or another one."""
    plan = world.plan_of(2)
    transcript = world.archive.transcript("churn", world.record_of(2).release)
    minutes = read_minutes(json.dumps(transcript))
    return list(replay(minutes, settings or plan.judge_settings, legs(plan.stages)))


def announced(world: World) -> list[ReleaseJudged]:
    """Comparisons of version 2, as they were told."""
    said = [each for each in world.announcer.said if isinstance(each, ReleaseJudged)]
    release = world.record_of(2).release
    return [each for each in said if each.release_id == release and each.signals]


@pytest.mark.parametrize(
    ("rates", "verdict"),
    [({"candidate": {"errors": 0.3}}, "roll_back"), ({}, "promote")],
    ids=["failing", "healthy"],
)
def test_the_kept_minutes_come_to_the_same_verdict(rates: dict[str, Any], verdict: str) -> None:
    world = released(rates)
    lines = again(world)
    assert verdict_of(lines).verdict == verdict
    assert lines[-1].log_e[OVERALL] == announced(world)[-1].log_e
    assert lines[-1].harm["errors"] == announced(world)[-1].signals[0].harm_at_most
    assert {line.action for line in lines} & {"roll_back", "promote"} == {verdict}


def test_the_kept_minutes_ask_for_the_shares_that_were_set() -> None:
    world = released({})
    asked = {round(100 * line.weight, 2) for line in again(world)}
    assert set(shares(world)[1:-1]) <= asked


def test_another_policy_judges_them_otherwise() -> None:
    world = released({"candidate": {"errors": 0.3}})
    blind = replace(world.plan_of(2).judge_settings, alpha=1e-60)
    assert verdict_of(again(world, blind)).verdict == "undecided"


STEPS = {"steps": [10, 50], "step_minutes": 6, "hold_minutes": 3, "watch_minutes": 4}
DOUBTFUL = {"warm_up_minutes": 0, "deadline_minutes": 8, "wait_hours": 1}


@pytest.mark.parametrize(
    ("judge", "said", "asked"),
    [
        ({"min_requests": 10}, "advance", {0.5}),
        ({"min_requests": 10**6, "on_inconclusive": "promote"}, "advance", {0.5}),
        ({"min_requests": 10**6, "on_inconclusive": "roll_back"}, "roll_back", set()),
        ({"min_requests": 10**6, "on_inconclusive": "wait"}, "ask", set()),
    ],
)
def test_the_kept_minutes_of_explicit_steps_ask_for_the_shares_that_were_set(
    judge: dict[str, Any], said: str, asked: set[float]
) -> None:
    """The end itself is not among them: such a release ends before its last minutes are judged."""
    world = World({**POLICY, "rollout": STEPS, "judge": DOUBTFUL | judge})
    world.promoted(1)
    world.run(world.release(2))
    lines = again(world)
    assert said in [each.verdict for each in announced(world)]
    assert {line.weight for line in lines if line.action == "raise"} == asked
    assert (verdict_of(lines).verdict == "inconclusive") is (said == "ask")
