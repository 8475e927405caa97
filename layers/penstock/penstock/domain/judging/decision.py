"""What a release does next, by the comparison with live."""

import math
from typing import Literal, NamedTuple

from penstock.domain.judging.evidence_state import Metric, Trial
from penstock.domain.judging.judge_settings import STEP_UP, Method
from penstock.domain.judging.ramp import next_weight

Action = Literal["roll_back", "hold", "promote", "inconclusive", "raise", "stay"]
Suspicion = Literal["harm", "suspicious", "clear"]


class Move(NamedTuple):
    """The next move. `weight` is the candidate's share from now on.

    Under suspicion nothing is promoted.
    """

    action: Action
    weight: float
    suspicious: bool = False


def suspicion(trial: Trial, method: Method) -> Suspicion:
    """What the evidence says: harm above 1/alpha, suspicion above a root of it, otherwise clear."""
    log_e, threshold = trial.log_e(), -math.log(method.alpha)
    if log_e > threshold:
        return "harm"
    return "suspicious" if log_e > threshold * method.doubt else "clear"


def next_move(trial: Trial, method: Method, weight: float, elapsed: float) -> Move:
    """The next move of adaptive steps: harm rolls back, suspicion holds, proof promotes, otherwise
    the ramp continues.

    The deadline ends a release that is not proven, also under suspicion.

    Args:
        trial: The state of the sequential test.
        method: The settings.
        weight: The candidate's present share, 0 to 1.
        elapsed: Minutes since its first requests.
    """
    doubt = suspicion(trial, method)
    if doubt == "harm":
        return Move("roll_back", 0.0)
    suspicious = doubt == "suspicious"
    if not suspicious and proven(trial, method, weight):
        return Move("promote", weight)
    if elapsed >= method.deadline:
        return Move("inconclusive", weight, suspicious)
    if suspicious:
        return Move("hold", weight, suspicious)
    wanted = next_weight(trial, method, weight)
    return Move("raise" if wanted > weight else "stay", wanted)


def proven(trial: Trial, method: Method, weight: float) -> bool:
    """The candidate stood at the end of the ramp long enough, within every metric's margin.

    The end is half of the top share, where the comparison is three quarters as sharp, or where the
    budget at risk allows no step up: with many requests a minute a small share proves as much. The
    evidence leans no more than a hair against the candidate: what is within the margin and yet
    looks worse than live is watched on.
    """
    at_end = weight >= min(method.end, method.top)
    return (
        trial.steady >= (method.bake if at_end else max(method.bake, method.stall))
        and all(metric.wealth.minutes >= method.least for metric in trial.metrics.values())
        and trial.log_e() <= -math.log(method.alpha) * method.calm
        and all(
            _within(metric, method.limit(name).margin, method)
            for name, metric in trial.metrics.items()
        )
        and (at_end or next_weight(trial, method, weight) < STEP_UP * weight)
    )


def _within(metric: Metric, margin: float, method: Method) -> bool:
    judged = metric.harm.candidate
    return judged > 0 and metric.harm_at_most(method) <= margin * judged
