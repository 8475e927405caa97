"""What the test of a goal promises, simulated. The seed was named before the first run."""

import math

import numpy as np
import pytest

from benchmarks.goal.many import Many, Numbers, Seen, fixed_length
from benchmarks.goal.worlds import ALIKE, APART, World, constant, ended, steady
from penstock.domain.judging.goal.aim import Aim

SEED, EXPERIMENTS, MINUTES = 20_261_130, 400, 1000
PROMISED = 0.05
CHANCE = 2.6 * math.sqrt(PROMISED * (1 - PROMISED) / EXPERIMENTS)
"""By chance so many more are seen once in 200 worlds."""


@pytest.mark.parametrize("world", ALIKE, ids=lambda world: world.name)
def test_variants_that_are_alike_are_told_apart_as_rarely_as_promised(world: World) -> None:
    found = ended(world, EXPERIMENTS, MINUTES, SEED)
    assert found.higher + found.lower <= PROMISED + CHANCE
    assert found.missed <= PROMISED + CHANCE


@pytest.mark.parametrize("world", APART, ids=lambda world: world.name)
def test_the_interval_has_the_true_effect_at_all_times_at_once(world: World) -> None:
    found = ended(world, EXPERIMENTS, MINUTES, SEED)
    assert found.missed <= PROMISED + CHANCE
    assert found.lower <= PROMISED / 2


@pytest.mark.parametrize(("times", "at_most"), [(1, 1.25), (2, 1.0)])
@pytest.mark.parametrize("rate", [0.01, 0.05, 0.4])
def test_the_median_is_early_beside_a_test_of_fixed_length(
    rate: float, times: float, at_most: float
) -> None:
    least = 0.2 * rate
    requests = round(2 * fixed_length(rate, Aim(least)) / 200)  # for 200 minutes
    world = World("", least, constant(requests), steady(rate), effect=constant(times * least))
    limit = at_most * fixed_length(rate, Aim(least)) / (requests / 2)
    many, chance = Many(Aim(least), 200), np.random.default_rng(SEED)
    found = np.zeros(200, bool)
    for number in range(math.floor(limit)):
        world.play(many, number, chance)
        found |= many.decisions == 1
    assert found.mean() > 0.5


def test_values_are_told_apart_as_rarely_as_promised_by_sum_minimum_and_maximum() -> None:
    """Revenues of up to 500, most of them small; five of each variant a minute."""
    aim, chance = Aim(4.0, bounds=(0.0, 500.0)), np.random.default_rng(SEED)
    many = Many(aim, EXPERIMENTS)
    wrong, missed = np.zeros(EXPERIMENTS, bool), np.zeros(EXPERIMENTS, bool)
    for number in range(MINUTES):
        mean = 0.04 + 0.02 * math.sin(number / 200)
        live, candidate = (
            _seen(chance.beta(8 * mean, 8 * (1 - mean), (EXPERIMENTS, 20))) for _ in range(2)
        )
        many.minute(0.5, live, candidate)
        wrong |= abs(many.decisions) == 1
        missed |= many.uncovered
    assert many.aim.least * many.weight.mean() > 10  # enough for a decision
    assert wrong.mean() <= PROMISED + CHANCE
    assert missed.mean() <= PROMISED + CHANCE


def _seen(outcomes: Numbers) -> Seen:
    """What CloudWatch shows of outcomes from 0 to 1, a row for each experiment."""
    least, most = outcomes.min(axis=1), outcomes.max(axis=1)
    requests = np.full(len(outcomes), float(outcomes.shape[1]))
    return Seen(requests, (outcomes.sum(axis=1) - requests * least) / (most - least), least, most)
