"""How much live varies by itself: learned from live alone, within bounds, and enough."""

import math
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.assumptions import Wandering, history, noisy
from benchmarks.simulated import BASE, SHIPPED, Draw, by_rate, serving
from penstock.domain.judging.counts import NO_REQUESTS, Counts
from penstock.domain.judging.noise_floor import (
    LEAST_TOLERANCE,
    MOST_ATTEMPTS,
    MOST_BY_INSTANCES,
    MOST_BY_MINUTES,
    NOISE_MINUTES,
    NoiseFloor,
    noise_by_instances,
    noise_by_minutes,
    spread_of,
)
from penstock.domain.judging.ramp import first_weight
from penstock.domain.judging.simulated_release import simulate
from penstock.domain.judging.walk import ramp
from penstock_cli.binomial import binomial

Minutes = list[Mapping[str, Counts]]


def learned(requests: int, drawing: Callable[[], Draw], releases: int = 25) -> list[NoiseFloor]:
    chance = random.Random(7)  # noqa: S311 - a simulation
    return [noise_by_minutes(history(requests, drawing(), chance)) for _ in range(releases)]


def by_instances(
    requests: int, instances: int, drawing: Callable[[], Draw], releases: int = 12
) -> list[NoiseFloor]:
    chance = random.Random(8)  # noqa: S311 - a simulation
    each = requests // instances
    return [
        noise_by_instances([history(each, drawing(), chance) for _ in range(instances)])
        for _ in range(releases)
    ]


def sticky(attempts: int) -> Draw:
    def draw(n: int, p: float, minute: int, candidate: bool, chance: random.Random) -> float:
        del minute, candidate
        return min(n, attempts * binomial(n, p / attempts, chance))

    return draw


@pytest.mark.parametrize("requests", [60, 600, 60_000])
def test_of_independent_requests_nothing_is_learned(requests: int) -> None:
    tolerances = [each.tolerance for each in learned(requests, lambda: by_rate)]
    assert tolerances.count(LEAST_TOLERANCE) >= 20
    assert max(tolerances) <= 1.2


@pytest.mark.parametrize(("spread", "least", "most"), [(0.1, 1.1, 1.2), (0.2, 1.15, 1.25)])
def test_noise_that_lasts_is_found(spread: float, least: float, most: float) -> None:
    found = learned(60_000, partial(Wandering, spread))
    assert least <= median(each.tolerance for each in found) <= most
    assert {each.metric for each in found} <= {"errors", "latency"}


@pytest.mark.parametrize("requests", [600, 6_000, 60_000])
def test_with_what_was_learned_lasting_noise_of_a_tenth_rolls_at_most_1_percent_back(
    requests: int,
) -> None:
    chance, backs = random.Random(11), 0  # noqa: S311 - a simulation
    weight = first_weight(requests, BASE, SHIPPED)
    for _ in range(60):
        rho = noise_by_minutes(history(requests, Wandering(0.1), chance)).tolerance
        serve = serving(requests, Wandering(0.1), chance)
        settings = replace(SHIPPED, rho=rho)
        backs += simulate(BASE, settings, ramp(settings, weight), serve).action == "roll_back"
    assert backs <= 1


def test_noise_of_a_fifth_rolls_back_half_as_many_with_what_was_learned() -> None:
    weight = first_weight(60_000, BASE, SHIPPED)

    def backs(*, learns: bool) -> int:
        chance, found = random.Random(12), 0  # noqa: S311 - a simulation
        for _ in range(300):
            before = noise_by_minutes(history(60_000, Wandering(0.2), chance))
            settings = replace(SHIPPED, rho=before.tolerance) if learns else SHIPPED
            serve = serving(60_000, Wandering(0.2), chance)
            found += simulate(BASE, settings, ramp(settings, weight), serve).action == "roll_back"
        return found

    assert 2 * backs(learns=True) <= backs(learns=False)


def test_an_incident_is_no_noise() -> None:
    """Ten points more errors for a quarter of an hour, once in three hours."""

    def draw(n: int, p: float, minute: int, candidate: bool, chance: random.Random) -> float:
        del candidate
        return binomial(n, p + (0.1 if 60 <= minute < 75 else 0.0), chance)

    assert median(each.tolerance for each in learned(6_000, lambda: draw)) == LEAST_TOLERANCE


def test_a_slow_drift_is_no_noise() -> None:
    def draw(n: int, p: float, minute: int, candidate: bool, chance: random.Random) -> float:
        del candidate
        return binomial(n, p * (1 + minute / NOISE_MINUTES), chance)

    assert median(each.tolerance for each in learned(60_000, lambda: draw)) <= 1.15


