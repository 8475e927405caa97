"""Turns events on the bus into the moments that the demo shows. Pure functions."""

from collections.abc import Mapping, Sequence
from typing import Any

from examples.demo.recording import Instant, Moment
from examples.demo.report import Bar

ROLLED_BACK = "Release Rolled Back"
BAD = (ROLLED_BACK, "Release Refused", "Attention Needed", "Endpoint Drifted")
REVIEWED = "Model Package Reviewed"
REGISTERED = "PendingManualApproval"
ALARM = "CloudWatch Alarm State Change"

Event = Mapping[str, Any]


def moment_of(event: Event, at: Instant) -> Moment | None:
    """Return what the demo shows of an event. Return None for an event that says nothing new."""
    detail = event["detail"]
    match event["source"], event["detail-type"]:
        case "penstock", "Model Package Reviewed":
            return Moment(at, REVIEWED, review_of(event), bad=detail["decision"] == "rejected")
        case "penstock", title:
            return Moment(at, title, detail["reason"], bad=title in BAD)
        case "aws.cloudwatch", "CloudWatch Alarm State Change":
            return _alarm(detail, at)
        case "aws.sagemaker", "SageMaker Model Package State Change":
            return _registered(detail, at)
    return None


def bars_of(event: Event) -> list[Bar]:
    """Return each bar of a review with the value it was compared with."""
    return [
        Bar(rule=_rule(bar), value=_value(bar), passed=bar["verdict"] == "pass")
        for bar in event["detail"]["bars"]
    ]


def review_of(event: Event) -> str:
    """Return the decision and the missed bars, shorter than the event's own sentence."""
    bars = bars_of(event)
    missed = [f"misses {bar.rule}: {bar.value}" for bar in bars if not bar.passed]
    decision = str(event["detail"]["decision"]).replace("_", " ")
    return f"{decision}, {'; '.join(missed) or f'all {len(bars)} bars passed'}"


def harm_before_restore(events: Sequence[Event], endpoint: str) -> bool:
    """Return whether a verdict or an alarm against the release came before its rollback."""
    restored = [place for place, event in enumerate(events) if event["detail-type"] == ROLLED_BACK]
    against = [place for place, event in enumerate(events) if _speaks_against(event, endpoint)]
    return bool(against and restored) and against[0] < restored[0]


def judged_against(event: Event, endpoint: str) -> bool:
    """Return whether an event is a verdict against a release to the endpoint."""
    if event["detail-type"] != "Release Judged" or event["detail"]["endpoint"] != endpoint:
        return False
    return bool(event["detail"]["verdict"] == "roll_back")


def fired(event: Event, endpoint: str) -> bool:
    """Return whether an event is that an alarm of a release to the endpoint fires."""
    if event["detail-type"] != ALARM:
        return False
    name, value = str(event["detail"]["alarmName"]), str(event["detail"]["state"]["value"])
    return name.startswith(f"penstock-{endpoint}-") and value == "ALARM"


def _alarm(detail: Event, at: Instant) -> Moment | None:
    if detail["state"]["value"] != "ALARM":
        return None
    return Moment(at, "Alarm", f"{detail['alarmName']}: {detail['state']['reason']}", bad=True)


def _registered(detail: Event, at: Instant) -> Moment | None:
    """Return a moment for a registration only: the review reports approval and rejection."""
    if detail["ModelApprovalStatus"] != REGISTERED or detail.get("UpdatedModelPackageFields"):
        return None
    version = f"{detail['ModelPackageGroupName']}/{detail['ModelPackageVersion']}"
    return Moment(at, "Model Package Registered", f"{version} waits for approval")


def _speaks_against(event: Event, endpoint: str) -> bool:
    return judged_against(event, endpoint) or fired(event, endpoint)


def _rule(bar: Event) -> str:
    metric = bar["metric"].rpartition(".")[2]
    rule, threshold = bar["rule"].removesuffix("_vs_live"), bar["threshold"]
    if rule == bar["rule"]:
        return f"{metric} {rule.replace('_', ' ')} {threshold:g}"
    sign = "-" if threshold < 0 else "+"
    return f"{metric} {rule.replace('_', ' ')} live {sign} {abs(threshold):g}"


def _value(bar: Event) -> str:
    value, live = _figure(bar["value"]), bar.get("live_value")
    return f"{value}, live {_figure(live)}" if "vs_live" in bar["rule"] else value


def _figure(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.3f}"
