"""What the comparison of candidate and live amounts to, as a verdict and its reader need it."""

import math
from dataclasses import replace
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from penstock.domain.judging.decision import Action, next_move, suspicion
from penstock.domain.judging.findings import findings
from penstock.domain.judging.method import PARTS, Method
from penstock.domain.judging.trial import Metric, Trial


class SignalSeen(BaseModel):
    """One signal so far. `harm_at_most`: expected extra bad requests, with 95 % confidence."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    candidate_requests: float
    candidate_bad: float
    live_requests: float
    live_bad: float
    log_e: float = Field(description="Natural logarithm of the evidence of this signal alone.")
    harm_at_most: float


class Opinion(BaseModel):
    """`seen` is one sentence; `advice` and `percent` are there where the share is chosen by it.

    Evidence above `threshold` rolls back, both as natural logarithms.
    """

    model_config = ConfigDict(frozen=True)

    suspicion: Literal["harm", "suspicious", "clear"]
    seen: str
    log_e: float
    threshold: float
    signals: tuple[SignalSeen, ...]
    advice: Action | None = None
    percent: float | None = None

    def advising(self, advice: Action, percent: float) -> "Opinion":
        """The same opinion, with what it advises about the share."""
        return self.model_copy(update={"advice": advice, "percent": percent})


def opinion(trial: Trial, method: Method) -> Opinion:
    """Of a share that the policy names."""
    return Opinion(
        suspicion=suspicion(trial, method),
        seen=findings(trial, method),
        log_e=trial.log_e(),
        threshold=-math.log(method.alpha),
        signals=tuple(_seen(name, metric, method) for name, metric in trial.metrics.items()),
    )


def advice(
    trial: Trial, method: Method, percent: float, minutes: float, most: float = 100
) -> Opinion:
    """Of a share that the comparison chose; `minutes` since the candidate's first requests.

    Above `most` percent the candidate would be overloaded: there the climb ends.
    """
    top = min(method.top, math.floor(most * PARTS / 100) / PARTS)
    move = next_move(trial, replace(method, top=top), percent / 100, minutes)
    share = round(100 * move.weight, 2)
    return opinion(trial, method).advising(move.action, share)


def _seen(name: str, metric: Metric, method: Method) -> SignalSeen:
    live, live_bad, candidate, candidate_bad = metric.seen
    return SignalSeen(
        name=name,
        candidate_requests=candidate,
        candidate_bad=candidate_bad,
        live_requests=live,
        live_bad=live_bad,
        log_e=metric.log_e(),
        harm_at_most=metric.harm_at_most(method),
    )
