"""Penstock's own alarms: a coarse net under the judge, one set for each phase of a release."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

from penstock.domain.kinds.realtime_series import NAMESPACE, microseconds
from penstock.domain.ledger import naming
from penstock.domain.policy.judge import Judge

COARSENESS = 10
"""An alarm fires at this many times the margin that the judge proves: a net, not the bar."""
MINIMUM_EVENTS = 2
"""A minute with fewer failing (or slow) requests says nothing: one failure of one is no rate."""
PERIODS, NEEDED = 3, 2
"""Two breaching minutes of the last three; one-minute alarms need 2-4 minutes (facts 4.4)."""

_LONGEST = 3_600_000_000
"""An hour in microseconds: PutMetricAlarm documents `PR(n:m)` with two bounds only."""

CHECKS = ("errors", "latency")


class Series(BaseModel):
    """One metric of one variant under one configuration, a statistic a minute.

    The unit is left out on purpose: SageMaker publishes `None`, and asking for `Count` finds
    nothing (facts 4.1).
    """

    model_config = ConfigDict(frozen=True)

    id: str
    metric: str
    statistic: str
    dimensions: dict[str, str]
    namespace: str = NAMESPACE


class Formula(BaseModel):
    """Metric math over series and earlier formulas, by their ids."""

    model_config = ConfigDict(frozen=True)

    id: str
    expression: str


class Check(BaseModel):
    """A metric-math alarm: ALARM when the last formula is above `threshold` often enough."""

    model_config = ConfigDict(frozen=True)

    name: str
    description: str
    series: tuple[Series, ...]
    formulas: tuple[Formula, ...]
    threshold: float


PhaseName = Literal["candidate", "live"]
"""The canary before promotion, the serving variant in the watch window."""


def every_name(endpoint: str) -> tuple[str, ...]:
    """The alarms that any release of `endpoint` may have left."""
    phases: tuple[PhaseName, ...] = ("candidate", "live")
    return tuple(_name(endpoint, check, phase) for phase in phases for check in CHECKS)


def names(endpoint: str, judge: Judge, phase: PhaseName) -> tuple[str, ...]:
    """The alarms that one phase of a release of `endpoint` has."""
    judged = CHECKS[:1] if judge.latency_objective_ms is None else CHECKS
    return tuple(_name(endpoint, check, phase) for check in judged)


def checks(
    endpoint: str, variant: str, config: str, judge: Judge, phase: PhaseName
) -> tuple[Check, ...]:
    """The alarms for `variant` while `config` serves.

    The series with EndpointConfigName sees this release's fleet alone (facts 3.3), so an old fleet
    that was sick cannot abort it and old points cannot fire it.
    """
    where = {"EndpointName": endpoint, "VariantName": variant, "EndpointConfigName": config}
    found = [_errors(_name(endpoint, "errors", phase), where, judge.margins.errors)]
    if (objective := judge.latency_objective_ms) is not None:
        name = _name(endpoint, "latency", phase)
        found.append(_latency(name, where, judge.margins.latency, objective))
    return tuple(found)


def _name(endpoint: str, check: str, phase: PhaseName) -> str:
    """The phase stands last: `churn` and `churn-live` must not share a name."""
    return naming.alarm(endpoint, check if phase == "candidate" else f"{check}-live")


def _errors(name: str, where: dict[str, str], margin: float) -> Check:
    """Every request without a good answer, but for the client's own mistakes.

    `silent` are those of InvocationModelErrors that are neither 4xx nor 5xx: no answer (facts 4.1).
    Where that metric is not published the 5xx are left. In arithmetic what is missing counts as 0,
    and a minute without requests divides by 0: it has no point.
    """
    bar = _bar(margin)
    sums = {
        "model": "InvocationModelErrors",
        "client": "Invocation4XXErrors",
        "server": "Invocation5XXErrors",
        "all": "Invocations",
    }
    return Check(
        name=name,
        description=f"More than {bar:.1%} of {where['VariantName']}'s requests get no good answer "
        "(4xx not counted).",
        series=tuple(
            Series(id=short, metric=metric, statistic="Sum", dimensions=where)
            for short, metric in sums.items()
        ),
        formulas=(
            Formula(id="silent", expression="model - client - server"),
            Formula(id="bad", expression="server + (silent > 0) * silent"),
            Formula(id="share", expression=f"(bad >= {MINIMUM_EVENTS}) * bad / all"),
        ),
        threshold=bar,
    )


def _latency(name: str, where: dict[str, str], margin: float, objective_ms: float) -> Check:
    """The slow part of the answers, from percentile ranks: alarms take no other fixed bounds.

    Slow and fast ones make 100 %, also where an empty range has no datapoint (counted as 0).
    """
    bar, bound = _bar(margin), microseconds(objective_ms)
    statistics = {
        "slow": f"PR({bound}:{_LONGEST})",
        "fast": f"PR(0:{bound})",
        "answers": "SampleCount",
    }
    return Check(
        name=name,
        description=f"More than {bar:.1%} of {where['VariantName']}'s requests take more than "
        f"{objective_ms:g} ms.",
        series=tuple(
            Series(id=short, metric="ModelLatency", statistic=statistic, dimensions=where)
            for short, statistic in statistics.items()
        ),
        formulas=(
            Formula(id="bad", expression="answers * slow / 100"),
            Formula(
                id="share",
                expression=f"(bad > {MINIMUM_EVENTS - 0.5}) * slow / (slow + fast)",
            ),
        ),
        threshold=bar,
    )


def _bar(margin: float) -> float:
    return min(COARSENESS * margin, 0.5)
