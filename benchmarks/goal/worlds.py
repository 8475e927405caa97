"""Worlds in which a goal is tested: traffic, live's rate, the share and the effect by minute."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from benchmarks.goal.many import Many, Numbers, Seen, Whole, day
from benchmarks.goal.rules import Counts, Z, z_test
from penstock.domain.judging.goal.aim import Aim

Chance = np.random.Generator
ByMinute = Callable[[int], float]
Rates = Callable[[int, int, Chance], Numbers | float]


def constant(value: float) -> ByMinute:
    return lambda _: value


class World(NamedTuple):
    """What happens in each minute. `rate` draws live's rate: both variants share its changes."""

    name: str
    least_effect: float
    requests: ByMinute
    rate: Rates
    share: ByMinute = constant(0.5)
    effect: ByMinute = constant(0.0)

    def play(self, many: Many, minute: int, chance: Chance) -> tuple[Seen, Seen]:
        """One more minute of all experiments; what live and the candidate show."""
        experiments = len(many.weight)
        share, effect = self.share(minute), self.effect(minute)
        requests = round(self.requests(minute))
        candidate = chance.binomial(requests, share, experiments)
        rate = np.asarray(self.rate(minute, experiments, chance))
        live = _seen(requests - candidate, rate, chance)
        there = _seen(candidate, rate + effect, chance)
        many.minute(share, live, there, effect)
        return live, there


def _seen(requests: Whole, rate: Numbers, chance: Chance) -> Seen:
    return Seen(requests.astype(float), chance.binomial(requests, rate).astype(float))


def steady(rate: float) -> Rates:
    return lambda *_: rate


def _daily(minute: int, *_: object) -> float:
    return 0.05 * day(minute, 0.6)


def _incidents(minute: int, *_: object) -> float:
    """Half an hour of every six nothing is bought, and as long nearly everybody buys."""
    phase = minute % 360
    return 0.0 if phase < 30 else 0.9 if 180 <= phase < 210 else 0.05  # noqa: PLR2004 - minutes


def _drifting(minute: int, *_: object) -> float:
    return min(0.3, 0.02 + 0.0001 * minute)


def _overdispersed(_: int, experiments: int, chance: Chance) -> Numbers:
    """A mean of 0.05 and a standard deviation of 0.04, drawn for each minute."""
    drawn: Numbers = chance.beta(1.43, 27.2, experiments)
    return drawn


def _ramp(minute: int) -> float:
    """1 % at first, and 50 % after five hours."""
    return min(0.5, 0.01 + 0.49 * (minute // 60) / 5)


def _busy(minute: int) -> float:
    return 60 * day(minute, 0.8)


_EVEN = constant(60)
ALIKE: tuple[World, ...] = (
    World("constant rate", 0.01, _EVEN, steady(0.05)),
    World("a rate and traffic that swing over the day", 0.01, _busy, _daily),
    World("incidents of half an hour", 0.01, _EVEN, _incidents),
    World("a rate that drifts from 2 to 12 %", 0.01, _EVEN, _drifting),
    World(
        "a share that grows from 1 to 50 %, while the rate drifts", 0.01, _EVEN, _drifting, _ramp
    ),
    World("a rate of 0.1 %", 0.001, constant(600), steady(0.001)),
    World("a rate of 50 %", 0.03, _EVEN, steady(0.5)),
    World("two requests a minute", 0.05, constant(2), steady(0.05)),
    World("a rate drawn for each minute", 0.01, _EVEN, _overdispersed),
)
"""Worlds in which the variants do not differ."""


def _day_and_night(minute: int) -> float:
    return 0.02 if minute % 240 < 120 else -0.015  # noqa: PLR2004 - minutes


APART: tuple[World, ...] = (
    World("the effect changes its sign", 0.01, _EVEN, steady(0.05), effect=_day_and_night),
    World("the effect is the least one", 0.01, _busy, _daily, effect=constant(0.01)),
    World(
        "the share grows, the effect is twice the least",
        0.01,
        _EVEN,
        _drifting,
        _ramp,
        constant(0.02),
    ),
    World("0.1 % against 0.3 %", 0.001, constant(600), steady(0.001), effect=constant(0.002)),
)
"""Worlds in which they do."""


class Ended(NamedTuple):
    """How many experiments found each difference by then, and how many intervals ever missed."""

    higher: float
    lower: float
    none: float
    missed: float


def ended(world: World, experiments: int, minutes: int, seed: int) -> Ended:
    """Play experiments that are looked at every minute."""
    chance = np.random.default_rng(seed)
    many = Many(Aim(world.least_effect), experiments)
    first, missed = np.zeros(experiments, int), np.zeros(experiments, bool)
    for minute in range(minutes):
        world.play(many, minute, chance)
        first = np.where(first == 0, many.decisions, first)
        missed |= many.uncovered
    higher, lower, none = (float(np.mean(first == each)) for each in (1, -1, 2))
    return Ended(higher, lower, none, float(missed.mean()))


class Alike(NamedTuple):
    """A world, whether the variants are alike in it, and what was wrong there.

    `wrong` decisions and significant z-tests are shares of the experiments. None: they differ.
    """

    world: str
    alike: bool
    wrong: float | None
    missed: float
    at_the_end: float | None
    hourly: float | None


def alike(world: World, experiments: int, minutes: int, seed: int) -> Alike:
    """Play this test and z-tests of the pooled outcomes."""
    chance = np.random.default_rng(seed)
    many = Many(Aim(world.least_effect), experiments)
    first, missed = np.zeros(experiments, int), np.zeros(experiments, bool)
    counts, ever = Counts(*(np.zeros(experiments) for _ in range(4))), np.zeros(experiments, bool)
    for minute in range(minutes):
        live, candidate = world.play(many, minute, chance)
        first = np.where(first == 0, many.decisions, first)
        missed |= many.uncovered
        seen = (live.requests, live.high, candidate.requests, candidate.high)
        counts = Counts(*(each + more for each, more in zip(counts, seen, strict=True)))
        if minute % 60 == 59:  # noqa: PLR2004 - a full hour
            ever |= abs(z_test(counts)) >= Z
    same = world in ALIKE
    wrong = float(np.mean(abs(first) == 1)) if same else None
    last = float(np.mean(abs(z_test(counts)) >= Z)) if same else None
    hourly = float(np.mean(ever)) if same else None
    return Alike(world.name, same, wrong, float(missed.mean()), last, hourly)
