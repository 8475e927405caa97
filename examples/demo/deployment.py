"""A deployment that SageMaker makes by itself, as its events tell it. Pure functions."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from examples.demo.moments import Event, fired, judged_against
from examples.demo.recording import Instant
from examples.demo.report import Band, Role, Span

STEP = "SageMaker Endpoint Deployment State Change"
STATUS = "SageMaker Endpoint State Change"
TITLE = "deployment by SageMaker, percent of the new fleet that takes requests"
BACK = "SageMaker goes back"
MS, MINUTE, WHOLE = 1000, 60, 100
WORDS = {
    "Creating": "instances come up",
    "Updating": "instances come up",
    "ActivatingTraffic": "traffic",
    "Deleting": "instances end",
}


class _Step(NamedTuple):
    """`part` of the new fleet, in percent, takes requests when the step begins."""

    at: float
    status: str
    message: str
    part: float


def deployment_of(events: Sequence[Event], began: Instant) -> Band | None:
    """Return the steps of a deployment with guardrails. None if SageMaker told of none."""
    told = [event for event in events if event["detail-type"] == STEP]
    steps = [step for event in told if (step := _step(event))]
    end = next((_changed(event) for event in reversed(events) if _is_over(event)), None)
    if not steps or end is None:
        return None
    back = _taken_back(steps)
    edges = [*(step.at for step in steps), max(end, steps[-1].at)]
    spans = [
        _span(step, (first, last), began.simulated, back=back is not None and step.at >= back)
        for step, (first, last) in zip(steps, pairwise(edges), strict=True)
    ]
    return Band(title=TITLE, spans=spans)


def undone_by(events: Sequence[Event], endpoint: str) -> str | None:
    """Return what made SageMaker take the old fleet back, as events tell it. None: nothing did."""
    return ", then ".join(_against(events, endpoint)) or None


def capacity(pending: Mapping[str, Any]) -> float | None:
    """Return the part (0..1) of a pending fleet's instances that take requests.

    None: it is no deployment with guardrails. SageMaker has a sentence about each step of these.
    """
    for variant in pending.get("ProductionVariants", []):
        told = any("StatusMessage" in each for each in variant.get("VariantStatus", []))
        wanted = variant.get("DesiredInstanceCount")
        if told and wanted:
            return float(variant.get("CurrentInstanceCount", 0) / wanted)
    return None


def _step(event: Event) -> _Step | None:
    pending = event["detail"]["PendingDeploymentSummary"]
    for variant in pending.get("ProductionVariants", []):
        for status in variant.get("VariantStatus", []):
            message = str(status.get("StatusMessage", ""))
            at = status["StartTime"] / MS
            return _Step(at, str(status["Status"]), message, WHOLE * (capacity(pending) or 0))
    return None


def _span(step: _Step, edges: tuple[float, float], began: float, *, back: bool) -> Span:
    first, last = ((edge - began) / MINUTE for edge in edges)
    label, text = _label(step), step.message or step.status
    return Span(
        minute=round(first, 2),
        until=round(last, 2),
        role=_role(step, back=back),
        label=f"back: {label}" if back else label,
        text=f"{BACK}: {text}" if back else text,
    )


def _label(step: _Step) -> str:
    if step.status == "Baking":
        return f"{step.part:g} %"
    return WORDS.get(step.status, step.status)


def _role(step: _Step, *, back: bool) -> Role:
    if back:
        return "back"
    return "candidate" if step.part else "waiting"


def _taken_back(steps: Sequence[_Step]) -> float | None:
    """Return when the way back began: with the last step before the new fleet lost its traffic."""
    for before, after in pairwise(steps):
        if after.part < before.part:
            return before.at
    return None


def _is_over(event: Event) -> bool:
    return bool(
        event["detail-type"] == STATUS and event["detail"]["EndpointStatus"] == "IN_SERVICE"
    )


def _changed(event: Event) -> float:
    return float(event["detail"]["LastModifiedTime"] / MS)


def _against(events: Sequence[Event], endpoint: str) -> Iterator[str]:
    for event in events:
        detail = event["detail"]
        if judged_against(event, endpoint):
            yield f"Penstock judged that {detail['reason']}"
        elif fired(event, endpoint):
            yield f"the alarm {detail['alarmName']} fired"
