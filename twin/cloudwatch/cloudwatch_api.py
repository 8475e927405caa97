"""The CloudWatch operations that the twin answers, with the method names that moto looks up."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from moto.cloudwatch.exceptions import InvalidFormat, ValidationError
from moto.cloudwatch.responses import CloudWatchResponse
from moto.core.responses import ActionResult, EmptyResult
from moto.core.utils import camelcase_to_underscores

from twin.cloudwatch.alarm_listing import describe_alarms
from twin.cloudwatch.alarms import Alarm, Alarms, Clock
from twin.cloudwatch.metric_reads import MetricReads, Status
from twin.cloudwatch.metric_store import MetricStore
from twin.cloudwatch.metric_writes import put_metric_data
from twin.core.hooks import NotSupportedByTwin
from twin.core.pages import Pages

_STATES = ("OK", "ALARM", "INSUFFICIENT_DATA")
_MAX_RECORDS = 100
_MAX_REASON = 1023
_OPERATIONS = frozenset(
    {
        "delete_alarms",
        "delete_dashboards",
        "describe_alarm_history",
        "describe_alarms",
        "disable_alarm_actions",
        "enable_alarm_actions",
        "get_dashboard",
        "get_metric_data",
        "get_metric_statistics",
        "list_dashboards",
        "list_metrics",
        "list_tags_for_resource",
        "put_dashboard",
        "put_metric_alarm",
        "put_metric_data",
        "set_alarm_state",
        "tag_resource",
        "untag_resource",
    }
)


@dataclass(frozen=True)
class CloudWatch:
    """The twin's CloudWatch. Tests may look into `store` and `alarms`."""

    clock: Clock
    store: MetricStore
    reads: MetricReads
    alarms: Alarms
    pages: Pages[Alarm] = field(default_factory=Pages)

    def degrade(self, status: Status, calls: int = 1) -> None:
        """Let the next GetMetricData calls return PartialData (half of it) or InternalError."""
        self.reads.degrade(status, calls)


class TwinCloudWatchResponse(CloudWatchResponse):
    """Answers from the twin's CloudWatch. Dashboards are moto's."""

    cloudwatch: ClassVar[CloudWatch]

    def call_action(self) -> Any:
        """Refuse operations that the twin does not answer, instead of letting moto answer them."""
        operation = camelcase_to_underscores(self._get_action())
        if operation not in _OPERATIONS:
            raise NotSupportedByTwin(f"CloudWatch operation {operation}")
        if self.region != self.cloudwatch.alarms.place.region:
            raise NotSupportedByTwin(f"CloudWatch in region {self.region}")
        return super().call_action()

    @property
    def _now(self) -> float:
        return self.cloudwatch.clock.now()

    def _fields(self) -> Mapping[str, Any]:
        fields: Mapping[str, Any] = self._get_params()
        if not 1 <= fields.get("MaxRecords", 1) <= _MAX_RECORDS:
            raise ValidationError(f"MaxRecords is 1 to {_MAX_RECORDS}")
        return fields

    def put_metric_data(self) -> ActionResult:
        put_metric_data(self._fields(), self.cloudwatch.store, self._now)
        return EmptyResult()

    def get_metric_data(self) -> ActionResult:
        return ActionResult(self.cloudwatch.reads.get_metric_data(self._fields(), self._now))

    def get_metric_statistics(self) -> ActionResult:
        return ActionResult(self.cloudwatch.reads.get_metric_statistics(self._fields(), self._now))

    def list_metrics(self) -> ActionResult:
        return ActionResult(self.cloudwatch.reads.list_metrics(self._fields(), self._now))

    def put_metric_alarm(self) -> ActionResult:
        self.cloudwatch.alarms.put(self._fields())
        return EmptyResult()

    def describe_alarms(self) -> ActionResult:
        alarms, pages = self.cloudwatch.alarms, self.cloudwatch.pages
        return ActionResult(describe_alarms(alarms, pages, self._fields()))

    def describe_alarm_history(self) -> ActionResult:
        return ActionResult(self.cloudwatch.alarms.history.describe(self._fields(), self._now))

    def delete_alarms(self) -> ActionResult:
        self.cloudwatch.alarms.delete(self._fields()["AlarmNames"])
        return EmptyResult()

    def enable_alarm_actions(self) -> ActionResult:
        self.cloudwatch.alarms.enable_actions(self._fields()["AlarmNames"], enabled=True)
        return EmptyResult()

    def disable_alarm_actions(self) -> ActionResult:
        self.cloudwatch.alarms.enable_actions(self._fields()["AlarmNames"], enabled=False)
        return EmptyResult()

    def set_alarm_state(self) -> ActionResult:
        fields = self._fields()
        if fields["StateValue"] not in _STATES:
            raise ValidationError(f"Value {fields['StateValue']!r} is not a state of an alarm")
        if len(fields["StateReason"]) > _MAX_REASON:
            raise ValidationError(f"StateReason is longer than {_MAX_REASON} characters")
        data = fields.get("StateReasonData")
        _check_json(data)
        alarms = self.cloudwatch.alarms
        alarms.set_state(fields["AlarmName"], fields["StateValue"], fields["StateReason"], data)
        return EmptyResult()

    def list_tags_for_resource(self) -> ActionResult:
        tags = self.cloudwatch.alarms.tags(self._fields()["ResourceARN"])
        return ActionResult({"Tags": [{"Key": key, "Value": tags[key]} for key in tags]})

    def tag_resource(self) -> ActionResult:
        fields = self._fields()
        added = {tag["Key"]: tag["Value"] for tag in fields["Tags"]}
        self.cloudwatch.alarms.tags(fields["ResourceARN"]).update(added)
        return EmptyResult()

    def untag_resource(self) -> ActionResult:
        fields = self._fields()
        tags = self.cloudwatch.alarms.tags(fields["ResourceARN"])
        for key in fields["TagKeys"]:
            tags.pop(key, None)
        return EmptyResult()


def _check_json(data: str | None) -> None:
    try:
        json.loads(data or "{}")
    except ValueError as error:
        raise InvalidFormat("StateReasonData is not JSON") from error
