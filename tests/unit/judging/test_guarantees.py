"""What the judge promises, tried on whole releases with fixed seeds (`make guarantees`: more)."""

import math
import os
import random
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import NamedTuple

import pytest

from penstock.domain.judging.counts import Counts, Minute
from penstock.domain.judging.decision import next_move
from penstock.domain.judging.evidence_state import begun, judged
from penstock.domain.judging.judge_settings import JudgeSettings
from penstock.domain.judging.ramp import first_weight
from penstock_cli.binomial import binomial

RUNS = int(os.environ.get("GUARANTEE_RUNS", "200"))
SETTINGS = replace(JudgeSettings(), deadline=60)

Rates = Mapping[str, tuple[float, float]]  # metric -> live's and the candidate's in one minute
World = Callable[[int, random.Random], Rates]


class Release(NamedTuple):
    """How one ended, and whether the harm of a metric ever exceeded its bound."""

    action: str
    exceeded: bool


def released(requests: int, world: World, chance: random.Random) -> Release:
    """One adaptive release, looked at every minute until it ends."""
    weight = first_weight(requests, ["errors", "latency"], SETTINGS)
    state = begun(["errors", "latency"], SETTINGS)
    harm, exceeded = dict.fromkeys(state.metrics, 0.0), False
    for number in range(SETTINGS.deadline):
        candidate = binomial(requests, weight, chance)
        rates = world(number, chance)
        state = judged(
            state, Minute(number, weight, drawn(requests, candidate, rates, chance)), SETTINGS
        )
        for name, (base, rate) in rates.items():
            harm[name] += candidate * (rate - base)
            if 0 < candidate < requests:
                exceeded |= harm[name] > state.metrics[name].harm_at_most(SETTINGS) + 1e-9
        move = next_move(state, SETTINGS, weight, number + 1)
        if move.action in ("roll_back", "promote"):
            break
        weight = move.weight
    return Release(move.action, exceeded)


def drawn(
    requests: int, candidate: int, rates: Rates, chance: random.Random
) -> Mapping[str, Counts]:
    live = requests - candidate
    return {
        name: Counts(
            live, binomial(live, base, chance), candidate, binomial(candidate, rate, chance)
        )
        for name, (base, rate) in rates.items()
    }


def at_the_tolerance(number: int, chance: random.Random) -> Rates:
    return {"errors": (0.01, 0.011), "latency": (0.05, 0.055)}


def wandering(number: int, chance: random.Random) -> Rates:
    """Live's rates go up and down by factors, the candidate's with them, 10 % above."""
    base = 0.02 * 10 ** math.sin(number / 3) * chance.uniform(0.3, 1)
    return {"errors": (base, 1.1 * base), "latency": (base, 1.1 * base)}


def incident(number: int, chance: random.Random) -> Rates:
    extra = 0.1 if 8 <= number <= 14 else 0.0
    return {"errors": (0.001 + extra,) * 2, "latency": (0.05 + extra,) * 2}


def bursty(number: int, chance: random.Random) -> Rates:
    factor = chance.gammavariate(1 / 2.25, 2.25)
    return {"errors": (min(1, 0.01 * factor),) * 2, "latency": (min(1, 0.05 * factor),) * 2}


def slow_burn(number: int, chance: random.Random) -> Rates:
    rate = 0.001 + 0.009 * min(1, max(0, number - 5) / 20)
    return {"errors": (0.001, rate), "latency": (0.05, 0.05)}


def tenfold(number: int, chance: random.Random) -> Rates:
    return {"errors": (0.001, 0.01), "latency": (0.05, 0.05)}


def beyond_the_margin(number: int, chance: random.Random) -> Rates:
    return {"errors": (0.01, 0.0155), "latency": (0.05, 0.05)}


def allowed(share: float) -> int:
    """As many of RUNS as a true share gives in all but one of a thousand simulations."""
    reached, hits = chance_of(0, share), 0
    while reached < 0.999:
        hits += 1
        reached += chance_of(hits, share)
    return hits


def chance_of(hits: int, share: float) -> float:
    ways = math.lgamma(RUNS + 1) - math.lgamma(hits + 1) - math.lgamma(RUNS - hits + 1)
    return math.exp(ways + hits * math.log(share) + (RUNS - hits) * math.log(1 - share))


def releases(requests: int, world: World) -> list[Release]:
    chance = random.Random(f"{requests} {world.__name__}")  # noqa: S311 - a simulation
    return [released(requests, world, chance) for _ in range(RUNS)]


@pytest.mark.parametrize("requests", [2, 60, 600, 6000])
@pytest.mark.parametrize("world", [at_the_tolerance, wandering, incident, bursty])
def test_harmless_releases_are_hardly_ever_rolled_back_and_their_harm_is_bounded(
    requests: int, world: World
) -> None:
    found = releases(requests, world)
    assert sum(each.action == "roll_back" for each in found) <= allowed(SETTINGS.alpha)
    assert sum(each.exceeded for each in found) <= allowed(2 * SETTINGS.beta)


@pytest.mark.parametrize(
    ("requests", "world"), [(600, tenfold), (6000, tenfold), (6000, slow_burn)]
)
def test_harmful_releases_are_rolled_back_and_their_harm_is_bounded(
    requests: int, world: World
) -> None:
    found = releases(requests, world)
    assert sum(each.action == "roll_back" for each in found) >= 0.9 * RUNS
    assert sum(each.exceeded for each in found) <= allowed(2 * SETTINGS.beta)


def test_what_is_worse_than_the_margin_is_hardly_ever_promoted() -> None:
    found = releases(6000, beyond_the_margin)
    assert sum(each.action == "promote" for each in found) <= allowed(SETTINGS.beta)
