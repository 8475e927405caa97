"""The sequential test of one release: the state after all its minutes so far, per metric."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from penstock.domain.errors import Refused
from penstock.domain.judging import cold_start
from penstock.domain.judging.cold_start import ColdStart
from penstock.domain.judging.counts import NO_REQUESTS, Counts, Minute, added, refuse_nonsense
from penstock.domain.judging.evidence import bet, combined, split_counts
from penstock.domain.judging.harm import NO_BOUND, Harm, at_most, no_harm, observed
from penstock.domain.judging.judge_settings import STEP_UP, JudgeSettings
from penstock.domain.judging.parts import parts, shared_money
from penstock.domain.judging.quantiles import betting
from penstock.domain.judging.routing import NOTHING_SEEN, Routing, routed
from penstock.domain.judging.wealth import Wealth, first_money

RECENT = 4
"""Minutes over which the present traffic is averaged, the latest counting most."""


class MetricState(NamedTuple):
    """One metric: the evidence against the candidate, the bound on its harm, and all counts.

    The evidence is in proportion to the first money of the metric. `recent` are the requests per
    minute of both variants lately; None before the first.
    """

    wealth: Wealth
    harm: Harm
    seen: Counts
    recent: float | None = None

    def log_e(self) -> float:
        """The evidence of this metric alone."""
        return self.wealth.log_e()

    def harm_at_most(self, settings: JudgeSettings) -> float:
        """Expected extra bad requests so far, with the settings' confidence."""
        return at_most(self.harm, settings)

    @property
    def bounded(self) -> bool:
        """Whether its harm is bounded: of some parts of a signal only evidence is kept."""
        return self.harm != NO_BOUND

    def requests_per_minute(self) -> float:
        """The present traffic of both variants."""
        if self.recent is not None:
            return self.recent
        return (self.seen.live + self.seen.candidate) / max(1, self.wealth.minutes)

    def usual(self, judged: int) -> float:
        """The requests to be expected of a minute, by all the minutes that were judged.

        One more request and one more minute are counted, so that requests are expected until ten
        minutes without any were judged.
        """
        return (self.seen.live + self.seen.candidate + 1) / (judged + 1)

    def passing(self, counts: Counts) -> "MetricState":
        """After a minute that shows the traffic."""
        now = counts.live + counts.candidate
        before = now if self.recent is None else self.recent
        return self._replace(recent=before + (now - before) / RECENT)


@dataclass(frozen=True)
class EvidenceState:
    """The state that a release carries.

    `last` is the number of the last judged minute; `steady` is how many of them, in a row, had
    about the share `step`: the present step of the ramp. `routing` tells whether the candidate gets
    what its share promises; `cold_start` what speaks for gross harm while the candidate may be
    cold. `forgotten` minutes were judged before the evidence was forgotten.
    """

    metrics: Mapping[str, MetricState]
    last: int | None = None
    step: float = 0.0
    steady: int = 0
    routing: Routing = NOTHING_SEEN
    cold_start: ColdStart | None = None
    forgotten: int = 0

    def log_e(self) -> float:
        """The evidence of all metrics together."""
        return combined([metric.log_e() for metric in self.metrics.values()])

    def alone(self) -> dict[str, float]:
        """The evidence of each metric by itself."""
        money = shared_money(self.metrics)
        return {name: each.log_e() - math.log(money[name]) for name, each in self.metrics.items()}

    @property
    def usual(self) -> dict[str, float]:
        """The requests to be expected of each metric in a minute."""
        return {name: metric.usual(self.minutes(name)) for name, metric in self.metrics.items()}

    def minutes(self, name: str) -> int:
        """How many minutes of a metric were judged."""
        return self.forgotten + self.metrics[name].wealth.minutes

    @property
    def bounded(self) -> dict[str, MetricState]:
        """The metrics whose harm is bounded."""
        return {name: metric for name, metric in self.metrics.items() if metric.bounded}

    def fits(self, settings: JudgeSettings) -> bool:
        """Whether it bets on as many ratios as the settings do."""
        return all(
            len(metric.wealth.bets) == len(betting(name, settings).bets)
            and len(metric.harm.stakes) in (len(settings.stakes), 0)
            for name, metric in self.metrics.items()
        )


