"""What the comparison with live says the release does next."""

import math
from typing import Literal, NamedTuple

from penstock.domain.findings import findings
from penstock.domain.method import Method
from penstock.domain.ramp import next_weight
from penstock.domain.trial import Metric, Trial

Action = Literal["roll_back", "hold", "promote", "inconclusive", "raise", "stay"]
Suspicion = Literal["harm", "suspicious", "clear"]


class Decision(NamedTuple):
    """`weight` is the candidate's share from now on; `reason` one sentence on what was seen."""

    action: Action
    weight: float
    reason: str
    suspicious: bool = False


def suspicion(trial: Trial, method: Method) -> Suspicion:
    """Harm at evidence of 1/alpha, suspicion at its square root: gather more, risk no more."""
    log_e, threshold = trial.log_e(), -math.log(method.alpha)
    if log_e > threshold:
        return "harm"
    return "suspicious" if log_e > threshold / 2 else "clear"


def decide(trial: Trial, method: Method, weight: float, elapsed: float) -> Decision:
    """One look at an adaptive release that has the share `weight` for `elapsed` minutes in all.

    Harm rolls back; suspicion holds the share; proof promotes; the deadline ends without proof,
    also under suspicion (then `suspicious`, and nothing may promote); else the ramp goes on.
    """
    doubt = suspicion(trial, method)
    seen = findings(trial, method)
    if doubt == "harm":
        return Decision("roll_back", 0.0, seen)
    suspicious = doubt == "suspicious"
    if elapsed >= method.deadline and (suspicious or not proven(trial, method)):
        reason = f"no proof within {method.deadline} minutes: {seen}"
        return Decision("inconclusive", weight, reason, suspicious)
    if suspicious:
        return Decision("hold", weight, seen, suspicious)
    if proven(trial, method):
        return Decision("promote", weight, seen)
    wanted = next_weight(trial, method, weight)
    return Decision("raise" if wanted > weight else "stay", wanted, seen)


def proven(trial: Trial, method: Method) -> bool:
    """The candidate stood at the top share long enough, and is within every metric's margin."""
    return trial.at_top >= method.bake and all(
        _within(metric, method.limit(name).margin, method) for name, metric in trial.metrics.items()
    )


def _within(metric: Metric, margin: float, method: Method) -> bool:
    judged = metric.harm.candidate
    return judged > 0 and metric.harm_at_most(method) <= margin * judged
