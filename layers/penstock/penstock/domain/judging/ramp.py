"""The ramp: an exposure budget of bad requests at risk decides the next share.

With probability 1 - beta the excess rate so far is at most H/N, so budget / (H/N) further requests
put at most the budget at risk. Before anything is known every request may be bad.
"""

import math
from collections.abc import Iterable

from penstock.domain.judging.evidence_state import EvidenceState, MetricState
from penstock.domain.judging.judge_settings import PARTS, JudgeSettings, Limit

MOST_SPARE = 2
"""Times the budget: what a busy endpoint may risk beside it."""


def first_weight(
    requests_per_minute: float, metrics: Iterable[str], settings: JudgeSettings
) -> float:
    """The first share for a rate of requests. The least share if there are none.

    Nobody knows what will come to an endpoint that serves nothing. The first minutes show it.
    """
    if requests_per_minute <= 0:
        return 1 / PARTS
    requests = min(settings.budget / settings.limit(metric).harm for metric in metrics)
    share = min(settings.first, _share(requests, requests_per_minute, settings))
    return _possible(share, settings)


def next_requests(metric: MetricState, limit: Limit, settings: JudgeSettings) -> float:
    """Candidate requests that the next step may put at risk on account of this metric."""
    first = settings.budget / limit.harm
    judged = metric.harm.candidate
    if judged <= 0:
        return first
    most = settings.growth * max(judged, first)
    spare = settings.spare * limit.margin * metric.requests_per_minute()
    budget = first + min(MOST_SPARE * first, spare)
    harm = metric.harm_at_most(settings)
    return min(most, budget * judged / harm) if harm > 0 else most


def next_weight(state: EvidenceState, settings: JudgeSettings, weight: float) -> float:
    """The next share. It changes only if the step is large enough.

    It falls once it is far beyond what the budget allows by now: the traffic grew, or the candidate
    did harm. Without any requests so far it stays, because missing data is not health.
    """
    bounded = state.bounded
    if not all(metric.requests_per_minute() for metric in bounded.values()):
        return weight
    wanted = min(_wanted(name, state, settings) for name in bounded)
    if any(metric.harm.candidate < settings.budget for metric in bounded.values()):
        wanted = min(wanted, settings.first)
    wanted = _possible(wanted, settings)
    if wanted <= settings.fall * weight:
        return wanted
    worth_it = wanted >= settings.top or wanted >= settings.least_move * weight
    return wanted if worth_it and wanted > weight else weight


def lowered(state: EvidenceState, settings: JudgeSettings, weight: float) -> float:
    """The first share again, by the present traffic; the present one if that is not far below."""
    requests = max(metric.requests_per_minute() for metric in state.bounded.values())
    first = first_weight(requests, state.bounded, settings) if requests else weight
    return first if first <= settings.fall * weight else weight


def _wanted(name: str, state: EvidenceState, settings: JudgeSettings) -> float:
    metric = state.metrics[name]
    requests = next_requests(metric, settings.limit(name), settings)
    return _share(requests, metric.requests_per_minute(), settings)


def _share(requests: float, requests_per_minute: float, settings: JudgeSettings) -> float:
    at_risk = requests_per_minute * settings.tau
    return requests / at_risk if requests < at_risk * settings.top else settings.top


def _possible(share: float, settings: JudgeSettings) -> float:
    """Rounded down to what can be set, but open."""
    if not settings.parts or share >= settings.top:
        return share
    return max(1, math.floor(share * settings.parts)) / settings.parts
