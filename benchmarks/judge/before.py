"""What the version before published, and what is worse now."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from benchmarks.judge.rivals import OURS
from benchmarks.judge.tables import Cell, Contest, contests

BEFORE = Path(__file__).with_name("before.json")
WORSE = 1.1
"""More bad requests than this many times those of before are more than chance."""
LEAD_LOST = 2.0
"""A lead that is smaller by this factor is told row by row."""


class Published(NamedTuple):
    """One regression, or the median minutes of a healthy release, as it was published."""

    kind: str  # regression | healthy
    mode: str
    requests: float
    base: float
    scenario: str
    ours: float | None
    rival: float | None
    rule: str | None


class Change(NamedTuple):
    """One regression before and now."""

    before: Published
    now: Contest

    @property
    def factor(self) -> float:
        """How many times as many bad requests are served."""
        return self.now.ours.bad / (self.before.ours or self.now.ours.bad)

    @property
    def lost(self) -> float:
        """How many times smaller the lead over the best rival is."""
        return self._lead_before / _lead(self.now)

    @property
    def newly_behind(self) -> bool:
        return self._lead_before >= 1 and not self.now.ahead

    @property
    def _lead_before(self) -> float:
        ours, rival = self.before.ours, self.before.rival
        return rival / ours if rival and ours else 1.0


def _lead(contest: Contest) -> float:
    best = contest.best
    return best.bad / contest.ours.bad if best and contest.ours.bad and best.bad else 1.0


def published() -> list[Published]:
    return [Published(*row) for row in json.loads(BEFORE.read_text())]


def changes(cells: list[Cell], mode: str) -> list[Change]:
    """Return the regressions that were published before, in the order of now."""
    before = {
        (row.requests, row.scenario): row
        for row in published()
        if row.kind == "regression" and row.mode == mode
    }
    return [
        Change(before[key], now)
        for now in contests(cells, mode)
        if (key := (now.ours.requests, now.ours.scenario)) in before
    ]


def slower(cells: list[Cell], mode: str) -> Iterator[tuple[Published, float | None]]:
    """Yield the healthy releases that take longer, as before and in minutes now."""
    now = {
        (cell.requests, cell.base): cell.finished
        for cell in cells
        if (cell.table, cell.mode, cell.scenario, cell.rule) == ("own ramps", mode, "plain", OURS)
    }
    for row in published():
        if row.kind != "healthy" or row.mode != mode:
            continue
        minutes = now[row.requests, row.base]
        if row.ours is not None and (minutes is None or minutes > row.ours):
            yield row, minutes
