"""Releases whose signal is compared route by route."""

import json
from typing import Any

import pytest

from penstock.domain.execution.announcements import ReleaseJudged
from penstock.domain.planning.legs import legs
from penstock_cli.minutes import OVERALL, read_minutes
from penstock_cli.replay import replay, verdict_of
from tests.protocol.climbs import world_of
from tests.worlds.machine import Execution
from tests.worlds.world import World

ROUTES = [f"/{n}" for n in range(10)]
CHECKOUT: dict[str, Any] = {
    "name": "checkout",
    "namespace": "Shop",
    "metric": "Failed",
    "margin": 0.05,
    "by": "Route",
    "values": ROUTES,
}

USUAL = {f"checkout[Route={route}]": 0.03 for route in ROUTES}


def released(
    rates: dict[str, float], late: dict[tuple[str, str], int] | None = None
) -> tuple[World, Execution]:
    world = world_of(signals=["errors", CHECKOUT])
    world.minutes.late_strata |= late or {}
    world.traffic.rates = {"live": USUAL, "candidate": USUAL | rates}
    execution = world.release(2)
    world.run(execution)
    return world, execution


def compared(world: World) -> list[ReleaseJudged]:
    said = [each for each in world.announcer.said if isinstance(each, ReleaseJudged)]
    return [each for each in said if each.signals]


def test_a_failure_of_one_route_rolls_back_and_is_named() -> None:
    world, execution = released({"checkout[Route=/7]": 0.2})
    assert execution.ending == "rolled_back"
    assert "; of Route /7: candidate " in str(execution.cause["reason"])
    judged = compared(world)[-1]
    worst = max(judged.signals, key=lambda seen: seen.log_e)
    assert (worst.name, worst.harm_at_most) == ("checkout[Route=/7]", None)


@pytest.mark.parametrize("variants", [("candidate",), ("live", "candidate")])
def test_a_route_that_is_published_late_is_judged_too(variants: tuple[str, ...]) -> None:
    late = {(variant, "checkout[Route=/7]"): 3 for variant in variants}
    _, execution = released({"checkout[Route=/7]": 0.2}, late)
    assert execution.ending == "rolled_back"
    assert "; of Route /7: candidate " in str(execution.cause["reason"])


def test_a_candidate_that_is_as_good_on_every_route_is_promoted() -> None:
    _, execution = released({})
    assert execution.ending == "promoted", execution.cause


@pytest.mark.parametrize(
    ("rates", "verdict"), [({"checkout[Route=/7]": 0.2}, "roll_back"), ({}, "promote")]
)
def test_the_kept_minutes_of_every_route_come_to_the_same(
    rates: dict[str, float], verdict: str
) -> None:
    world, _ = released(rates)
    plan = world.plan_of(2)
    transcript = world.archive.transcript("churn", world.record_of(2).release)
    minutes = read_minutes(json.dumps(transcript))
    assert set(minutes[0].counts) == set(plan.metrics)
    lines = list(replay(minutes, plan.judge_settings, legs(plan.stages)))
    judged = compared(world)[-1]
    assert verdict_of(lines).verdict == verdict
    assert lines[-1].log_e[OVERALL] == judged.log_e
