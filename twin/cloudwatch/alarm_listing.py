"""DescribeAlarms."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from moto.cloudwatch.exceptions import ValidationError

from twin.cloudwatch.alarms import Alarm, Alarms
from twin.core.hooks import NotSupportedByTwin
from twin.core.pages import Pages

_PAGE = 50
_MOST_NAMES = 100
_FIELDS = {
    "AlarmNames",
    "AlarmNamePrefix",
    "AlarmTypes",
    "StateValue",
    "ActionPrefix",
    "MaxRecords",
    "NextToken",
}
_LISTS = ("OKActions", "AlarmActions", "InsufficientDataActions")


def describe_alarms(
    alarms: Alarms, pages: Pages[Alarm], params: Mapping[str, Any]
) -> dict[str, Any]:
    """AWS: without AlarmTypes only metric alarms are listed. The twin has no others."""
    _check(params)
    if "NextToken" in params:
        found = pages.take(params["NextToken"])
    else:
        found = [alarm for alarm in alarms.all() if _matches(alarm, params)]
    page, token = pages.split(found, params.get("MaxRecords", _PAGE))
    listed = [_listed(alarm, alarms.place.arn(alarm.spec.name)) for alarm in page]
    answer: dict[str, Any] = {"MetricAlarms": listed, "CompositeAlarms": []}
    return answer if token is None else {**answer, "NextToken": token}


def _check(params: Mapping[str, Any]) -> None:
    if unknown := set(params) - _FIELDS:
        raise NotSupportedByTwin(f"DescribeAlarms with {sorted(unknown)}")
    if "AlarmNames" in params and "AlarmNamePrefix" in params:
        raise ValidationError("AlarmNames and AlarmNamePrefix cannot be used together")
    if len(params.get("AlarmNames", [])) > _MOST_NAMES:
        raise ValidationError(f"AlarmNames has more than {_MOST_NAMES} members")


def _matches(alarm: Alarm, params: Mapping[str, Any]) -> bool:
    name = alarm.spec.name
    return (
        "MetricAlarm" in params.get("AlarmTypes", ["MetricAlarm"])
        and name in params.get("AlarmNames", [name])
        and name.startswith(params.get("AlarmNamePrefix", ""))
        and params.get("StateValue", alarm.state.value) == alarm.state.value
        and ("ActionPrefix" not in params or _acts(alarm, params["ActionPrefix"]))
    )


def _acts(alarm: Alarm, prefix: str) -> bool:
    actions: Sequence[str] = [a for name in _LISTS for a in alarm.spec.fields.get(name, [])]
    return any(action.startswith(prefix) for action in actions)


def _listed(alarm: Alarm, arn: str) -> dict[str, Any]:
    state = alarm.state
    listed = {
        "Dimensions": [],
        **{name: [] for name in _LISTS},
        **alarm.spec.fields,
        "AlarmArn": arn,
        "AlarmConfigurationUpdatedTimestamp": _moment(alarm.configured_at),
        "StateValue": state.value,
        "StateReason": state.reason,
        "StateUpdatedTimestamp": _moment(state.at),
        "StateTransitionedTimestamp": _moment(alarm.transitioned_at),
    }
    if state.reason_data is not None:
        listed["StateReasonData"] = state.reason_data
    return listed


def _moment(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)
