"""Scenarios of a service during a release: traffic and failure rates, minute by minute."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Rates = tuple[float, float]

ERRORS, LATENCY = 0, 1
METRICS = ("errors", "latency")
BASE: Rates = (0.001, 0.05)
"""The shares of requests that fail and that are slow without a regression."""
ONE_PERCENT: Rates = (0.01, 0.05)


@dataclass
class World:
    """One scenario drawn for many releases. The arrays are (releases, minutes[, metrics])."""

    traffic: Array  # expected requests a minute
    live: Array  # chance that a request is bad, per metric
    candidate: Array
    cluster: int = 1  # failures come in groups of this size, on one variant

    @property
    def excess(self) -> Array:
        return self.candidate - self.live


Event = Callable[[World, np.random.Generator], None]
"""Changes the world in place."""


@dataclass(frozen=True)
class Scenario:
    name: str
    requests: float
    base: Rates = BASE
    bad: Rates | None = None  # the candidate's rates once the regression is in full force
    onset: int = 0  # minutes before the regression starts
    burn: int = 0  # minutes over which it grows
    events: tuple[Event, ...] = field(default=(), compare=False)

    @property
    def healthy(self) -> bool:
        return self.bad is None

    def draw(self, releases: int, minutes: int, rng: np.random.Generator) -> World:
        shape = (releases, minutes)
        live = np.broadcast_to(np.array(self.base), (*shape, 2)).copy()
        force = np.clip((np.arange(minutes) - self.onset) / max(self.burn, 1), 0.0, 1.0)
        if not self.burn:
            force = (np.arange(minutes) >= self.onset).astype(float)
        harm = np.array(self.bad or self.base) - np.array(self.base)
        world = World(
            np.full(shape, float(self.requests)), live, live + force[:, None] * harm, cluster=1
        )
        for event in self.events:
            event(world, rng)
        np.clip(world.live, 0.0, 1.0, out=world.live)
        np.clip(world.candidate, 0.0, 1.0, out=world.candidate)
        return world

    def at(self, requests: float) -> "Scenario":
        return replace(self, requests=requests)


def _skewed(rng: np.random.Generator, shape: tuple[int, ...], spread: float) -> Array:
    """Draw from the gamma distribution with mean 1 and coefficient of variation `spread`."""
    return rng.gamma(spread**-2, spread**2, shape)


def diurnal(world: World, rng: np.random.Generator) -> None:
    """Let traffic and rates of both variants drift with the time of day, from a random time."""
    releases, minutes = world.traffic.shape
    phase = rng.uniform(0, 2 * np.pi, (releases, 1)) + 2 * np.pi * np.arange(minutes) / 120
    world.traffic *= 1 + 0.6 * np.sin(phase)
    rates = (1 + 0.8 * np.sin(phase + 1))[..., None]
    world.live *= rates
    world.candidate *= rates


@dataclass(frozen=True)
class Incident:
    """A shared dependency breaks: both variants have more bad requests for `length` minutes.

    The incident begins at random in minutes first..last, early enough for the shortest ramp.
    """

    points: float = 0.1
    first: int = 2
    last: int = 10
    length: int = 7

    def __call__(self, world: World, rng: np.random.Generator) -> None:
        releases, minutes = world.traffic.shape
        begin = rng.integers(self.first - 1, self.last, (releases, 1))
        at = np.arange(minutes)[None, :]
        more = self.points * ((at >= begin) & (at < begin + self.length))[..., None]
        world.live += more
        world.candidate += more


@dataclass(frozen=True)
class Bursts:
    """Failures (equal in both variants) and traffic vary between minutes with these spreads."""

    failures: float = 1.5
    traffic: float = 0.5

    def __call__(self, world: World, rng: np.random.Generator) -> None:
        factor = _skewed(rng, world.traffic.shape, self.failures)[..., None]
        world.live *= factor
        world.candidate *= factor
        world.traffic *= _skewed(rng, world.traffic.shape, self.traffic)


@dataclass(frozen=True)
class VariantNoise:
    """Each variant's rates vary independently, which breaks an assumption of the method."""

    spread: float = 0.5

    def __call__(self, world: World, rng: np.random.Generator) -> None:
        world.live *= _skewed(rng, world.live.shape, self.spread)
        world.candidate *= _skewed(rng, world.live.shape, self.spread)


@dataclass(frozen=True)
class Sticky:
    """Clients retry on the same variant, so that each failure counts several times."""

    cluster: int = 3

    def __call__(self, world: World, rng: np.random.Generator) -> None:
        world.cluster = self.cluster


@dataclass(frozen=True)
class ColdStart:
    """A new fleet fails more often in its first minutes."""

    points: float = 0.05
    minutes: int = 3

    def __call__(self, world: World, rng: np.random.Generator) -> None:
        world.candidate[:, : self.minutes, ERRORS] += self.points


