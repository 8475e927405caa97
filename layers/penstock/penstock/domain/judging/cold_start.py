"""The first minutes of a candidate, when a difference may be a cold start.

Caches fill and code is compiled while the first requests are served, so a cold candidate is slow
and may fail, whatever its model is worth. In these minutes only gross harm rolls back: failures far
beyond what a cold start explains. Then the evidence against the candidate is forgotten.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import NamedTuple

from penstock.domain.judging.counts import Counts
from penstock.domain.judging.evidence import bet, combined
from penstock.domain.judging.judge_settings import FirstThen, JudgeSettings
from penstock.domain.judging.wealth import Wealth, first_money

RATIOS = (2.0, 9.0)
"""Ratios that are bet on, in equal parts: of a candidate that is dead, and of a milder case."""
STAKED = FirstThen(first=1 / 2, later=1 / 12)


class ColdStart(NamedTuple):
    """What speaks for gross harm before minute `until` (None: no minute was seen yet), by metric.

    The wealth of bettors against "at most `tolerance` times as bad as live and `Limit.cold`".
    """

    wealth: Mapping[str, Wealth]
    until: int | None = None

    def log_e(self) -> float:
        """The evidence of gross harm, all metrics together. Of none there is no evidence."""
        each = [wealth.log_e() for wealth in self.wealth.values()]
        return combined(each) if each else 0.0

    def is_gross(self, settings: JudgeSettings) -> bool:
        """Whether there is so much of it that no cold start explains it."""
        return self.log_e() > -math.log(settings.gross_alpha)


def cold_start(metrics: Iterable[str], settings: JudgeSettings) -> ColdStart | None:
    """Before the first minute. None if the candidate counts as warm.

    A metric whose limit knows no gross harm is left out: slow answers are what a cold start is.
    """
    if not settings.cold:
        return None
    known = [name for name in metrics if settings.limit(name).cold is not None]
    return ColdStart({name: first_money(len(RATIOS)) for name in known})


def begun_by(cold: ColdStart, number: int, settings: JudgeSettings) -> ColdStart:
    """With its last minute known, from the first minute that is seen on."""
    return cold if cold.until is not None else cold._replace(until=number + settings.cold)


def after(cold: ColdStart, tested: Mapping[str, Counts], settings: JudgeSettings) -> ColdStart:
    """One minute later, by the counts as they are to be tested."""
    gross = replace(settings, bets=RATIOS, shares=(1.0,) * len(RATIOS), stake=STAKED)
    wealth = {
        name: bet(before, tested[name], gross, settings.limit(name).cold or 0.0)
        for name, before in cold.wealth.items()
    }
    return cold._replace(wealth=wealth)
