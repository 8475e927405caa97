"""A CloudWatch of the twin on a clock that moves only when a test says so."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import boto3
from moto import mock_aws

from twin.cloudwatch import cloudwatch, metrics
from twin.cloudwatch.cloudwatch_api import CloudWatch
from twin.core.hooks import hooked

START = 1_700_000_400.0  # a full ten minutes of the hour
NAMESPACE = "AWS/SageMaker"
DIMENSIONS = {"EndpointName": "churn", "VariantName": "candidate", "EndpointConfigName": "churn-7"}


class StepClock:
    """Stands still; `run_to` moves it and runs what comes due on the way."""

    def __init__(self) -> None:
        self._now = START
        self._due: list[tuple[float, str, Callable[[], object]]] = []

    def now(self) -> float:
        return self._now

    def call_at(self, at: float, action: Callable[[], object], name: str) -> None:
        self._due.append((at, name, action))

    def run_to(self, until: float) -> None:
        while self._due and min(self._due, key=lambda due: due[0])[0] <= until:
            first = min(self._due, key=lambda due: due[0])
            self._due.remove(first)
            self._now, _, action = first
            action()
        self._now = until


@dataclass
class Bench:
    """What a test works with."""

    clock: StepClock
    installed: CloudWatch
    client: Any
    events: list[tuple[str, str, Mapping[str, Any], Sequence[str]]]
    mails: list[tuple[str, str, str]] = field(default_factory=list)

    def minutes(self, count: float) -> None:
        """Let simulated minutes pass."""
        self.clock.run_to(self.clock.now() + 60 * count)

    def record(self, name: str, values: Mapping[float, int], minute: float = 0.0) -> None:
        """Publish in the given minute after the start."""
        unit = "Microseconds" if name == "ModelLatency" else "None"
        metrics.record(NAMESPACE, name, DIMENSIONS, values, START + 60 * minute, unit)

    def data(
        self, queries: Sequence[Mapping[str, Any]], minutes: tuple[float, float], **more: Any
    ) -> Any:
        """GetMetricData over minutes after the start, the earliest datapoint first."""
        start, end = (moment(START + 60 * each) for each in minutes)
        order = {"ScanBy": "TimestampAscending"} | more
        return self.client.get_metric_data(
            MetricDataQueries=queries, StartTime=start, EndTime=end, **order
        )

    def state(self, alarm: str) -> str:
        """The alarm's state as DescribeAlarms tells it."""
        (found,) = self.client.describe_alarms(AlarmNames=[alarm])["MetricAlarms"]
        return str(found["StateValue"])

    def changes(self, alarm: str) -> list[str]:
        """The states that the alarm's events told, in order."""
        return [
            detail["state"]["value"]
            for _, kind, detail, _ in self.events
            if kind == "CloudWatch Alarm State Change" and detail["alarmName"] == alarm
        ]


def moment(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)


def stat(name: str, of: str, query: str = "m", *, returned: bool = True) -> dict[str, Any]:
    """One metric of a request."""
    dimensions = [{"Name": key, "Value": value} for key, value in DIMENSIONS.items()]
    metric = {"Namespace": NAMESPACE, "MetricName": name, "Dimensions": dimensions}
    source = {"Metric": metric, "Period": 60, "Stat": of}
    return {"Id": query, "MetricStat": source, "ReturnData": returned}


def alarm(name: str = "errors", **changes: Any) -> dict[str, Any]:
    """PutMetricAlarm: more than a tenth of at least ten requests fail in two of three minutes."""
    fields = {
        "AlarmName": name,
        "EvaluationPeriods": 3,
        "DatapointsToAlarm": 2,
        "Threshold": 0.1,
        "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": "notBreaching",
        "Metrics": [
            {"Id": "share", "Expression": "IF(requests >= 10, failed / requests, 0)"},
            stat("Invocations", "Sum", "requests", returned=False),
            stat("Invocation5XXErrors", "Sum", "failed", returned=False),
        ],
    } | changes
    return {key: value for key, value in fields.items() if value is not None}


@contextmanager
def bench(*, moto_topics: bool = False) -> Iterator[Bench]:
    """Install CloudWatch into moto for the length of the block; `mails` replace topics."""
    events: list[tuple[str, str, Mapping[str, Any], Sequence[str]]] = []
    mails: list[tuple[str, str, str]] = []
    clock = StepClock()

    def emit(
        source: str, detail_type: str, detail: Mapping[str, Any], resources: Sequence[str]
    ) -> None:
        events.append((source, detail_type, detail, resources))

    def notify(topic: str, subject: str, message: str) -> None:
        mails.append((topic, subject, message))

    with hooked() as hooks:
        installed = cloudwatch.install(hooks, clock, emit, None if moto_topics else notify)
        with mock_aws():
            client = boto3.client(
                "cloudwatch",
                region_name="eu-west-1",
                aws_access_key_id="test",
                aws_secret_access_key="test",  # noqa: S106  # nothing is signed for real
            )
            yield Bench(clock, installed, client, events, mails)
