"""A policy's own alarm, as a team has one on its business figures."""

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
