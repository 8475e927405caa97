"""Simulated releases by the deployed judge, for the tables of docs/judge.md."""

import math
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from penstock.domain.judging.counts import Counts
from penstock.domain.judging.decision import MoveAction
from penstock.domain.judging.judge_settings import JudgeSettings
from penstock.domain.judging.judgement import Rules
from penstock.domain.judging.simulated_release import Course, Serve, simulate
from penstock.domain.judging.walk import Leg
from penstock.domain.planning.comparison_settings import settings_of
from penstock.domain.policy.judge import JudgeSection
from penstock_cli.binomial import binomial

Rates = Mapping[str, float]
"""Of bad requests, by signal."""
BASE: Rates = {"errors": 0.001, "latency": 0.05}
"""Live's rates of bad requests, where nothing else is said."""
SHIPPED = settings_of(JudgeSection(signals=("errors", "latency"), latency_objective_ms=200))

WHOLE_FROM = 100
"""Figures from here on have no decimals."""

Draw = Callable[[int, float, int, bool, random.Random], float]
"""(requests, rate, minute, whether it is the candidate, randomness) -> bad requests"""
Candidate = Callable[[int], Rates]
"""The candidate's rates in each minute of its release."""
World = Callable[[random.Random], Serve]
"""What one release serves, from its first minute."""


def by_rate(n: int, p: float, minute: int, candidate: bool, chance: random.Random) -> float:
    """Draw as many as fail independently."""
    return binomial(n, p, chance)


def constant(rates: Rates, minute: int) -> Rates:
    """Return the rates of a candidate that are the same in every minute."""
    return rates


def since(begins: int, rates: Rates, before: Rates, minute: int) -> Rates:
    """Return the rates of a candidate that has others from minute `begins` on."""
    return {**before, **rates} if minute >= begins else before


def serving(
    requests: int,
    draw: Draw,
    chance: random.Random,
    live: Rates = BASE,
    candidate: Candidate | None = None,
) -> Serve:
    """Return a function that serves one release, minute by minute, from its first minute.

    So many requests come each minute. Without rates of its own the candidate has those of live.
    """
    minutes = iter(range(10**9))

    def serve(weight: float) -> Mapping[str, Counts]:
        minute = next(minutes)
        there = binomial(requests, weight, chance)
        here = requests - there
        rates = candidate(minute) if candidate else live
        return {
            name: Counts(
                here,
                draw(here, rate, minute, False, chance),
                there,
                draw(there, rates[name], minute, True, chance),
            )
            for name, rate in live.items()
        }

    return serve


def released(
    metrics: Iterable[str],
    settings: JudgeSettings,
    legs: Sequence[Leg],
    world: World,
    releases: int,
    seed: int | str,
) -> list[Course]:
    """Return how so many releases ended."""
    chance = random.Random(seed)  # noqa: S311 - a simulation
    names = list(metrics)
    return [simulate(names, settings, legs, world(chance)) for _ in range(releases)]


def held(share: float, minutes: int) -> tuple[Leg]:
    """Return one share (0 to 1) that is kept for so many minutes, whatever is proven."""
    rules = Rules(
        minutes=minutes,
        min_requests=0,
        deadline_minutes=minutes,
        wait_minutes=minutes,
        on_inconclusive="wait",
    )
    return (Leg(share, rules),)


def at_once(settings: JudgeSettings) -> JudgeSettings:
    """Return the settings of a warm candidate, every minute judged as soon as it is over."""
    return replace(settings, warm_up=0, cold=0, lag=0, move=0)


def percent(courses: Sequence[Course], action: MoveAction = "roll_back") -> float:
    """Return how many of a hundred releases ended so."""
    return 100 * sum(course.action == action for course in courses) / len(courses)


def minutes_until_found(courses: Sequence[Course], part: float = 0.5) -> float:
    """Return the minute until which this part of the releases was rolled back; inf for never."""
    found = [c.minutes if c.action == "roll_back" else math.inf for c in courses]
    return sorted(found)[math.ceil(part * len(found)) - 1]


def written(number: float) -> str:
    """Write a figure with three digits, or all before the point; `-` where there is none."""
    if not math.isfinite(number):
        return "-"
    return f"{number:.3g}" if abs(number) < WHOLE_FROM else f"{number:,.0f}"


def all_written(numbers: Iterable[float]) -> str:
    return " / ".join(map(written, numbers))
