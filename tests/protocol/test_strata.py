"""Releases whose signal is compared route by route."""

import json
from typing import Any

import pytest

from penstock.domain.errors import Denied, Refused, RefusedByAws
from penstock.domain.execution.announcements import ReleaseJudged
from penstock.domain.planning.legs import legs
from penstock_cli.minutes import OVERALL, read_minutes
from penstock_cli.replay import replay, verdict_of
from tests.protocol.climbs import world_of
from tests.worlds.machine import Execution
from tests.worlds.world import POLICY, World

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


OPEN = {key: CHECKOUT[key] for key in CHECKOUT if key != "values"}


def released(
    rates: dict[str, float], late: dict[tuple[str, str], int] | None = None
) -> tuple[World, Execution]:
    world = world_of(signals=["errors", CHECKOUT])
    world.minutes.late_strata |= late or {}
    return world, ended(world, rates)


def ended(world: World, rates: dict[str, float]) -> Execution:
    world.traffic.rates = {"live": USUAL, "candidate": USUAL | rates}
    execution = world.release(2)
    world.run(execution)
    return execution


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


def test_routes_that_are_not_listed_are_looked_up_and_stay_as_they_were_found() -> None:
    world = world_of(signals=["errors", OPEN])
    world.strata.always = {"Route": tuple(ROUTES)}
    world.wire.after("strata.values", lambda: setattr(world.strata, "always", {}))
    execution = ended(world, {"checkout[Route=/7]": 0.2})
    assert execution.ending == "rolled_back"
    assert "; of Route /7: candidate " in str(execution.cause["reason"])
    assert world.wire.counts["strata.values"] == 1
    plan = world.plan_of(2)
    assert plan.metrics == ("errors", "checkout", *USUAL)
    said = "checkout is compared by each Route that CloudWatch lists: /0, /1, "
    assert any(note.startswith(said) for note in plan.notes)


def test_where_no_route_is_found_the_signal_is_compared_as_a_whole() -> None:
    world = world_of(signals=["errors", OPEN])
    assert ended(world, {}).ending == "promoted"
    plan = world.plan_of(2)
    assert plan.metrics == ("errors", "checkout")
    assert any(note.startswith("checkout is compared as a whole: ") for note in plan.notes)


def test_too_many_routes_refuse_the_release() -> None:
    world = world_of(signals=["errors", OPEN])
    world.strata.always = {"Route": tuple(f"/{n}" for n in range(35))}
    execution = ended(world, {})
    assert execution.ending == "refused"
    assert str(execution.cause["reason"]).endswith(
        "CloudWatch lists 35 values of Route for checkout, and at most 20 can be compared apart: "
        "list those that matter in `values`"
    )


@pytest.mark.parametrize("error", [Denied, RefusedByAws, Refused])
def test_a_list_that_is_refused_refuses_the_release(error: type[Exception]) -> None:
    """Compared as a whole, requests that are published by their route would not count at all."""
    world = world_of(signals=["errors", OPEN])
    world.wire.refused["strata.values"] = lambda: error("AWS refused ListMetrics: no")
    execution = ended(world, {})
    assert execution.ending == "refused"
    assert str(execution.cause["reason"]).endswith(
        "judge.signals: the strata of checkout are unknown: AWS refused ListMetrics: no; list "
        "those that matter in `values`"
    )


def test_a_cloudwatch_that_does_not_answer_is_asked_again() -> None:
    world = world_of(signals=["errors", OPEN])
    world.strata.always, world.strata.throttled = {"Route": tuple(ROUTES)}, True
    world.traffic.rates = {"live": USUAL, "candidate": USUAL}
    execution = world.release(2)
    world.until(execution, "Plan the release", 3)
    world.strata.throttled = False
    world.run(execution)
    assert execution.ending == "promoted", execution.cause
    assert world.plan_of(2).metrics == ("errors", "checkout", *USUAL)


def test_a_first_release_asks_nothing() -> None:
    world = World({**POLICY, "judge": POLICY["judge"] | {"signals": ["errors", OPEN]}})
    world.run(world.release(1))
    assert world.plan_of(1).first
    assert not world.wire.counts["strata.values"]
