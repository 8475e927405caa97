"""From events on the bus to moments worth telling. Pure."""

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
    """What the event means to somebody who watches; None for the many that say nothing new."""
    detail = event["detail"]
    match event["source"], event["detail-type"]:
        case "penstock", title:
            bad = title in BAD or detail.get("decision") == "rejected"
            return Moment(at, title, detail["reason"], bad)
        case "aws.cloudwatch", "CloudWatch Alarm State Change":
            return _alarm(detail, at)
        case "aws.sagemaker", "SageMaker Model Package State Change":
            return _registered(detail, at)
    return None


def bars_of(event: Event) -> list[Bar]:
    """Each bar of a review with what it found."""
    return [
        Bar(rule=_rule(bar), value=_value(bar["value"]), passed=bar["verdict"] == "pass")
        for bar in event["detail"]["bars"]
    ]


def alarm_before_restore(events: Sequence[Event], endpoint: str) -> bool:
    """Whether an alarm of the endpoint's release fired before the release was rolled back."""
    restored = [place for place, event in enumerate(events) if event["detail-type"] == ROLLED_BACK]
    fired = [place for place, event in enumerate(events) if _fired(event, f"penstock-{endpoint}-")]
    return bool(fired and restored) and fired[0] < restored[0]


def _alarm(detail: Event, at: Instant) -> Moment | None:
    if detail["state"]["value"] != "ALARM":
        return None
    return Moment(at, "Alarm", f"{detail['alarmName']}: {detail['state']['reason']}", bad=True)


def _registered(detail: Event, at: Instant) -> Moment | None:
    """Registration and nothing else; the review tells of approval and rejection."""
    if detail["ModelApprovalStatus"] != REGISTERED or detail.get("UpdatedModelPackageFields"):
        return None
    version = f"{detail['ModelPackageGroupName']}/{detail['ModelPackageVersion']}"
    return Moment(at, "Model Package Registered", f"{version} waits for approval")


def _fired(event: Event, prefix: str) -> bool:
    if event["detail-type"] != ALARM:
        return False
    name, value = str(event["detail"]["alarmName"]), str(event["detail"]["state"]["value"])
    return name.startswith(prefix) and value == "ALARM"


def _rule(bar: Event) -> str:
    return (
        f"{bar['metric'].rpartition('.')[2]} {bar['rule'].replace('_', ' ')} {bar['threshold']:g}"
    )


def _value(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.3f}"