@dataclass(frozen=True)
class Surge:
    """Traffic suddenly grows by a factor."""

    minute: int = 12
    factor: float = 4.0

    def __call__(self, world: World, rng: np.random.Generator) -> None:
        world.traffic[:, self.minute :] *= self.factor


@dataclass(frozen=True)
class Flicker:
    """The regression comes and goes: it is present in half of every `period` minutes."""

    period: int = 6

    def __call__(self, world: World, rng: np.random.Generator) -> None:
        quiet = np.arange(world.traffic.shape[1]) % self.period >= self.period // 2
        world.candidate[:, quiet] = world.live[:, quiet]


RATES = (2, 60, 600, 6000)


def harmless(requests: float, base: Rates = BASE) -> list[Scenario]:
    """Return A/A scenarios within the method's assumptions."""
    plain = Scenario("plain", requests, base)
    return [
        plain,
        replace(plain, name="incident", events=(Incident(),)),
        replace(plain, name="bursty", events=(Bursts(),)),
        replace(plain, name="diurnal", events=(diurnal,)),
    ]


def outside(requests: float, base: Rates = BASE) -> list[Scenario]:
    """Return A/A scenarios that break an assumption: one variant alone has noise or failures."""
    plain = Scenario("plain", requests, base)
    return [
        replace(plain, name="variant noise 0.5", events=(VariantNoise(),)),
        replace(plain, name="variant noise 0.25", events=(VariantNoise(0.25),)),
        replace(plain, name="sticky x3", events=(Sticky(),)),
        replace(plain, name="cold start +5 points", events=(ColdStart(),)),
    ]


def regressions(requests: float, base: Rates = BASE) -> list[Scenario]:
    """Return regressions: more failures, by 20 % up to all requests, slower tails, late onsets.

    Where 1 % of the requests fail anyway there are others.
    """
    if base == ONE_PERCENT:
        return failing_more(requests)
    plain = Scenario("", requests)
    slow, failing = BASE[LATENCY], BASE[ERRORS]
    return [
        replace(plain, name="0.1->0.12 %", bad=(0.0012, slow)),
        replace(plain, name="0.1->0.2 %", bad=(0.002, slow)),
        replace(plain, name="0.1->1 %", bad=(0.01, slow)),
        replace(plain, name="0.1->10 %", bad=(0.1, slow)),
        replace(plain, name="0.1->100 %", bad=(1.0, slow)),
        replace(plain, name="slow 5->10 %", bad=(failing, 0.1)),
        replace(plain, name="p95 +20 %", bad=(failing, 0.072)),
        replace(plain, name="slow burn 0.1->1 %", bad=(0.01, slow), onset=5, burn=20),
        replace(plain, name="late 0.1->1 %", bad=(0.01, slow), onset=15),
        replace(plain, name="bursty 0.1->1 %", bad=(0.01, slow), events=(Bursts(),)),
        replace(plain, name="slow burn slow 5->15 %", bad=(failing, 0.15), onset=3, burn=30),
    ]


def fresh(requests: float) -> list[Scenario]:
    """Return scenarios that were not used to choose any setting."""
    plain = Scenario("", requests)
    slow, failing = BASE[LATENCY], BASE[ERRORS]
    flicker, surge, crowd = (Flicker(),), (Surge(),), (diurnal, Incident(0.05))
    return [
        replace(plain, name="0.1->0.5 %", bad=(0.005, slow)),
        replace(plain, name="0.1->4 %", bad=(0.04, slow)),
        replace(plain, name="0.1->40 %", bad=(0.4, slow)),
        replace(plain, name="slow 5->13 %", bad=(failing, 0.13)),
        replace(plain, name="slow 5->60 %", bad=(failing, 0.6)),
        replace(plain, name="late 0.1->2 % at 12", bad=(0.02, slow), onset=12),
        replace(plain, name="late 0.1->100 % at 9", bad=(1.0, slow), onset=9),
        replace(plain, name="slow 5->8 %", bad=(failing, 0.08)),
        replace(plain, name="slow burn slow 5->12 %", bad=(failing, 0.12), onset=8, burn=20),
        replace(plain, name="0.1->2 % in turns of 3 min", bad=(0.02, slow), events=flicker),
        replace(plain, name="0.1->1 %, traffic x4 at 12", bad=(0.01, slow), events=surge),
        replace(plain, name="0.1->2 %, drift and incident", bad=(0.02, slow), events=crowd),
    ]


def failing_more(requests: float) -> list[Scenario]:
    """Return regressions on a base rate of 1 % failures, for which the rules are fitted again."""
    plain = Scenario("", requests, ONE_PERCENT)
    slow = ONE_PERCENT[LATENCY]
    return [
        replace(plain, name="1->2 %", bad=(0.02, slow)),
        replace(plain, name="1->5 %", bad=(0.05, slow)),
        replace(plain, name="1->20 %", bad=(0.2, slow)),
    ]
