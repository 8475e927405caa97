"""The sequential test of one release: the state after all its minutes so far, per metric."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from penstock.domain.errors import Refused
from penstock.domain.judging.counts import NO_REQUESTS, Counts, Minute, added, refuse_nonsense
from penstock.domain.judging.evidence import Wealth, bet, combined, first_money
from penstock.domain.judging.harm import NO_BOUND, Harm, at_most, no_harm, observed
from penstock.domain.judging.judge_settings import STEP_UP, JudgeSettings
from penstock.domain.judging.parts import parts, shared_money
from penstock.domain.judging.quantiles import betting


class MetricState(NamedTuple):
    """One metric: the evidence against the candidate, the bound on its harm, and all counts.

    The evidence is in proportion to the first money of the metric.
    """

    wealth: Wealth
    harm: Harm
    seen: Counts

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
        """Of both variants, mean over the judged minutes."""
        return (self.seen.live + self.seen.candidate) / max(1, self.wealth.minutes)


@dataclass(frozen=True)
class EvidenceState:
    """The state that a release carries.

    `last` is the number of the last judged minute; `steady` is how many of them, in a row, had
    about the share `step`: the present step of the ramp.
    """

    metrics: Mapping[str, MetricState]
    last: int | None = None
    step: float = 0.0
    steady: int = 0

    def log_e(self) -> float:
        """The evidence of all metrics together."""
        return combined([metric.log_e() for metric in self.metrics.values()])

    def alone(self) -> dict[str, float]:
        """The evidence of each metric by itself."""
        money = shared_money(self.metrics)
        return {name: each.log_e() - math.log(money[name]) for name, each in self.metrics.items()}

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
                first_money(betting(name, settings), money[name]),
                harm if part.bounded else NO_BOUND,
                NO_REQUESTS,
            )
            for name, part in known.items()
        }
    )


def judged(state: EvidenceState, minute: Minute, settings: JudgeSettings) -> EvidenceState:
    """The state after one more complete minute. A minute that was judged before changes nothing.

    Raises:
        Refused: A count or the weight is impossible, or the minute has other metrics than the
            state. The sentence names the field.
    """
    refuse_nonsense(minute)
    _refuse_other_metrics(state, minute)
    if state.last is not None and minute.number <= state.last:
        return state
    metrics = {
        name: _after(metric, minute.counts[name], minute.weight, betting(name, settings))
        for name, metric in state.metrics.items()
    }
    return EvidenceState(metrics, minute.number, *_step(state, minute.weight))


def _step(state: EvidenceState, weight: float | None) -> tuple[float, int]:
    if weight is None:
        return state.step, state.steady
    if weight < state.step or weight >= STEP_UP * state.step:
        return weight, 1
    return state.step, state.steady + 1


def _after(
    metric: MetricState, counts: Counts, weight: float | None, settings: JudgeSettings
) -> MetricState:
    return MetricState(
        bet(metric.wealth, counts, weight, settings),
        observed(metric.harm, counts, settings) if metric.bounded else NO_BOUND,
        added(metric.seen, counts),
    )


def _refuse_other_metrics(state: EvidenceState, minute: Minute) -> None:
    if state.metrics.keys() == minute.counts.keys():
        return
    missing = sorted(state.metrics.keys() - minute.counts.keys())
    unknown = sorted(minute.counts.keys() - state.metrics.keys())
    what = f"{missing[0]} is missing" if missing else f"{unknown[0]} was not judged before"
    raise Refused(f"minute {minute.number}: metrics: {what}")
