"""The comparison so far, as one sentence for people."""

import math
from collections.abc import Iterator

from penstock.domain.judging.evidence_state import EvidenceState, MetricState
from penstock.domain.judging.judge_settings import JudgeSettings
from penstock.domain.judging.parts import parts

_WORDS = {"errors": "errors", "latency": "slow answers", "client_errors": "4xx answers"}
_PLENTY = 1_000_000  # odds beyond are not written out


def findings(state: EvidenceState, settings: JudgeSettings) -> str:
    """Counts of each metric, the evidence in odds, and the harm done at most."""
    bounded = state.bounded
    counted = "; ".join(
        [*(_counted(name, metric) for name, metric in bounded.items()), *_moved(state, settings)]
    )
    harm = "; ".join(_harm(name, metric, settings) for name, metric in bounded.items())
    claim = f"'not more than {settings.rho:g}x worse'"
    return f"{counted}; evidence {_odds(state.log_e())} against {claim}; {harm}"


def _moved(state: EvidenceState, settings: JudgeSettings) -> Iterator[str]:
    """Of each signal with strata the one that speaks most against the candidate, if it does."""
    doubt, alone = -math.log(settings.alpha) * settings.doubt, state.alone()
    worst: dict[str, tuple[float, str]] = {}
    for name, part in parts(state.metrics).items():
        if not part.bounded and alone[name] > doubt:
            worst[part.signal] = max(worst.get(part.signal, (0.0, "")), (alone[name], name))
    for _, name in worst.values():
        says = parts([name])[name].says
        yield f"of {says}: {_counted(name, state.metrics[name])}"


def _counted(name: str, metric: MetricState) -> str:
    live, live_bad, candidate, candidate_bad = (f"{count:,.0f}" for count in metric.seen)
    signal = parts([name])[name].signal
    what = _WORDS.get(signal, f"bad by {signal}")
    return f"candidate {candidate_bad} {what} in {candidate} requests, live {live_bad} in {live}"


def _harm(name: str, metric: MetricState, settings: JudgeSettings) -> str:
    most = math.ceil(max(0.0, metric.harm_at_most(settings)))
    return f"expected extra {_WORDS.get(name, name)} so far at most {most:,}"


def _odds(log_e: float) -> str:
    if log_e > math.log(_PLENTY):
        return f"over {_PLENTY:,}:1"
    odds = math.exp(log_e)
    return f"{odds:,.0f}:1" if odds >= 10 else f"{odds:.2g}:1"  # noqa: PLR2004 - two digits
