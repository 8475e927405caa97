"""What a release does next, by the comparison with live."""

import math
from typing import Literal, NamedTuple

from penstock.domain.judging.evidence_state import EvidenceState, MetricState
from penstock.domain.judging.judge_settings import STEP_UP, JudgeSettings
from penstock.domain.judging.ramp import lowered, next_weight

MoveAction = Literal["roll_back", "hold", "promote", "inconclusive", "raise", "lower", "stay"]
Suspicion = Literal["harm", "suspicious", "clear"]


class Move(NamedTuple):
    """The next move. `weight` is the candidate's share from now on.

    Under suspicion nothing is promoted.
    """

    action: MoveAction
    weight: float
    suspicious: bool = False


def suspicion(state: EvidenceState, settings: JudgeSettings) -> Suspicion:
    """What the evidence says: harm above 1/alpha, suspicion above a root of it, otherwise clear.

    While the candidate may be cold, only gross harm is harm.
    """
    log_e, threshold, cold = state.log_e(), -math.log(settings.alpha), state.cold_start
    if cold.is_gross(settings) if cold else log_e > threshold:
        return "harm"
    return "suspicious" if log_e > threshold * settings.doubt else "clear"


def next_move(state: EvidenceState, settings: JudgeSettings, weight: float, elapsed: float) -> Move:
    """The next move of adaptive steps: harm rolls back, suspicion holds, proof promotes, otherwise
    the share follows the budget. It also falls under suspicion, and back to the first share where
    that may be a cold start: waiting costs least there.

    The deadline ends a release that is not proven, also under suspicion.

    Args:
        state: The state of the sequential test.
        settings: The settings.
        weight: The candidate's present share, 0 to 1.
        elapsed: Minutes since its first requests.
    """
    doubt = suspicion(state, settings)
    if doubt == "harm":
        return Move("roll_back", 0.0)
    suspicious = doubt == "suspicious"
    if not suspicious and proven(state, settings, weight):
        return Move("promote", weight)
    if elapsed >= settings.deadline:
        return Move("inconclusive", weight, suspicious)
    wanted = next_weight(state, settings, weight)
    if suspicious and state.cold_start:
        wanted = min(wanted, lowered(state, settings, weight))
    if wanted < weight:
        return Move("lower", wanted, suspicious)
    if suspicious:
        return Move("hold", weight, suspicious)
    return Move("raise" if wanted > weight else "stay", wanted)


def proven(state: EvidenceState, settings: JudgeSettings, weight: float) -> bool:
    """The candidate stood at the end of the ramp long enough, within every metric's margin.

    The end is half of the top share, where the comparison is three quarters as sharp, or where the
    budget at risk allows no move up: with many requests a minute a small share proves as much. The
    evidence leans no more than a hair against the candidate: what is within the margin and yet
    looks worse than live is watched on.
    """
    at_end = weight >= min(settings.end, settings.top)
    return (
        state.steady >= (settings.bake if at_end else max(settings.bake, settings.stall))
        and all(state.minutes(name) >= settings.least for name in state.metrics)
        and state.log_e() <= -math.log(settings.alpha) * settings.calm
        and within_margins(state, settings)
        and (at_end or next_weight(state, settings, weight) < STEP_UP * weight)
    )


def within_margins(state: EvidenceState, settings: JudgeSettings) -> bool:
    """Whether the bound on the excess rate is within every metric's margin."""
    return all(
        _within(metric, settings.limit(name).margin, settings)
        for name, metric in state.bounded.items()
    )


def _within(metric: MetricState, margin: float, settings: JudgeSettings) -> bool:
    judged = metric.harm.candidate
    return judged > 0 and metric.harm_at_most(settings) <= margin * judged