def begun(metrics: Iterable[str], settings: JudgeSettings) -> EvidenceState:
    """Before the first minute."""
    known = parts(metrics)
    money, harm = shared_money(known), no_harm(settings)
    return EvidenceState(
        {
            name: MetricState(
                first_money(len(betting(name, settings).bets), money[name]),
                harm if part.bounded else NO_BOUND,
                NO_REQUESTS,
            )
            for name, part in known.items()
        },
        cold_start=cold_start.cold_start(
            [name for name, part in known.items() if part.bounded], settings
        ),
    )


def judged(state: EvidenceState, minute: Minute, settings: JudgeSettings) -> EvidenceState:
    """The state after one more complete minute. A minute that was judged before changes nothing.

    A minute in which the share moved shows the traffic and nothing else: if the rates of both
    variants changed within it, too, its averages would differ for no fault of the candidate.

    Raises:
        Refused: A count or the weight is impossible, or the minute has other metrics than the
            state. The sentence names the field.
    """
    refuse_nonsense(minute)
    _refuse_other_metrics(state, minute)
    if state.last is not None and minute.number <= state.last:
        return state
    state = _warmed(state, minute.number, settings)
    passing = {name: m.passing(minute.counts[name]) for name, m in state.metrics.items()}
    if minute.weight is None:
        return replace(state, metrics=passing, last=minute.number)
    routing = routed(state.routing, _busiest(minute), minute.weight)
    tested = {
        name: counts if routing.doubted else split_counts(counts, minute.weight, settings)
        for name, counts in minute.counts.items()
    }
    metrics = {
        name: _after(name, metric, minute.counts[name], tested[name], settings)
        for name, metric in passing.items()
    }
    step, cold = _step(state, minute.weight), state.cold_start
    cold = cold and cold_start.after(cold, tested, settings)
    return EvidenceState(metrics, minute.number, *step, routing, cold, state.forgotten)


def _warmed(state: EvidenceState, number: int, settings: JudgeSettings) -> EvidenceState:
    """Before minute `number`. After the cold start, what speaks against the candidate is forgotten.

    Less evidence is evidence too: the test goes on as one test. Gross harm is not forgotten, even
    if nobody looked in time.
    """
    if state.cold_start is None:
        return state
    cold = cold_start.begun_by(state.cold_start, number, settings)
    if cold.until is None or number < cold.until or cold.is_gross(settings):
        return replace(state, cold_start=cold)
    if state.log_e() <= 0:
        return replace(state, cold_start=None)
    anew = begun(state.metrics, settings).metrics
    metrics = {name: m._replace(wealth=anew[name].wealth) for name, m in state.metrics.items()}
    forgotten = max(map(state.minutes, state.metrics))
    return replace(state, metrics=metrics, cold_start=None, forgotten=forgotten)


def _busiest(minute: Minute) -> Counts:
    """The counts of the metric with the most requests: custom metrics may label only some."""
    return max(minute.counts.values(), key=lambda each: (each.live + each.candidate, each))


def _step(state: EvidenceState, weight: float) -> tuple[float, int]:
    if weight < state.step or weight >= STEP_UP * state.step:
        return weight, 1
    return state.step, state.steady + 1


def _after(
    name: str, metric: MetricState, counts: Counts, tested: Counts, settings: JudgeSettings
) -> MetricState:
    """One minute later, by its counts and as they are to be tested."""
    slack = settings.limit(name).slack
    return metric._replace(
        wealth=bet(metric.wealth, tested, betting(name, settings), slack),
        harm=observed(metric.harm, counts, settings) if metric.bounded else NO_BOUND,
        seen=added(metric.seen, counts),
    )


def _refuse_other_metrics(state: EvidenceState, minute: Minute) -> None:
    if state.metrics.keys() == minute.counts.keys():
        return
    missing = sorted(state.metrics.keys() - minute.counts.keys())
    unknown = sorted(minute.counts.keys() - state.metrics.keys())
    what = f"{missing[0]} is missing" if missing else f"{unknown[0]} was not judged before"
    raise Refused(f"minute {minute.number}: metrics: {what}")
