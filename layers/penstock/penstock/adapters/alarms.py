"""CloudWatch alarms."""

from collections.abc import Mapping
from typing import Any

from penstock.adapters.failures import translated
from penstock.domain.checks import NEEDED, PERIODS, Check, Series
from penstock.domain.judging.judgement import AlarmState

_AT_ONCE = 100


class CloudWatchAlarms:
    """Reads the policy's alarms, makes and removes Penstock's own."""

    def __init__(self, cloudwatch: Any) -> None:
        self._cloudwatch = cloudwatch

    def states(self, names: tuple[str, ...]) -> Mapping[str, AlarmState]:
        """The state of each alarm that exists, composites too.

        Without AlarmTypes composites are left out (facts 4.4).
        """
        if not names:
            return {}
        with translated():
            found = self._cloudwatch.describe_alarms(
                AlarmNames=list(names),
                AlarmTypes=["MetricAlarm", "CompositeAlarm"],
                MaxRecords=_AT_ONCE,
            )
        alarms = [*found.get("MetricAlarms", []), *found.get("CompositeAlarms", [])]
        return {alarm["AlarmName"]: _state(alarm) for alarm in alarms}

    def renew(self, checks: tuple[Check, ...], tags: Mapping[str, str]) -> None:
        """Delete and make anew: an update would keep the old state (facts 4.4)."""
        self.remove(tuple(check.name for check in checks))
        for check in checks:
            with translated():
                self._cloudwatch.put_metric_alarm(**_request(check, tags))

    def remove(self, names: tuple[str, ...]) -> None:
        """Delete what exists of these alarms."""
        if there := list(self.states(names)):
            with translated():
                self._cloudwatch.delete_alarms(AlarmNames=there)


def _state(alarm: Mapping[str, Any]) -> AlarmState:
    since = alarm.get("StateTransitionedTimestamp") or alarm["StateUpdatedTimestamp"]
    return AlarmState(value=alarm["StateValue"], since=round(since.timestamp() * 1000))


def _request(check: Check, tags: Mapping[str, str]) -> dict[str, Any]:
    return {
        "AlarmName": check.name,
        "AlarmDescription": check.description,
        "Metrics": [*map(_metric, check.series), *_formulas(check)],
        "ComparisonOperator": "GreaterThanThreshold",
        "Threshold": check.threshold,
        "EvaluationPeriods": PERIODS,
        "DatapointsToAlarm": NEEDED,
        # Silence neither fires nor clears it; that no data is not health is the judge's business.
        "TreatMissingData": "ignore",
        "ActionsEnabled": False,  # state events come all the same (facts 1.8)
        "Tags": [{"Key": key, "Value": value} for key, value in tags.items()],
    }


def _metric(series: Series) -> dict[str, Any]:
    dimensions = [{"Name": name, "Value": value} for name, value in series.dimensions.items()]
    return {
        "Id": series.id,
        "ReturnData": False,
        "MetricStat": {
            "Metric": {
                "Namespace": series.namespace,
                "MetricName": series.metric,
                "Dimensions": dimensions,
            },
            "Period": 60,
            "Stat": series.statistic,
        },
    }


def _formulas(check: Check) -> list[dict[str, Any]]:
    """The alarm watches the last one."""
    *helping, watched = (
        {"Id": formula.id, "Expression": formula.expression, "ReturnData": False}
        for formula in check.formulas
    )
    return [*helping, {**watched, "ReturnData": True, "Label": check.name}]
