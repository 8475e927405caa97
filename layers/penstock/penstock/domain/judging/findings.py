"""The comparison so far, as one sentence for people."""

import math

from penstock.domain.judging.evidence_state import EvidenceState, MetricState
from penstock.domain.judging.judge_settings import JudgeSettings

_WORDS = {"errors": "errors", "latency": "slow answers", "client_errors": "4xx answers"}
_PLENTY = 1_000_000  # odds beyond are not written out


def findings(state: EvidenceState, settings: JudgeSettings) -> str:
    """Counts of each metric, the evidence in odds, the harm done at most, and direct requests."""
    counted = "; ".join(_counted(name, metric) for name, metric in state.metrics.items())
    harm = "; ".join(_harm(name, metric, settings) for name, metric in state.metrics.items())
    claim = f"'not more than {settings.rho:g}x worse'"
    said = f"{counted}; evidence {_odds(state.log_e())} against {claim}; {harm}"
    return f"{said}; {_direct(direct)}" if (direct := state.routing.direct) else said


def _direct(requests: float) -> str:
    return (
        f"somebody sends requests to the candidate directly: {requests:,.0f} beyond its share, "
        "which are not held against it"
    )


def _counted(name: str, metric: MetricState) -> str:
    live, live_bad, candidate, candidate_bad = (f"{count:,.0f}" for count in metric.seen)
    what = _WORDS.get(name, f"bad by {name}")
    return f"candidate {candidate_bad} {what} in {candidate} requests, live {live_bad} in {live}"


def _harm(name: str, metric: MetricState, settings: JudgeSettings) -> str:
    most = math.ceil(max(0.0, metric.harm_at_most(settings)))
    return f"expected extra {_WORDS.get(name, name)} so far at most {most:,}"


def _odds(log_e: float) -> str:
    if log_e > math.log(_PLENTY):
        return f"over {_PLENTY:,}:1"
    odds = math.exp(log_e)
    return f"{odds:,.0f}:1" if odds >= 10 else f"{odds:.2g}:1"  # noqa: PLR2004 - two digits
