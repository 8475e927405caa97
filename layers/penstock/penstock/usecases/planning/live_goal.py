"""Live's outcomes of the day before, by which a plan says how long an experiment takes."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from penstock.domain.errors import Unavailable
from penstock.domain.judging.goal.lateness import late_minutes
from penstock.domain.judging.goal.outlook import LiveOutcomes
from penstock.domain.kinds.endpoint import LiveSetup
from penstock.domain.kinds.outcome_question import OutcomeSeries
from penstock.domain.kinds.series import Fleet, Statistic
from penstock.domain.moments import HOUR_MS, MINUTE_MS
from penstock.domain.planning.aims import outcomes_of
from penstock.domain.policy.policy import Policy
from penstock.ports.clock import Clock
from penstock.ports.evidence import Hours

HOURS_BACK = 24  # hours


class _Hour(NamedTuple):
    requests: float
    total: float
    least: float
    most: float

    @property
    def variance(self) -> float:
        """The largest with this sum, minimum and maximum (Bhatia and Davis, 2000)."""
        mean = self.total / self.requests
        return max(0.0, (mean - self.least) * (self.most - mean))


@dataclass(frozen=True)
class LiveGoal:
    """Asks CloudWatch once. Only a note depends on the answer, so a failure is none."""

    hours: Hours
    clock: Clock

    def __call__(self, policy: Policy, live: LiveSetup) -> LiveOutcomes | None:
        """None without a goal, or if nothing is known."""
        goal = policy.rollout.goal
        if goal is None:
            return None
        fleet = Fleet(policy.endpoint, live.config["EndpointConfigName"], live.variant)
        series = outcomes_of(goal, fleet)
        ready = self.clock.now() - late_minutes(goal.delay_minutes) * MINUTE_MS
        end = ready // HOUR_MS
        try:
            found = self.hours.read(series.statistics, end - HOURS_BACK, end)
        except Unavailable:
            return None
        return _outcomes(list(_hours(series, found, goal.limits)))


def _hours(
    series: OutcomeSeries,
    found: Mapping[Statistic, Mapping[int, float]],
    limits: tuple[float, float],
) -> Iterator[_Hour]:
    for number, requests in found[series.requests].items():
        total = found[series.total].get(number)
        if total is None or requests <= 0:
            continue
        ends = zip((series.least, series.most), limits, strict=True)
        least, most = (found[each].get(number, end) if each else end for each, end in ends)
        yield _Hour(requests, total, least, most)


def _outcomes(hours: list[_Hour]) -> LiveOutcomes | None:
    requests = math.fsum(each.requests for each in hours)
    if not requests:
        return None
    return LiveOutcomes(
        requests / (HOURS_BACK * 60),
        math.fsum(each.total for each in hours) / requests,
        math.fsum(each.requests * each.variance for each in hours) / requests,
    )
