"""What is kept of a release lets anybody judge it again, and comes to the same."""

import json
from dataclasses import replace
from typing import Any

import pytest

from penstock.cli.minutes import OVERALL, read_minutes
from penstock.cli.replay import Judged, replay, verdict_of
from penstock.domain.execution.announcements import ReleaseJudged
from penstock.domain.judging.method import Method
from tests.protocol.climbs import climbing, shares, world_of
from tests.worlds.world import World

MINUTE_MS = 60_000


def released(rates: dict[str, Any]) -> World:
    """Version 2 goes bad on its way up, or does not."""
    world = world_of()
    execution = climbing(world, 5)
    world.traffic.rates = rates
    world.run(execution)
    return world


def method_of(world: World) -> Method:
    return world.plan_of(2).method


def again(world: World, method: Method) -> list[Judged]:
    transcript = world.archive.transcript("churn", world.record_of(2).release)
    return list(replay(read_minutes(json.dumps(transcript)), method, None))


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
    lines = again(world, method_of(world))
    assert verdict_of(lines).verdict == verdict
    assert lines[-1].log_e[OVERALL] == announced(world)[-1].log_e
    assert lines[-1].harm["errors"] == announced(world)[-1].signals[0].harm_at_most
    assert {line.action for line in lines} & {"roll_back", "promote"} == {verdict}


def test_the_kept_minutes_ask_for_the_shares_that_were_set() -> None:
    world = released({})
    asked = {round(100 * line.weight, 1) for line in again(world, method_of(world))}
    assert set(shares(world)[1:-1]) <= asked


def test_another_policy_judges_them_otherwise() -> None:
    world = released({"candidate": {"errors": 0.3}})
    blind = replace(method_of(world), alpha=1e-12)
    assert verdict_of(again(world, blind)).verdict == "undecided"
