"""Harm that begins late is found in a holdback, on whole releases by the deployed judge."""

import math
import os
import random
from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any, NamedTuple

import pytest

from penstock.domain.judging.counts import Counts
from penstock.domain.judging.demand import Demand
from penstock.domain.judging.simulated_release import Course, Serve, simulate
from penstock.domain.planning.comparison_settings import judge_settings
from penstock.domain.planning.legs import legs_of
from penstock_cli.binomial import binomial
from tests.worlds.setups import policy

RUNS = int(os.environ.get("GUARANTEE_RUNS", "200"))
MOST_WRONG = RUNS // 100 + 3 * math.isqrt(RUNS // 100) + 1
"""Of RUNS, where one in a hundred is promised: three standard deviations above."""
LATE = 42
"""The minute in which the harm begins, a few before the ramp promotes."""
NEVER = 10**9


class World(NamedTuple):
    """Requests a minute, live's rate of errors, and the candidate's from minute `begins` on."""

    requests: int = 600
    live: float = 0.001
    harmed: float = 0.02
    begins: int = LATE


def releases(world: World, **rollout: Any) -> list[Course]:
    """Adaptive releases by the default policy."""
    chance = random.Random(f"{world} {rollout}")  # noqa: S311 - a simulation
    drawn = policy(rollout={"steps": "adaptive", **rollout})
    settings = judge_settings(drawn)
    legs = legs_of(drawn, Demand(world.requests, {"errors": world.live}))
    return [simulate(["errors"], settings, legs, served(world, chance)) for _ in range(RUNS)]


def served(world: World, chance: random.Random) -> Serve:
    """The minutes of one release, routed at random."""
    minutes = count()

    def serve(weight: float) -> Mapping[str, Counts]:
        rate = world.harmed if next(minutes) >= world.begins else world.live
        candidate = binomial(world.requests, weight, chance)
        live = world.requests - candidate
        bad, live_bad = binomial(candidate, rate, chance), binomial(live, world.live, chance)
        return {"errors": Counts(live, live_bad, candidate, bad)}

    return serve


def found(courses: Sequence[Course]) -> float:
    """The part of the releases that was rolled back."""
    return sum(course.action == "roll_back" for course in courses) / len(courses)


def quantile(courses: Sequence[Course], part: float) -> int:
    return sorted(course.minutes for course in courses)[int(part * (len(courses) - 1))]


def test_without_a_holdback_most_harm_that_begins_late_is_promoted() -> None:
    assert found(releases(World())) < 0.2


@pytest.mark.parametrize("begins", [LATE, 60, 90, 120])
def test_a_holdback_of_5_percent_for_two_hours_finds_it(begins: int) -> None:
    """Also where it begins an hour and more after the promotion would have been."""
    courses = releases(World(begins=begins), holdback_percent=5)
    assert found(courses) >= 0.95
    assert quantile(courses, 0.95) <= begins + 45


@pytest.mark.parametrize(("requests", "percent"), [(60, 10), (6000, 1)])
def test_sparse_traffic_needs_a_larger_part_and_dense_traffic_a_smaller_one(
    requests: int, percent: float
) -> None:
    assert found(releases(World(requests=requests), holdback_percent=percent)) >= 0.95


@pytest.mark.parametrize("requests", [60, 600, 6000])
def test_what_is_harmless_is_hardly_ever_rolled_back_by_a_longer_comparison(requests: int) -> None:
    """One test for the whole release: the promise covers the holdback, too."""
    harmless = World(requests, live=0.01, harmed=0.011, begins=0)
    assert found(releases(harmless, holdback_percent=5)) <= MOST_WRONG / RUNS


def test_a_healthy_release_takes_as_much_longer_as_the_policy_says() -> None:
    healthy = World(begins=NEVER)
    held, without = (
        releases(healthy, holdback_percent=10, holdback_minutes=60),
        releases(healthy, holdback_percent=0),
    )
    assert 58 <= quantile(held, 0.5) - quantile(without, 0.5) <= 62


def test_with_explicit_steps_the_share_grows_to_what_is_not_held_back() -> None:
    drawn = policy(rollout={"steps": [5, 50], "holdback_percent": 5})
    shares: list[float] = []
    serve = served(World(begins=NEVER), random.Random(1))  # noqa: S311 - a simulation

    def noted(weight: float) -> Mapping[str, Counts]:
        shares.append(weight)
        return serve(weight)

    course = simulate(["errors"], judge_settings(drawn), legs_of(drawn), noted)
    assert list(dict.fromkeys(shares)) == [0.05, 0.5, 0.95]
    assert (course.action, shares.count(0.95)) == ("promote", 120)
