"""How soon a slower candidate is found: by an objective, and by live's quantiles."""

import math
import random
import statistics
from collections.abc import Callable, Mapping
from functools import partial
from typing import NamedTuple

from benchmarks.figures.tables import Cells, Table
from benchmarks.simulated import BASE, at_once, held, minutes_until_found, released, written
from penstock.domain.judging.counts import Counts
from penstock.domain.judging.judge_settings import JudgeSettings
from penstock.domain.judging.parts import stratum
from penstock.domain.judging.quantiles import QUANTILES, TOLERATED
from penstock.domain.judging.simulated_release import Serve
from penstock.domain.planning.comparison_settings import settings_of
from penstock.domain.policy.judge import JudgeSection, Slacks
from penstock_cli.binomial import binomial

SEED = 390_202
SHARE, MOST = 0.05, 240
"""The candidate's share, and the minutes after which a release counts as not found."""
SPREAD = 0.5
"""Of the logarithm of latency, which is normal."""
NORMAL = statistics.NormalDist()
SETTINGS = at_once(settings_of(JudgeSection()))
UNTOLERANT = at_once(settings_of(JudgeSection(slack=Slacks(latency=0.0))))

Above = Mapping[float, float]
"""Of each quantile in percent: the share of answers that take longer than live's took."""
Change = Callable[[float], Above]
"""From how many times as long an answer may take until it is counted."""
LIVE: Above = {each.percent: each.above for each in QUANTILES.values()}


def slower(factor: float, tolerated: float) -> Above:
    """Return the shares where every answer takes `factor` times as long."""
    later = math.log(tolerated / factor) / SPREAD
    return {p: 1 - NORMAL.cdf(NORMAL.inv_cdf(p / 100) + later) for p in LIVE}


def below(percent: float, factor: float, tolerated: float) -> Above:
    """Return the shares where only answers below a quantile are slower, and all stay below it."""
    body, tail = slower(factor, tolerated), slower(1.0, tolerated)
    return {p: body[p] if p < percent else tail[p] for p in LIVE}


def only(percent: float, share: float, tolerated: float) -> Above:
    """Return the shares where this one quantile is exceeded more often, and no other less."""
    return {**LIVE, percent: share}


def slowest(percent: float, factor: float, tolerated: float) -> Above:
    """Return the shares where the answers above a quantile take `factor` times as long."""
    tail, others = slower(factor, tolerated), slower(1.0, tolerated)
    return {p: min(LIVE[percent], tail[p]) if p >= percent else others[p] for p in LIVE}


def some(share: float, factor: float, tolerated: float) -> Above:
    """Return the shares where any `share` of the answers takes `factor` times as long."""
    those, others = slower(factor, tolerated), slower(1.0, tolerated)
    return {p: share * those[p] + (1 - share) * others[p] for p in LIVE}


CHANGES: Mapping[str, Change] = {
    "all below .95, x1.3": partial(below, 95, 1.3),
    "all below .9, x1.5": partial(below, 90, 1.5),
    "everything, x1.2": partial(slower, 1.2),
    "only above .95: 5 to 7.2 %": partial(only, 95, 0.072),
    "only above .95: 5 to 10 %": partial(only, 95, 0.1),
    "only above .99: 1 to 3 %": partial(only, 99, 0.03),
    "the slowest 1 %, x2": partial(slowest, 99, 2.0),
    "0.5 % of the requests, x10": partial(some, 0.005, 10.0),
}

OBJECTIVE = {"latency": 95.0}
EQUAL = {stratum("latency", "above", f"p{p:g}"): p for p in LIVE}
"""Strata share the money of their signal evenly, and all have the usual bets."""
AS_SHIPPED = {name: each.percent for name, each in QUANTILES.items()}


class Column(NamedTuple):
    """Requests a minute, and the metrics with the quantile that each counts by.

    The candidate's answers are counted above `tolerated` times live's value.
    """

    requests: int
    metrics: Mapping[str, float]
    tolerated: float
    settings: JudgeSettings = SETTINGS


COLUMNS = (
    Column(600, OBJECTIVE, 1.0),
    Column(600, EQUAL, 1.0, UNTOLERANT),
    Column(600, AS_SHIPPED, TOLERATED),
    Column(6000, OBJECTIVE, 1.0),
    Column(6000, AS_SHIPPED, TOLERATED),
)


def counted(answers: int, above: Above, chance: random.Random) -> dict[float, int]:
    """Draw how many take longer than each value: those above a higher one are among them."""
    left, rest, found = answers, 1.0, {}
    for percent, share in above.items():
        left, rest = binomial(left, min(1.0, share / rest), chance), share
        found[percent] = left
    return found


def serving(
    requests: int, above: Above, metrics: Mapping[str, float], chance: random.Random
) -> Serve:
    """Return a function that serves one release; errors are alike on both variants."""

    def serve(weight: float) -> Mapping[str, Counts]:
        candidate = binomial(requests, weight, chance)
        live = requests - candidate
        here, there = counted(live, LIVE, chance), counted(candidate, above, chance)
        failed = [binomial(n, BASE["errors"], chance) for n in (live, candidate)]
        return {
            "errors": Counts(live, failed[0], candidate, failed[1]),
            **{name: Counts(live, here[p], candidate, there[p]) for name, p in metrics.items()},
        }

    return serve


def found(what: str, column: Column, releases: int) -> str:
    """Return the median of the minutes until a release is rolled back."""
    above = CHANGES[what](column.tolerated)
    courses = released(
        ["errors", *column.metrics],
        column.settings,
        held(SHARE, MOST),
        partial(serving, column.requests, above, column.metrics),
        releases,
        f"{SEED} {what} {column.requests}",
    )
    return written(minutes_until_found(courses))


def row(what: str, releases: int) -> Cells:
    return (what, *(found(what, column, releases) for column in COLUMNS))


TABLE = Table(
    "Median minutes until a slower candidate is rolled back",
    (
        *("what gets slower", "600 a minute: an objective at .95"),
        *("six with equal bets and money, no tolerance", "as shipped"),
        *("6,000: an objective", "as shipped"),
    ),
    [partial(row, what) for what in CHANGES],
)
