"""Releases whose latency is compared with live's quantiles of the hour before."""

import json
from typing import Any

import pytest

from penstock.domain.execution.announcements import ReleaseJudged
from penstock.domain.judging.quantiles import QUANTILES
from penstock.domain.kinds.series import Fleet
from penstock.domain.planning.legs import legs
from penstock_cli.minutes import OVERALL, read_minutes
from penstock_cli.replay import replay, verdict_of
from tests.protocol.climbs import world_of
from tests.worlds.machine import Execution
from tests.worlds.world import World

BUSY = {"SampleCount": 36_000.0} | dict(
    zip(
        (f"p{each.percent:g}" for each in QUANTILES.values()),
        (41_000.0, 57_000.0, 78_000.0, 93_000.0, 131_000.0, 192_000.0),
        strict=True,
    )
)
BODY = {"latency@p50": 0.7, "latency@p75": 0.44, "latency@p90": 0.22}


def world_with(hours: dict[str, float], **judge: Any) -> World:
    world = world_of(**judge)
    world.hours.always = hours
    return world


def released(world: World, rates: dict[str, float]) -> Execution:
    world.traffic.rates = {"candidate": rates}
    execution = world.release(2)
    world.run(execution)
    return execution


def compared(world: World) -> list[ReleaseJudged]:
    said = [each for each in world.announcer.said if isinstance(each, ReleaseJudged)]
    return [each for each in said if each.signals]


def test_a_slower_body_rolls_back_and_the_sentence_says_what_moved() -> None:
    world = world_with(BUSY)
    execution = released(world, BODY)
    assert execution.ending == "rolled_back"
    reason = str(execution.cause["reason"])
    assert reason.startswith("the candidate is worse than live: candidate 0 errors in ")
    assert "; the median went from 41 to 5" in reason


def test_a_candidate_that_is_as_fast_is_promoted_by_proof() -> None:
    world = world_with(BUSY)
    execution = released(world, {})
    assert execution.ending == "promoted", execution.cause
    assert "expected extra answers over 93 ms so far at most" in compared(world)[-1].reason


def test_a_tail_that_is_not_proven_is_not_promoted() -> None:
    """Slower than live's 95 % quantile by nearly the margin: not harm, and no proof."""
    world = world_with(BUSY, on_inconclusive="roll_back")
    execution = released(world, {"latency@p95": 0.068})
    assert "no proof after " in str(execution.cause["reason"])


def test_the_values_are_those_of_the_hour_with_more_answers_and_stay_as_planned() -> None:
    world = world_with(BUSY)
    last = world.clock.now() // 3_600_000 - 1
    plan_before = world.plan_of(1)
    fleet = Fleet("churn", plan_before.final.name, plan_before.live_variant)
    answers = plan_before.published.statistic(plan_before.published.answers, fleet)  # type: ignore[arg-type] # it has some
    world.hours.recorded = {
        answers: {last: 40_000.0},
        answers._replace(statistic="p50"): {last: 35_500.0},
    }
    execution = world.release(2)
    world.until(execution, "Shift traffic")
    assert world.plan_of(2).values_ms["latency@p50"] == 35.5
    world.hours.always = {}
    world.run(execution)
    assert world.plan_of(2).metrics == ("errors", *QUANTILES)
    assert [each.name for each in compared(world)[-1].signals] == ["errors", *QUANTILES]


@pytest.mark.parametrize(
    ("hours", "metrics"),
    [
        ({}, ("errors",)),
        (BUSY | {"SampleCount": 39.0}, ("errors", "latency@p50")),
        (BUSY | {"SampleCount": 19.0}, ("errors",)),
    ],
)
def test_a_live_without_enough_answers_is_compared_by_what_is_known(
    hours: dict[str, float], metrics: tuple[str, ...]
) -> None:
    world = world_with(hours)
    assert released(world, {}).ending == "promoted"
    plan = world.plan_of(2)
    assert plan.metrics == metrics
    assert any(note.startswith("latency is not judged: live ") for note in plan.notes) == (
        metrics == ("errors",)
    )


def test_where_nothing_else_is_judged_a_live_without_answers_refuses_the_release() -> None:
    world = world_with({}, signals=["latency_quantiles"])
    execution = released(world, {})
    assert execution.ending == "refused"
    assert str(execution.cause["reason"]).endswith("; add errors to judge.signals")


def test_a_cloudwatch_that_does_not_answer_is_asked_again() -> None:
    world = world_with(BUSY)
    world.hours.whole = False
    execution = world.release(2)
    world.until(execution, "Plan the release", 3)
    world.hours.whole = True
    world.run(execution)
    assert execution.ending == "promoted", execution.cause
    assert world.plan_of(2).values_ms


def test_quantiles_are_not_asked_for_where_nothing_is_compared() -> None:
    world = world_with(BUSY, signals=["errors"])
    world.hours.whole = False
    assert released(world, {}).ending == "promoted"
    assert not world.plan_of(2).values_ms


@pytest.mark.parametrize(("rates", "verdict"), [(BODY, "roll_back"), ({}, "promote")])
def test_the_kept_minutes_come_to_the_same(rates: dict[str, float], verdict: str) -> None:
    world = world_with(BUSY)
    released(world, rates)
    plan = world.plan_of(2)
    transcript = world.archive.transcript("churn", world.record_of(2).release)
    minutes = read_minutes(json.dumps(transcript))
    lines = list(replay(minutes, plan.judge_settings, legs(plan.stages)))
    assert verdict_of(lines).verdict == verdict
    assert lines[-1].log_e[OVERALL] == compared(world)[-1].log_e
