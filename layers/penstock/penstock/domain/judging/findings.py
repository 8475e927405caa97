"""The comparison so far, as one sentence for people."""

import math
from collections.abc import Iterator, Mapping
from itertools import islice

from penstock.domain.judging.evidence_state import EvidenceState, MetricState
from penstock.domain.judging.judge_settings import JudgeSettings
from penstock.domain.judging.parts import Part, parts
from penstock.domain.judging.quantiles import QUANTILES, TOLERATED, quantile_move

_WORDS = {"errors": "errors", "latency": "slow answers", "client_errors": "4xx answers"}
_PLENTY = 1_000_000  # odds beyond are not written out


def findings(state: EvidenceState, settings: JudgeSettings) -> str:
    """Counts of each signal, its part that moved, the evidence in odds, the harm at most, and
    direct requests.
    """
    known, bounded = parts(state.metrics), state.bounded
    counted = [
        _counted(name, metric) for name, metric in bounded.items() if name == known[name].signal
    ]
    seen = "; ".join([*counted, *_moved(known, state, settings)])
    harm = "; ".join(_harm(name, metric, settings) for name, metric in bounded.items())
    claim = f"'not more than {settings.rho:g}x worse'"
    evidence = f"evidence {odds(state.log_e())} against {claim}"
    direct = _direct(state.routing.direct) if state.routing.direct else ""
    return "; ".join(filter(None, [seen, evidence, _cold(state, settings), harm, direct]))


def _cold(state: EvidenceState, settings: JudgeSettings) -> str:
    """Why evidence that is loud enough rolls nothing back yet."""
    cold = state.cold_start
    if cold is None or cold.is_gross(settings) or state.log_e() <= -math.log(settings.alpha):
        return ""
    return (
        f"that may be a cold start, which has {settings.warm_up + settings.cold} minutes from the "
        "first requests on"
    )


def _direct(requests: float) -> str:
    return (
        f"somebody sends requests to the candidate directly: {requests:,.0f} beyond its share, "
        "which are not held against it"
    )


def _moved(
    known: Mapping[str, Part], state: EvidenceState, settings: JudgeSettings
) -> Iterator[str]:
    """Of each signal one part that speaks against the candidate, if any does: of the strata the
    loudest, and of the quantiles the lowest, because most requests see it.
    """
    doubt, alone = -math.log(settings.alpha) * settings.doubt, state.alone()
    loud = [name for name in known if name != known[name].signal and alone[name] > doubt]
    strata = sorted((name for name in loud if known[name].stratum), key=alone.__getitem__)
    for name in {known[name].signal: name for name in strata}.values():
        yield f"of {known[name].stratum}: {_counted(name, state.metrics[name])}"
    quantiles = (name for name in QUANTILES if name in loud)
    yield from (_shifted(name, state, settings) for name in islice(quantiles, 1))


def _shifted(name: str, state: EvidenceState, settings: JudgeSettings) -> str:
    if name not in settings.values_ms:
        return _exceeded(name, state.metrics[name])
    seen = {each: metric.seen for each, metric in state.metrics.items()}
    called, live, candidate = quantile_move(name, seen, settings.values_ms)
    most = max(settings.values_ms.values())
    return f"the {called} went from {_ms(live, most)} to {_ms(candidate, most)} ms"


def _ms(value: float | None, most: float) -> str:
    return f"over {most:,.3g}" if value is None else f"{value:,.3g}"


def _exceeded(name: str, metric: MetricState) -> str:
    live, live_slow, candidate, slow = metric.seen
    return (
        f"{100 * slow / candidate:.3g} % of the candidate's answers took more than {TOLERATED:g} "
        f"times live's {QUANTILES[name].called} of before the release, and "
        f"{100 * live_slow / live:.3g} % of live's took longer than it"
    )


def _counted(name: str, metric: MetricState) -> str:
    live, live_bad, candidate, candidate_bad = (f"{count:,.0f}" for count in metric.seen)
    signal = parts([name])[name].signal
    what = _WORDS.get(signal, f"bad by {signal}")
    return f"candidate {candidate_bad} {what} in {candidate} requests, live {live_bad} in {live}"


def _harm(name: str, metric: MetricState, settings: JudgeSettings) -> str:
    most = math.ceil(max(0.0, metric.harm_at_most(settings)))
    return f"expected extra {_extra(name, settings)} so far at most {most:,}"


def _extra(name: str, settings: JudgeSettings) -> str:
    value = settings.values_ms.get(name)
    return f"answers over {value:,.3g} ms" if value else called(name)


def called(metric: str) -> str:
    """What the bad requests of a metric are called."""
    if metric in QUANTILES:
        return f"answers over live's {QUANTILES[metric].called}"
    return _WORDS.get(metric, metric)


def odds(log_e: float) -> str:
    """Evidence as odds, from its natural logarithm."""
    if log_e > math.log(_PLENTY):
        return f"over {_PLENTY:,}:1"
    ratio = math.exp(log_e)
    return f"{ratio:,.0f}:1" if ratio >= 10 else f"{ratio:.2g}:1"  # noqa: PLR2004 - two digits
