"""What a holdback finds, and how often it rolls a harmless release back by mistake."""

import math
import random
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from benchmarks.assumptions import noisy, sticky
from benchmarks.figures.tables import Cells, Table
from benchmarks.simulated import (
    BASE,
    Draw,
    Rates,
    all_written,
    by_rate,
    minutes_until_found,
    percent,
    released,
    serving,
    since,
    written,
)
from penstock.domain.judging.demand import Demand
from penstock.domain.judging.simulated_release import Course, Serve
from penstock.domain.planning.comparison_settings import judge_settings
from penstock.domain.planning.legs import legs_of
from tests.worlds.setups import policy

SEED = 380_303
TRAFFIC = (60, 600, 6000)  # requests a minute
HELD = (0, 1, 5, 10, 20)
"""Percent of the requests that stay on live for two hours."""
BEGINS = (42, 60)
"""The minutes in which harm begins: shortly before the ramp promotes, and after it."""
ERRORS, HARMED = {"errors": BASE["errors"]}, {"errors": 0.02}
JUDGED = {"signals": ["errors", "latency"], "latency_objective_ms": 200}
"""By what policies judge, where not by errors alone."""
SHORT, DAY = 120, 24 * 60  # minutes
A_DAY_OF = 4
"""One release in so many is simulated for a day."""


def adaptive(
    rates: Rates,
    requests: int,
    world: Callable[[random.Random], Serve],
    releases: int,
    judge: Mapping[str, Any],
    **holdback: float,
) -> list[Course]:
    """Return how releases with adaptive steps end by a policy with this `judge`.

    `rates` are live's, as the plan knows them; `requests` come a minute.
    """
    drawn = policy(judge=dict(judge), rollout={"steps": "adaptive", **holdback})
    legs = legs_of(drawn, Demand(requests, rates))
    seed = f"{SEED} {requests} {judge} {holdback}"
    return released(rates, judge_settings(drawn), legs, world, releases, seed)


def late(requests: int, begins: int, held: float, live: Rates, releases: int) -> list[Course]:
    """Return how releases end in which errors rise in minute `begins`.

    They are judged by the signals whose rates of `live` are given.
    """
    judge = JUDGED if "latency" in live else {"signals": list(live)}

    def world(chance: random.Random) -> Serve:
        return serving(requests, by_rate, chance, live, partial(since, begins, HARMED, live))

    return adaptive(live, requests, world, releases, judge, **_held(held))


def _held(percent: float, minutes: int = SHORT) -> dict[str, float]:
    return {"holdback_percent": percent, "holdback_minutes": minutes} if percent else {}


def _found(requests: int, held: float, releases: int) -> str:
    """Return how many percent are found, and how long it takes where most of them are."""
    early, last = [late(requests, begins, held, ERRORS, releases) for begins in BEGINS]
    share = all_written(map(percent, (early, last)))
    if not held or percent(last) < 50:  # noqa: PLR2004 - half of them
        return share
    return f"{share}; {', '.join(written(each) for each in _waited(last))} min"


def _waited(courses: Sequence[Course]) -> list[float]:
    """Return the median and the 95 % quantile of the minutes from the harm to its verdict."""
    found = [course for course in courses if course.action == "roll_back"]
    return [minutes_until_found(found, part) - BEGINS[-1] for part in (0.5, 0.95)]


def finds(held: float, releases: int) -> Cells:
    cells = [_found(requests, held, releases) for requests in TRAFFIC]
    return (f"{held:g} %" if held else "nothing", *cells)


FINDS = Table(
    "What a holdback finds, in percent",
    ("held back for 120 minutes", "60 requests a minute", "600", "6,000"),
    [partial(finds, held) for held in HELD],
)

NOISE: tuple[str, Callable[[], Draw]] = (
    "noise in each variant, sd 0.5",
    partial(noisy, 0.5, both=True),
)
ATTEMPTS: tuple[str, Callable[[], Draw]] = ("3 attempts on one variant", partial(sticky, 3))
COSTS: tuple[tuple[str, Callable[[], Draw], int, str, Mapping[str, Any]], ...] = (
    (*NOISE, 600, "tolerance 1.1", {}),
    (*NOISE, 6000, "tolerance 1.1", {}),
    (*NOISE, 6000, "tolerance 1.25", {"tolerance": 1.25}),
    (*NOISE, 6000, "tolerance 1.5", {"tolerance": 1.5}),
    (*ATTEMPTS, 600, "attempts 1", {}),
    (*ATTEMPTS, 600, "attempts 3", {"attempts": 3}),
)


def costs(
    fails: str,
    drawing: Callable[[], Draw],
    requests: int,
    called: str,
    remedy: Mapping[str, Any],
    releases: int,
) -> Cells:
    def world(chance: random.Random) -> Serve:
        return serving(requests, drawing(), chance)

    def back(held: float, minutes: int, releases: int) -> str:
        held_back = _held(held, minutes)
        judge = {**JUDGED, **remedy}
        return written(percent(adaptive(BASE, requests, world, releases, judge, **held_back)))

    cells = (
        back(0, 0, releases),
        back(5, SHORT, releases),
        back(5, DAY, math.ceil(releases / A_DAY_OF)),
    )
    return (fails, f"{requests:,}", called, *cells)


PRICE = Table(
    "What a holdback costs: harmless releases that are rolled back, in percent",
    (
        *("what fails", "requests a minute", "tolerance or attempts"),
        *("no holdback", "120 minutes", "a day"),
    ),
    [partial(costs, *each) for each in COSTS],
)
