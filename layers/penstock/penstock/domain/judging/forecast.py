"""Whether, and how soon, the expected traffic can prove a healthy candidate harmless."""

import math
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

from penstock.domain.judging.counts import Counts
from penstock.domain.judging.judge_settings import JudgeSettings
from penstock.domain.judging.parts import parts
from penstock.domain.judging.ramp import first_weight
from penstock.domain.judging.simulated_release import Serve, simulate
from penstock.domain.judging.walk import ramp

TIMELY = 0.7
"""Of the deadline: what is expected by then is proven by the deadline in nine of ten releases."""
WIDER, MARGINS_TRIED = 1.1, 48
LEAST_MARGIN = 0.001


class Forecast(NamedTuple):
    """Forecast of a healthy release: its minutes (None if not proven in time) and its candidate
    requests.
    """

    minutes: int | None
    requests: float


def forecast(
    settings: JudgeSettings, requests_per_minute: float, base_rates: Mapping[str, float]
) -> Forecast:
    """The judge itself on expected counts, both variants failing at live's rates (0 to 1)."""
    weight = first_weight(requests_per_minute, base_rates, settings)
    serve = _as_expected(requests_per_minute, base_rates)
    course = simulate(base_rates, settings, ramp(settings, weight), serve)
    candidate = max(counts.candidate for counts in course.served.values())
    return Forecast(course.minutes if course.action == "promote" else None, candidate)


def requests_to_prove(settings: JudgeSettings, metric: str, base_rate: float) -> float:
    """Candidate requests, at the top share, until the bound is expected within the margin.

    Without harm each adds d = p (ln a + ln(1 + (1 - a) k) / k) to ln S_a, with k requests of the
    candidate per one of live; the bet on a alone brings H/N within the margin with
    N = phi ln(1 / (beta share of a)) / ((1 - a) margin + d). Infinite where none ever does.
    """
    k = settings.top / (1 - settings.top)
    margin, money = settings.limit(metric).margin, math.fsum(settings.backing)
    needed = [math.inf]
    for a, share in zip(settings.stakes, settings.backing, strict=True):
        drift = (1 - a) * margin + base_rate * (math.log(a) + math.log1p((1 - a) * k) / k)
        if drift > 0:
            needed.append(settings.phi * math.log(money / (share * settings.beta)) / drift)
    return min(needed)


def unprovable(
    settings: JudgeSettings, requests_per_minute: float, base_rates: Mapping[str, float]
) -> str | None:
    """Why a healthy candidate may end without proof, as a sentence, and which margin can be proven.

    None if it will be proven in good time: within TIMELY of the deadline, because counts vary.
    """
    foreseen = forecast(settings, requests_per_minute, base_rates)
    if _timely(foreseen, settings):
        return None
    known = parts(base_rates)
    needed = {
        name: requests_to_prove(settings, name, rate)
        for name, rate in base_rates.items()
        if known[name].bounded
    }
    metric = max(needed, key=needed.__getitem__)
    margin = f"the margin of {metric} ({100 * settings.limit(metric).margin:g} %)"
    rate = f"where live's rate is {100 * base_rates[metric]:.3g} %"
    at = f"at {traffic(requests_per_minute)}"
    wider = provable_margin(settings, metric, requests_per_minute, base_rates)
    can = f"; a margin of {math.ceil(1e4 * wider) / 100:g} % can be proven" if wider else ""
    if foreseen.minutes is not None:
        return (
            f"{margin} is proven late {at} {rate}: after about {foreseen.minutes} of "
            f"{settings.deadline} minutes, so some releases end without proof{can}"
        )
    if needed[metric] < foreseen.requests:
        return (
            f"{margin} is not proven within {settings.deadline} minutes {at} {rate}: its proof "
            f"needs about {needed[metric]:,.0f} requests at the largest share, and the ramp takes "
            f"too long to get there{can}"
        )
    if math.isinf(needed[metric]):
        return f"{margin} can never be proven {rate}{can}"
    return (
        f"{margin} cannot be proven {at} {rate}: "
        f"about {needed[metric]:,.0f} on the candidate are needed, "
        f"{foreseen.requests:,.0f} are expected within {settings.deadline} minutes{can}"
    )


def traffic(requests_per_minute: float) -> str:
    """Requests a minute in words, to three digits or to whole requests."""
    digits = ",.0f" if requests_per_minute >= 100 else ".3g"  # noqa: PLR2004 - three digits
    return f"{requests_per_minute:{digits}} requests a minute"


def provable_margin(
    settings: JudgeSettings,
    metric: str,
    requests_per_minute: float,
    base_rates: Mapping[str, float],
) -> float | None:
    """The least margin of a metric that this traffic proves in good time; None if there is none.

    It is found to a step of WIDER.
    """
    limit = settings.limit(metric)
    least = max(limit.margin, LEAST_MARGIN)
    margins = [least * WIDER**k for k in range(MARGINS_TRIED) if least * WIDER**k < 1]

    def proves(margin: float) -> bool:
        limits = {**settings.limits, metric: limit._replace(margin=margin)}
        wider = replace(settings, limits=limits)
        return _timely(forecast(wider, requests_per_minute, base_rates), wider)

    place = bisect_left(margins, True, key=proves)
    return margins[place] if place < len(margins) else None


def _timely(foreseen: Forecast, settings: JudgeSettings) -> bool:
    return foreseen.minutes is not None and foreseen.minutes <= TIMELY * settings.deadline


def _as_expected(requests_per_minute: float, base_rates: Mapping[str, float]) -> Serve:
    def serve(weight: float) -> Mapping[str, Counts]:
        live, candidate = (1 - weight) * requests_per_minute, weight * requests_per_minute
        return {
            name: Counts(live, rate * live, candidate, rate * candidate)
            for name, rate in base_rates.items()
        }

    return serve
