"""CloudWatch alarms."""

from collections.abc import Mapping, Sequence
from typing import Any

from penstock.adapters.failures import translated
from penstock.adapters.metric_stat import metric_stat
from penstock.domain.judging.judgement import AlarmState
from penstock.domain.planning.check import Check

_AT_ONCE = 100
_WHAT_IT_IS = (
    *("ComparisonOperator", "Threshold", "EvaluationPeriods", "DatapointsToAlarm"),
    *("TreatMissingData", "ActionsEnabled"),
)


class CloudWatchAlarms:
    """Reads the policy's alarms, and creates and deletes Penstock's own."""

    def __init__(self, cloudwatch: Any) -> None:
        self._cloudwatch = cloudwatch

    def states(self, names: tuple[str, ...]) -> Mapping[str, AlarmState]:
        """The state of each alarm that exists, including composite alarms.

        Without AlarmTypes, DescribeAlarms leaves composite alarms out (facts 4.4).
        """
        return {name: _state(alarm) for name, alarm in self._found(names).items()}

    def renew(
        self, checks: tuple[Check, ...], tags: Mapping[str, str], left: tuple[str, ...] = ()
    ) -> None:
        """Delete and recreate alarms of another phase, because an update would keep the old state.

        CloudWatch accepts three such calls a second (facts 7), so a retry continues where an
        earlier one was throttled.
        """
        wanted = {check.name: _request(check, tags) for check in checks}
        found = self._found(tuple(dict.fromkeys((*wanted, *left))))
        fit = {name for name, alarm in found.items() if _fits(alarm, wanted.get(name))}
        self._delete([name for name in found if name not in fit])
        for name, request in wanted.items():
            if name not in fit:
                with translated():
                    self._cloudwatch.put_metric_alarm(**request)

    def remove(self, names: tuple[str, ...]) -> None:
        """Delete those of these alarms that exist."""
        self._delete(list(self.states(names)))

    def _delete(self, there: list[str]) -> None:
        if there:
            with translated():
                self._cloudwatch.delete_alarms(AlarmNames=there)

    def _found(self, names: tuple[str, ...]) -> dict[str, Mapping[str, Any]]:
        if not names:
            return {}
        with translated():
            found = self._cloudwatch.describe_alarms(
                AlarmNames=list(names),
                AlarmTypes=["MetricAlarm", "CompositeAlarm"],
                MaxRecords=_AT_ONCE,
            )
        alarms = [*found.get("MetricAlarms", []), *found.get("CompositeAlarms", [])]
        return {alarm["AlarmName"]: alarm for alarm in alarms}


def _fits(found: Mapping[str, Any], wanted: Mapping[str, Any] | None) -> bool:
    """Whether an alarm is already the wanted one. The names of its series show the phase."""
    if wanted is None or found["StateValue"] == "ALARM":
        return False
    same = all(found.get(key) == wanted[key] for key in _WHAT_IT_IS)
    return same and _series(found.get("Metrics", [])) == _series(wanted["Metrics"])


def _series(metrics: Sequence[Mapping[str, Any]]) -> dict[str, tuple[Any, ...]]:
    """By their ids, in no order: expression, or metric with its dimensions and statistic."""
    return {m["Id"]: (m.get("Expression"), *_measured(m.get("MetricStat"))) for m in metrics}


def _measured(stat: Mapping[str, Any] | None) -> tuple[Any, ...]:
    if stat is None:
        return ()
    metric = stat["Metric"]
    dimensions = {each["Name"]: each["Value"] for each in metric["Dimensions"]}
    return metric["Namespace"], metric["MetricName"], dimensions, stat["Period"], stat["Stat"]


def _state(alarm: Mapping[str, Any]) -> AlarmState:
    since = alarm.get("StateTransitionedTimestamp") or alarm["StateUpdatedTimestamp"]
    return AlarmState(value=alarm["StateValue"], since=round(since.timestamp() * 1000))


def _request(check: Check, tags: Mapping[str, str]) -> dict[str, Any]:
    return {
        "AlarmName": check.name,
        "AlarmDescription": check.description,
        "Metrics": [*_measures(check), *_formulas(check)],
        "ComparisonOperator": "GreaterThanThreshold",
        "Threshold": check.threshold,
        "EvaluationPeriods": check.periods,
        "DatapointsToAlarm": check.needed,
        # By default silence neither fires nor clears it; that no data is not health is the judge's
        # business.
        "TreatMissingData": check.silence,
        "ActionsEnabled": False,  # state events come all the same (facts 1.8)
        "Tags": [{"Key": key, "Value": value} for key, value in tags.items()],
    }


def _measures(check: Check) -> list[dict[str, Any]]:
    return [
        {"Id": name, "ReturnData": False, "MetricStat": metric_stat(statistic)}
        for name, statistic in check.series.items()
    ]


def _formulas(check: Check) -> list[dict[str, Any]]:
    """The alarm watches the last one."""
    *helping, watched = (
        {"Id": name, "Expression": expression, "ReturnData": False}
        for name, expression in check.formulas.items()
    )
    return [*helping, {**watched, "ReturnData": True, "Label": check.name}]
