"""The ramp: an exposure budget of bad requests at risk decides the next share.

With probability 1 - beta the excess rate so far is at most H/N, so budget / (H/N) further requests
put at most the budget at risk. Before anything is known every request may be bad.
"""

import math
from collections.abc import Iterable

from penstock.domain.judging.evidence_state import Metric, Trial
from penstock.domain.judging.judge_settings import PARTS, Limit, Method


def first_weight(requests_per_minute: float, metrics: Iterable[str], method: Method) -> float:
    """The first share for a rate of requests. The least share if there are none.

    Nobody knows what will come to an endpoint that serves nothing. The first minutes show it.
    """
    if requests_per_minute <= 0:
        return 1 / PARTS
    requests = min(method.budget / method.limit(metric).harm for metric in metrics)
    share = min(method.first, _share(requests, requests_per_minute, method))
    return _possible(share, method)


def next_requests(metric: Metric, limit: Limit, method: Method) -> float:
    """Candidate requests that the next step may put at risk on account of this metric."""
    first = method.budget / limit.harm
    judged = metric.harm.candidate
    if judged <= 0:
        return first
    most = method.growth * max(judged, first)
    budget = first + method.spare * limit.margin * metric.requests_per_minute()
    harm = metric.harm_at_most(method)
    return min(most, budget * judged / harm) if harm > 0 else most


def next_weight(trial: Trial, method: Method, weight: float) -> float:
    """The next share. It never falls, and changes only if the step is large enough.

    Without any requests so far it stays, because missing data is not health.
    """
    if weight >= method.top:
        return weight
    if not all(metric.requests_per_minute() for metric in trial.metrics.values()):
        return weight
    wanted = min(_wanted(name, trial, method) for name in trial.metrics)
    if any(metric.harm.candidate < method.budget for metric in trial.metrics.values()):
        wanted = min(wanted, method.first)
    wanted = _possible(wanted, method)
    worth_it = wanted >= method.top or wanted >= method.least_move * weight
    return wanted if worth_it and wanted > weight else weight


def _wanted(name: str, trial: Trial, method: Method) -> float:
    metric = trial.metrics[name]
    requests = next_requests(metric, method.limit(name), method)
    return _share(requests, metric.requests_per_minute(), method)


def _share(requests: float, requests_per_minute: float, method: Method) -> float:
    at_risk = requests_per_minute * method.tau
    return requests / at_risk if requests < at_risk * method.top else method.top


def _possible(share: float, method: Method) -> float:
    """Rounded down to what can be set, but open."""
    if not method.parts or share >= method.top:
        return share
    return max(1, math.floor(share * method.parts)) / method.parts
