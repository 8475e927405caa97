"""Penstock's own alarms: a coarse net under the judge, one set for each phase of a release."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

from penstock.domain import naming
from penstock.domain.rollout import Judge
from penstock.domain.signals import NAMESPACE, slow_statistic

COARSENESS = 10
"""An alarm fires at this many times the margin that the judge proves: a net, not the bar."""
MINIMUM_EVENTS = 2
"""A minute with fewer failing (or slow) requests says nothing: one failure of one is no rate."""
PERIODS, NEEDED = 3, 2
"""Two breaching minutes of the last three; one-minute alarms need 2-4 minutes (facts 4.4)."""

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


class Check(BaseModel):
    """A metric-math alarm: ALARM when `expression` is above `threshold` often enough."""

    model_config = ConfigDict(frozen=True)

    name: str
    description: str
    series: tuple[Series, ...]
    expression: str
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
    bar = _bar(margin)
    return Check(
        name=name,
        description=f"More than {bar:.1%} of {where['VariantName']}'s requests answer 5xx.",
        series=(
            Series(id="bad", metric="Invocation5XXErrors", statistic="Sum", dimensions=where),
            Series(id="all", metric="Invocations", statistic="Sum", dimensions=where),
        ),
        expression=_share("bad", "all"),
        threshold=bar,
    )


def _latency(name: str, where: dict[str, str], margin: float, objective_ms: float) -> Check:
    bar = _bar(margin)
    slow = slow_statistic(objective_ms)
    return Check(
        name=name,
        description=f"More than {bar:.1%} of {where['VariantName']}'s requests take more than "
        f"{objective_ms:g} ms.",
        series=(
            Series(id="bad", metric="ModelLatency", statistic=slow, dimensions=where),
            Series(id="all", metric="ModelLatency", statistic="SampleCount", dimensions=where),
        ),
        expression=_share("bad", "all"),
        threshold=bar,
    )


def _share(bad: str, everything: str) -> str:
    return f"IF({bad} >= {MINIMUM_EVENTS}, {bad} / {everything}, 0)"


def _bar(margin: float) -> float:
    return min(COARSENESS * margin, 0.5)