def test_minutes_teach_no_more_than_a_quarter_and_no_attempts() -> None:
    """What all variants share looks like noise in one of them, minute by minute."""
    found = learned(6_000, lambda: noisy(1.5, both=True))
    assert {each.tolerance for each in found} == {MOST_BY_MINUTES}
    assert {each.attempts for each in [*found, *learned(600, lambda: sticky(3))]} == {1}


@pytest.mark.parametrize("instances", [2, 4])
def test_between_instances_what_all_of_them_share_is_no_noise(instances: int) -> None:
    chance = random.Random(9)  # noqa: S311 - a simulation
    factors = [chance.gammavariate(0.5, 2.0) for _ in range(NOISE_MINUTES)]

    def draw(n: int, p: float, minute: int, candidate: bool, chance: random.Random) -> float:
        del candidate
        return binomial(n, min(1.0, p * factors[minute]), chance)

    found = by_instances(6_000, instances, lambda: draw)
    assert median(each.tolerance for each in found) == LEAST_TOLERANCE
    assert {each.attempts for each in found} == {1}
    assert {each.instances for each in found} == {instances}


def test_instances_that_differ_teach_a_tolerance_up_to_a_half() -> None:
    found = by_instances(6_000, 4, partial(Wandering, 0.3))
    assert 1.25 < median(each.tolerance for each in found) <= MOST_BY_INSTANCES


@pytest.mark.parametrize(("attempts", "least", "most"), [(1, 1, 1), (3, 2, 3), (5, 4, 5)])
def test_failures_that_come_together_on_one_instance_teach_attempts(
    attempts: int, least: int, most: int
) -> None:
    found = by_instances(600, 4, lambda: sticky(attempts))
    known = [each.attempts for each in found if each.groups is not None]
    assert least <= median(known) <= most
    assert max(known) <= MOST_ATTEMPTS


@pytest.mark.parametrize(
    "instances",
    [
        [],
        [[{"errors": Counts(100, 1, 0, 0)}] * NOISE_MINUTES],
        [
            [{"errors": Counts(100, 1, 0, 0)}] * NOISE_MINUTES,
            [{"errors": NO_REQUESTS}] * NOISE_MINUTES,
        ],
    ],
    ids=["none", "one", "one that is gone"],
)
def test_one_instance_has_nothing_to_be_compared_with(instances: Sequence[Minutes]) -> None:
    assert noise_by_instances(instances) == NoiseFloor()


def test_an_instance_that_came_late_is_compared_while_it_is_there() -> None:
    chance = random.Random(10)  # noqa: S311 - a simulation
    old, new = (history(6_000, by_rate, chance) for _ in range(2))
    gone = [dict.fromkeys(BASE, NO_REQUESTS)] * 100
    found = noise_by_instances([old, [*gone, *new[100:]], [*old[:100], *gone[:80]]])
    assert found.tolerance <= 1.2
    assert found.instances == 2, "at a time"


@pytest.mark.parametrize("minutes", [[], [{}] * NOISE_MINUTES, [{"errors": NO_REQUESTS}] * 180])
def test_of_nothing_nothing_is_learned(minutes: Minutes) -> None:
    found = noise_by_minutes(minutes)
    assert (found.spread, found.tolerance, found.attempts) == (None, 1.1, 1)


def test_the_spread_is_that_of_the_ratio_of_two_rates() -> None:
    """Exact figures: rates that differ by a factor of e^0.4 in every pair, and no chance."""
    pair = Counts(1e9, 1e8, 0, 0), Counts(1e9, 1e8 * math.exp(0.4), 0, 0)
    assert spread_of([pair] * 8) == pytest.approx(0.4 / math.sqrt(0.4549), rel=1e-6)
    assert spread_of([pair] * 7) is None


@given(
    st.lists(
        st.tuples(st.floats(0, 1e9), st.floats(0, 1)).map(
            lambda each: {"errors": Counts(each[0], each[0] * each[1], 0, 0)}
        ),
        min_size=0,
        max_size=200,
    )
)
def test_whatever_live_shows_settings_stay_within_their_bounds(minutes: Minutes) -> None:
    for found in (noise_by_minutes(minutes), noise_by_instances([minutes, minutes[::-1]])):
        assert 1.1 <= found.tolerance <= found.most
        assert 1 <= found.attempts <= MOST_ATTEMPTS
