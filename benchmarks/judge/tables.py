"""Computes the cells of the tables, with one job for each mode, traffic and base rate."""

from typing import NamedTuple

import numpy as np

from benchmarks.judge.releases import WINDOW, Outcome, Rule, play
from benchmarks.judge.rivals import (
    MODES,
    OURS,
    PEERS,
    Mode,
    by_default,
    fitted_alone,
    fitted_own_ramps,
)
from benchmarks.judge.scenarios import (
    BASE,
    ONE_PERCENT,
    RATES,
    Array,
    Rates,
    Scenario,
    fresh,
    harmless,
    outside,
    regressions,
)
from benchmarks.judge.schedules import MISSED, ONE_FOR_ALL

RELEASES, OF_KAYENTA = 600, 200
OF_A_QUIET_ENDPOINT = 2.0
SEED = 712_001
"""Named before anything was simulated with it. No setting was chosen with it."""
SCHEDULE_MINUTES = sum(minutes for minutes, _ in ONE_FOR_ALL)
LONG = 240
"""The minutes that a healthy release has before the policy's deadline."""

ISOLATED = (
    *("0.1->0.2 %", "0.1->1 %", "0.1->10 %", "0.1->100 %", "1->2 %", "slow 5->10 %"),
    *("p95 +20 %", "slow burn 0.1->1 %", "late 0.1->1 %"),
)
"""The regressions in the tables of the common schedule."""


class Job(NamedTuple):
    table: str
    mode: str
    requests: float
    base: Rates


class Cell(NamedTuple):
    """One rule in one scenario. Minutes are medians, except `late`, which is the 95 % quantile."""

    table: str
    mode: str
    requests: float
    base: float
    scenario: str
    kind: str  # harmless | outside | tuned | fresh
    rule: str
    rolled_back: float
    minute: float | None
    late: float | None
    bad: float
    finished: float | None


def jobs() -> list[Job]:
    found = [
        Job(table, mode, requests, base)
        for mode in MODES
        for base in (BASE, ONE_PERCENT)
        for requests in reversed(RATES)
        for table in ("own ramps", "one schedule", "defaults")
    ]
    return [job for job in found if job.table != "one schedule" or job.requests != RATES[0]]


def run(job: Job) -> list[Cell]:
    return {"defaults": _defaults, "one schedule": _one_schedule, "own ramps": _own_ramps}[
        job.table
    ](job, MODES[job.mode])


def _defaults(job: Job, mode: Mode) -> list[Cell]:
    rules = by_default(mode)
    return [
        _cell(job, "harmless", case, name, rule)
        for case in harmless(job.requests, job.base)
        for name, rule in rules.items()
    ]


def _one_schedule(job: Job, mode: Mode) -> list[Cell]:
    rules = fitted_alone(mode.name, job.requests, job.base)
    cases = [("harmless", case) for case in harmless(job.requests, job.base)]
    cases += [
        ("tuned", case) for case in regressions(job.requests, job.base) if case.name in ISOLATED
    ]
    return [
        _cell(job, kind, case, name, rule, window=SCHEDULE_MINUTES + MISSED)
        for kind, case in cases
        for name, rule in rules.items()
    ]


def _own_ramps(job: Job, mode: Mode) -> list[Cell]:
    rules = fitted_own_ramps(mode.name, job.requests, job.base)
    cases = [("harmless", case) for case in harmless(job.requests, job.base)]
    cases += [("outside", case) for case in outside(job.requests, job.base)]
    cases += [("tuned", case) for case in regressions(job.requests, job.base)]
    cases += [("fresh", case) for case in fresh(job.requests) if job.base == BASE]
    return [
        _cell(job, kind, case, name, rule) for kind, case in cases for name, rule in rules.items()
    ]


def _cell(
    job: Job, kind: str, case: Scenario, name: str, rule: Rule, *, window: int = WINDOW
) -> Cell:
    long = kind == "harmless" and name == OURS
    outcome = play(
        rule,
        case,
        releases=OF_KAYENTA if name == "kayenta" else RELEASES,
        seed=SEED,
        lag=MODES[job.mode].lag,
        minutes=LONG if long else WINDOW,
        window=window,
    )
    return Cell(
        *(job.table, job.mode, job.requests, job.base[0], case.name, kind, name),
        *_summary(outcome, case),
    )


def _summary(
    outcome: Outcome, case: Scenario
) -> tuple[float, float | None, float | None, float, float | None]:
    found = outcome.rolled_back[np.isfinite(outcome.rolled_back)] - case.onset
    found = found[found > 0]  # a rollback before the onset found nothing
    return (
        outcome.rollback_share,
        _quantile(found, 0.5),
        _quantile(found, 0.95),
        float(outcome.bad.mean()),
        _quantile(np.where(np.isnan(outcome.promoted), np.inf, outcome.promoted), 0.5),
    )


def _quantile(values: Array, q: float) -> float | None:
    """Return None if there are no values, or if the quantile is infinite."""
    if not len(values):
        return None
    value = float(np.quantile(values, q, method="inverted_cdf"))
    return value if np.isfinite(value) else None


class Contest(NamedTuple):
    """One regression on the rules' own ramps: our judge and the best rival that can be fitted."""

    ours: Cell
    best: Cell | None
    kind: str

    @property
    def ahead(self) -> bool:
        return self.best is None or self.ours.bad <= self.best.bad


TOO_OFTEN = 0.02
"""A rule is no rival if it rolls back more harmless releases than this after fitting."""
SEEN = 0.5
"""Below this share of rollbacks a regression counts as not found."""


def contests(cells: list[Cell], mode: str) -> list[Contest]:
    own = [cell for cell in cells if cell.table == "own ramps" and cell.mode == mode]
    return [
        Contest(cell, _best(cell, own), cell.kind)
        for cell in own
        if cell.rule == OURS and cell.kind in ("tuned", "fresh")
    ]


def _best(cell: Cell, own: list[Cell]) -> Cell | None:
    beside = [
        other
        for other in own
        if (other.requests, other.base, other.scenario, other.kind)
        == (cell.requests, cell.base, cell.scenario, cell.kind)
        and other.rule in PEERS
        and worst_false(own, other.rule, cell.requests, cell.base) <= TOO_OFTEN
    ]
    return min(beside, key=lambda other: other.bad, default=None)


def worst_false(cells: list[Cell], rule: str, requests: float, base: float) -> float:
    return max(
        cell.rolled_back
        for cell in cells
        if (cell.rule, cell.requests, cell.base, cell.kind) == (rule, requests, base, "harmless")
    )
