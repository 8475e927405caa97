"""Alarms: a policy's own, as a team has one on its business figures, and the stack's."""

from tests.end_to_end.bench import Bench
from twin.eventbridge.events import Event


class OwnAlarm:
    """One complaint a minute is too many; ALARM or OK within a minute or two of a figure."""

    def __init__(self, bench: Bench, name: str | None = None) -> None:
        self.name = name or f"complaints-about-{bench.endpoint}"
        self._bench = bench
        self._cloudwatch = bench.twin.client("cloudwatch")
        self._cloudwatch.put_metric_alarm(
            AlarmName=self.name,
            Namespace="Shop",
            MetricName=self.name,
            Statistic="Sum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=0,
            ComparisonOperator="GreaterThanThreshold",
            TreatMissingData="ignore",
        )

    def count(self, complaints: float) -> None:
        """Publish a figure and wait until the alarm says so."""
        self._cloudwatch.put_metric_data(
            Namespace="Shop", MetricData=[{"MetricName": self.name, "Value": complaints}]
        )
        wanted = "ALARM" if complaints else "OK"
        self._bench.twin.until(lambda: self.state == wanted, 10, f"{self.name} {wanted}", 1)

    @property
    def state(self) -> str:
        """OK, ALARM or INSUFFICIENT_DATA."""
        shown = self._cloudwatch.describe_alarms(AlarmNames=[self.name])["MetricAlarms"]
        return str(shown[0]["StateValue"])


def fired(bench: Bench, alarm: str) -> Event:
    """The event of an alarm's last change to ALARM."""
    changes = [e for e in bench.twin.events.published if e["detail"].get("alarmName") == alarm]
    return [e for e in changes if e["detail"]["state"]["value"] == "ALARM"][-1]


def state(bench: Bench, alarm: str) -> str:
    """The state of an alarm of the stack."""
    shown = bench.twin.client("cloudwatch").describe_alarms(AlarmNames=[alarm])["MetricAlarms"]
    return str(shown[0]["StateValue"])


def until_state(bench: Bench, alarm: str, wanted: str) -> None:
    """Wait for a state of an alarm of the stack."""
    bench.twin.until(lambda: state(bench, alarm) == wanted, 60, f"{alarm} {wanted}", 30)


def rolled_back_calls(bench: Bench) -> list[float]:
    """When roll_back changed the shares of this endpoint."""
    return [
        call.at
        for call in bench.twin.functions.calls.log
        if call.function == "penstock-RollBack"
        and call.operation == "UpdateEndpointWeightsAndCapacities"
        and call.parameters["EndpointName"] == bench.endpoint
    ]
