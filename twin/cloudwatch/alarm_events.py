"""The texts of an alarm: state reasons, EventBridge details and SNS messages."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from twin.cloudwatch.alarm_judgement import State
from twin.cloudwatch.alarm_spec import AlarmSpec
from twin.cloudwatch.metric_queries import MetricStat, Query

_MAX_SUBJECT = 100
REGION_NAMES = {"eu-west-1": "EU (Ireland)"}


@dataclass(frozen=True)
class AlarmState:
    """A state, its reason, and the time since which it holds."""

    value: State
    reason: str
    reason_data: str | None
    at: float

    def detail(self) -> dict[str, Any]:
        """Return the form in an event's `state` and `previousState`."""
        fields = {
            "value": self.value,
            "reason": self.reason,
            "reasonData": self.reason_data,
            "timestamp": stamp(self.at),
        }
        return {name: value for name, value in fields.items() if value is not None}


@dataclass(frozen=True)
class Sighting:
    """The datapoints of one evaluation, the newest last. None means no data."""

    at: float
    starts: Sequence[int]
    values: Sequence[float | None]

    @property
    def real(self) -> list[tuple[int, float]]:
        pairs = zip(self.starts, self.values, strict=True)
        return [(start, value) for start, value in pairs if value is not None]


def stamp(at: float) -> str:
    """AWS: milliseconds and an offset without colon, 2019-10-02T17:04:40.989+0000 (facts 1.8)."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "+0000"


def initial(at: float) -> AlarmState:
    """AWS: an alarm begins in INSUFFICIENT_DATA, without reason data (facts 1.8)."""
    return AlarmState("INSUFFICIENT_DATA", "Unchecked: Initial alarm creation", None, at)


def judged(spec: AlarmSpec, value: State, before: State, sighting: Sighting) -> AlarmState:
    """Return the state that an evaluation found."""
    seen = sighting.real[-spec.rule.of :]
    reason = _reason(spec, value, before, seen)
    return AlarmState(value, reason, _reason_data(spec, sighting, seen), sighting.at)


def _reason(spec: AlarmSpec, value: State, before: State, seen: Sequence[tuple[int, float]]) -> str:
    if not seen:
        treated = _TREATED[spec.rule.missing]
        noun = "datapoint was" if spec.rule.of == 1 else "datapoints were"
        kind = "Insufficient Data" if value == "INSUFFICIENT_DATA" else "Threshold Crossed"
        return f"{kind}: {spec.rule.of} {noun} {treated}."
    count = sum(spec.breaches(each) for _, each in seen)
    crossed, needed = (count, spec.rule.needed) if value == "ALARM" else (len(seen) - count, 1)
    listed = ", ".join(f"{each} ({_short(start)})" for start, each in reversed(seen))
    negation = "" if value == "ALARM" else "not "
    return (
        f"Threshold Crossed: {crossed} out of the last {spec.rule.of} datapoints [{listed}]"
        f" was {negation}{spec.comparison} the threshold ({spec.threshold})"
        f" (minimum {needed} datapoint{'s' if needed > 1 else ''} for {before} -> {value}"
        " transition)."
    )


_TREATED = {
    "missing": "unknown",
    "ignore": "unknown",
    "breaching": "missing and treated as [Breaching]",
    "notBreaching": "missing and treated as [NonBreaching]",
}


def _short(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%d/%m/%y %H:%M:%S")


def _reason_data(spec: AlarmSpec, sighting: Sighting, seen: Sequence[tuple[int, float]]) -> str:
    stat = spec.watched.source.stat if isinstance(spec.watched.source, MetricStat) else None
    fields = {
        "version": "1.0",
        "queryDate": stamp(sighting.at),
        "startDate": stamp(seen[0][0]) if seen else None,
        "statistic": stat,
        "period": spec.period,
        "recentDatapoints": [value for _, value in seen],
        "threshold": spec.threshold,
    }
    return json.dumps({name: value for name, value in fields.items() if value is not None})


def state_change(spec: AlarmSpec, before: AlarmState, after: AlarmState) -> dict[str, Any]:
    """Return the detail of a `CloudWatch Alarm State Change`."""
    return {
        "alarmName": spec.name,
        "state": after.detail(),
        "previousState": before.detail(),
        "configuration": _watched(spec),
    }


def configuration_change(
    operation: str, spec: AlarmSpec, state: AlarmState, before: AlarmSpec | None, at: float
) -> dict[str, Any]:
    """Return the detail of a `CloudWatch Alarm Configuration Change`."""
    detail = {
        "alarmName": spec.name,
        "operation": operation,
        "state": {"value": state.value, "timestamp": stamp(state.at)},
        "configuration": _configuration(spec, at),
    }
    if before is not None:
        detail["previousConfiguration"] = _configuration(before, at)
    return detail


def _configuration(spec: AlarmSpec, at: float) -> dict[str, Any]:
    fields = spec.fields
    return {
        **_watched(spec),
        "alarmName": spec.name,
        "timestamp": stamp(at),
        "evaluationPeriods": spec.rule.of,
        "datapointsToAlarm": spec.rule.needed,
        "threshold": spec.threshold,
        "comparisonOperator": fields["ComparisonOperator"],
        "treatMissingData": spec.rule.missing,
        "actionsEnabled": spec.actions_enabled,
        "okActions": spec.actions("OK"),
        "alarmActions": spec.actions("ALARM"),
        "insufficientDataActions": spec.actions("INSUFFICIENT_DATA"),
    }


def _watched(spec: AlarmSpec) -> dict[str, Any]:
    watched: dict[str, Any] = {"metrics": [_metric(query) for query in spec.queries]}
    if "AlarmDescription" in spec.fields:
        watched["description"] = spec.fields["AlarmDescription"]
    return watched


def _metric(query: Query) -> dict[str, Any]:
    common = {"id": query.id, "returnData": query.returned}
    if query.label is not None:
        common["label"] = query.label
    if not isinstance(query.source, MetricStat):
        return {**common, "expression": query.source.text}
    series, period, stat, _, unit = query.source
    metric = {
        "namespace": series.namespace,
        "name": series.name,
        "dimensions": dict(sorted(series.dimensions)),
    }
    watched: dict[str, Any] = {"metric": metric, "period": period, "stat": stat}
    if unit is not None:
        watched["unit"] = unit
    return {**common, "metricStat": watched}


def subject(spec: AlarmSpec, state: AlarmState, region: str) -> str:
    """Return the subject of an SNS notification, which has at most 100 characters."""
    return f'{state.value}: "{spec.name}" in {REGION_NAMES[region]}'[:_MAX_SUBJECT]


def message(
    spec: AlarmSpec, before: AlarmState, after: AlarmState, place: Mapping[str, str]
) -> str:
    """Return the body of an SNS notification. `place` has the account, region and alarm ARN."""
    return json.dumps(
        {
            "AlarmName": spec.name,
            "AlarmDescription": spec.fields.get("AlarmDescription"),
            "AWSAccountId": place["account"],
            "NewStateValue": after.value,
            "NewStateReason": after.reason,
            "StateChangeTime": stamp(after.at),
            "Region": REGION_NAMES[place["region"]],
            "AlarmArn": place["arn"],
            "OldStateValue": before.value,
            "OKActions": spec.actions("OK"),
            "AlarmActions": spec.actions("ALARM"),
            "InsufficientDataActions": spec.actions("INSUFFICIENT_DATA"),
            "Trigger": _trigger(spec),
        }
    )


def _trigger(spec: AlarmSpec) -> dict[str, Any]:
    names = ("MetricName", "Namespace", "Statistic", "ExtendedStatistic", "Dimensions", "Metrics")
    return {
        **{name: spec.fields[name] for name in names if name in spec.fields},
        "Period": spec.period,
        "EvaluationPeriods": spec.rule.of,
        "DatapointsToAlarm": spec.rule.needed,
        "ComparisonOperator": spec.fields["ComparisonOperator"],
        "Threshold": spec.threshold,
        "TreatMissingData": spec.rule.missing,
    }
