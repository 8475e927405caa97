"""PutMetricAlarm: what an alarm watches and when it fires, validated as CloudWatch does."""

import operator
import re
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from moto.cloudwatch.exceptions import InvalidParameterCombination, ValidationError

from twin.cloudwatch.alarm_judgement import Rule, State, TreatMissing, evaluation_range
from twin.cloudwatch.metric_math import Expression, Scope
from twin.cloudwatch.metric_queries import (
    MetricStat,
    Query,
    period_of,
    read_period,
    read_queries,
    read_series,
    read_statistic,
    read_unit,
)
from twin.cloudwatch.metric_statistics import SIMPLE
from twin.core.hooks import NotSupportedByTwin

_HOUR, _DAY, _WEEK = 3600, 86400, 604800
_MAX_METRICS = 10
_MAX_ACTIONS = 5
_MAX_NAME = 255
_MAX_DESCRIPTION = 1024
_SINGLE = {
    "MetricName",
    "Namespace",
    "Dimensions",
    "Period",
    "Statistic",
    "ExtendedStatistic",
    "Unit",
}
_KNOWN = _SINGLE | {
    "AlarmName",
    "AlarmDescription",
    "ActionsEnabled",
    "OKActions",
    "AlarmActions",
    "InsufficientDataActions",
    "EvaluationPeriods",
    "DatapointsToAlarm",
    "Threshold",
    "ComparisonOperator",
    "TreatMissingData",
    "EvaluateLowSampleCountPercentile",
    "Metrics",
    "Tags",
}
_COMPARISONS: Mapping[str, tuple[Callable[[float, float], bool], str]] = {
    "GreaterThanThreshold": (operator.gt, "greater than"),
    "GreaterThanOrEqualToThreshold": (operator.ge, "greater than or equal to"),
    "LessThanThreshold": (operator.lt, "less than"),
    "LessThanOrEqualToThreshold": (operator.le, "less than or equal to"),
}
_TREATMENTS: Mapping[str, TreatMissing] = {
    "missing": "missing",
    "ignore": "ignore",
    "breaching": "breaching",
    "notBreaching": "notBreaching",
}
_ACTION_FIELDS: Mapping[State, str] = {
    "OK": "OKActions",
    "ALARM": "AlarmActions",
    "INSUFFICIENT_DATA": "InsufficientDataActions",
}
_TOPIC = re.compile(r"arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]{1,256}")
_PERCENTILE = re.compile(r"p(\d+(?:\.\d+)?)")
# AWS: PutMetricAlarm documents PR between two values, but TC, TM, TS and WM by percentages only.
_ALARM_STATISTIC = re.compile(
    r"(p|tm|tc|ts|wm)[\d.]+|IQM|PR\([\d.]+:[\d.]+\)|(TC|TM|TS|WM)\(([\d.]+%)?:([\d.]+%)?\)"
)


@dataclass(frozen=True)
class AlarmSpec:
    """An alarm's configuration. `fields` are those of the request, which DescribeAlarms returns."""

    fields: Mapping[str, Any]
    queries: Sequence[Query]
    watched: Query
    period: int
    rule: Rule

    @property
    def name(self) -> str:
        return str(self.fields["AlarmName"])

    @property
    def threshold(self) -> float:
        return float(self.fields["Threshold"])

    @property
    def actions_enabled(self) -> bool:
        return bool(self.fields["ActionsEnabled"])

    @property
    def comparison(self) -> str:
        """The comparison operator, worded as in a state reason."""
        return _COMPARISONS[self.fields["ComparisonOperator"]][1]

    @property
    def range(self) -> int:
        """The number of periods that each evaluation looks at."""
        return evaluation_range(self.rule.of)

    @property
    def low_sample_limit(self) -> float:
        """The number of samples below which the state stays as it is. 0 unless configured.

        AWS: 10 / (1 - p) above the median, 10 / p below (facts 4.4).
        """
        match = _PERCENTILE.fullmatch(self.fields.get("ExtendedStatistic", ""))
        if match is None or self.fields.get("EvaluateLowSampleCountPercentile") != "ignore":
            return 0
        share = float(match[1]) / 100
        tail = min(share, 1 - share)
        return 10 / tail if tail else 0

    def breaches(self, value: float) -> bool:
        """Return whether a datapoint breaches the threshold."""
        return _COMPARISONS[self.fields["ComparisonOperator"]][0](value, self.threshold)

    def actions(self, state: State) -> Sequence[str]:
        """Return the topics to notify on entering a state."""
        topics: Sequence[str] = self.fields.get(_ACTION_FIELDS[state], [])
        return topics


def read_alarm(fields: Mapping[str, Any]) -> AlarmSpec:
    """Validate a PutMetricAlarm request. Raise AWS's error, or NotSupportedByTwin."""
    if unknown := set(fields) - _KNOWN:
        raise NotSupportedByTwin(f"PutMetricAlarm with {sorted(unknown)}")
    _check_texts(fields)
    _check_actions(fields)
    _check_comparison(fields)
    queries = _read_metrics(fields) if "Metrics" in fields else [_read_single(fields)]
    watched = next(query for query in queries if query.returned)
    period = period_of(watched, {query.id: query for query in queries})
    rule = _read_rule(fields, queries)
    _check_span(period, rule.of)
    kept = {name: value for name, value in fields.items() if name != "Tags"}
    return AlarmSpec({"ActionsEnabled": True, **kept}, queries, watched, period, rule)


def _check_texts(fields: Mapping[str, Any]) -> None:
    name = fields.get("AlarmName", "")
    if not 1 <= len(name) <= _MAX_NAME or not name.isascii():
        raise ValidationError(f"AlarmName {name!r} must be 1 to {_MAX_NAME} ASCII characters")
    if len(fields.get("AlarmDescription", "")) > _MAX_DESCRIPTION:
        raise ValidationError(f"AlarmDescription is longer than {_MAX_DESCRIPTION} characters")


def _check_actions(fields: Mapping[str, Any]) -> None:
    for name in _ACTION_FIELDS.values():
        actions = fields.get(name, [])
        if len(actions) > _MAX_ACTIONS:
            raise ValidationError(f"{name} has more than {_MAX_ACTIONS} members")
        for action in actions:
            _check_action(action)


def _check_action(action: str) -> None:
    if not action.startswith("arn:"):
        raise ValidationError(f"Invalid arn syntax: {action}")
    if not _TOPIC.fullmatch(action):
        raise NotSupportedByTwin(f"alarm action {action}: only SNS topics")


def _check_comparison(fields: Mapping[str, Any]) -> None:
    name = fields.get("ComparisonOperator")
    if name not in _COMPARISONS:
        known = name and ("LowerThreshold" in name or "UpperThreshold" in name)
        if known:
            raise NotSupportedByTwin(f"{name}: anomaly detection")
        raise ValidationError(f"ComparisonOperator {name!r} is invalid")
    if "Threshold" not in fields:
        raise ValidationError("Threshold is required for alarms with a static threshold")


def _read_single(fields: Mapping[str, Any]) -> Query:
    if "Period" not in fields:
        raise ValidationError("Period is required for an alarm on a single metric")
    dimensions = fields.get("Dimensions", [])
    series = read_series(fields.get("Namespace", ""), fields.get("MetricName", ""), dimensions)
    stat = _read_stat(fields)
    name = str(uuid.uuid5(uuid.NAMESPACE_OID, fields["AlarmName"]))
    unit = read_unit(fields.get("Unit"))
    source = MetricStat(series, read_period(fields["Period"]), stat, read_statistic(stat), unit)
    return Query(name, source, None, returned=True, period=None)


def _read_stat(fields: Mapping[str, Any]) -> str:
    simple, extended = fields.get("Statistic"), fields.get("ExtendedStatistic")
    if (simple is None) == (extended is None):
        raise InvalidParameterCombination("Give exactly one of Statistic and ExtendedStatistic")
    if simple is not None and simple not in SIMPLE:
        raise ValidationError(f"Statistic {simple!r} is invalid")
    if extended is not None and not _ALARM_STATISTIC.fullmatch(extended):
        raise ValidationError(f"ExtendedStatistic {extended!r} is invalid")
    return str(simple or extended)


def _read_metrics(fields: Mapping[str, Any]) -> list[Query]:
    if mixed := _SINGLE & set(fields):
        raise InvalidParameterCombination(f"Metrics cannot be used together with {sorted(mixed)}")
    queries = read_queries(fields["Metrics"])
    if len([query for query in queries if query.returned]) != 1:
        raise ValidationError("Exactly one element of Metrics should return data")
    metrics = [query.source for query in queries if isinstance(query.source, MetricStat)]
    if not 1 <= len(metrics) <= _MAX_METRICS:
        raise ValidationError(f"An alarm watches 1 to {_MAX_METRICS} metrics")
    if len({metric.period for metric in metrics}) > 1:
        raise ValidationError("Metrics list must contain metrics of the same period")
    for metric in metrics:
        _check_documented(metric.stat)
    _check_types(queries)
    return queries


def _check_documented(stat: str) -> None:
    """AWS: a MetricStat takes "any" statistic. For alarms only PutMetricAlarm's are documented."""
    if stat not in SIMPLE and not _ALARM_STATISTIC.fullmatch(stat):
        raise NotSupportedByTwin(f"an alarm on {stat}, which is not documented")


def _check_types(queries: Sequence[Query]) -> None:
    """Refuse expressions that would fail later, such as a number in place of a time series."""
    by_id = {query.id: query for query in queries}
    for query in queries:
        if isinstance(query.source, Expression):
            period_of(query, by_id)
            query.source.points(Scope({name: {} for name in query.source.ids}, []))


def _read_rule(fields: Mapping[str, Any], queries: Sequence[Query]) -> Rule:
    of = fields.get("EvaluationPeriods", 0)
    needed = fields.get("DatapointsToAlarm", of)
    if of < 1:
        raise ValidationError("EvaluationPeriods must be at least 1")
    if not 1 <= needed <= of:
        raise ValidationError("DatapointsToAlarm must be between 1 and EvaluationPeriods")
    return Rule(needed, of, _treatment(fields, queries))


def _treatment(fields: Mapping[str, Any], queries: Sequence[Query]) -> TreatMissing:
    _check_low_samples(fields)
    stated = fields.get("TreatMissingData")
    if stated is None:
        return "ignore" if _watches_dynamodb(queries) else "missing"
    if stated not in _TREATMENTS:
        raise ValidationError(f"Option {stated} is not supported for TreatMissingData")
    return _TREATMENTS[stated]


def _watches_dynamodb(queries: Sequence[Query]) -> bool:
    """AWS: alarms on AWS/DynamoDB metrics ignore missing data by default."""
    return any(
        isinstance(query.source, MetricStat) and query.source.series.namespace == "AWS/DynamoDB"
        for query in queries
    )


def _check_low_samples(fields: Mapping[str, Any]) -> None:
    stated = fields.get("EvaluateLowSampleCountPercentile")
    if stated is not None and stated not in {"evaluate", "ignore"}:
        raise ValidationError(
            f"Option {stated} is not supported. Supported options for parameter"
            " EvaluateLowSampleCountPercentile are evaluate and ignore."
        )


def _check_span(period: int, of: int) -> None:
    """AWS: Period x EvaluationPeriods is at most a day, a week for periods of an hour or more."""
    longest = _WEEK if period >= _HOUR else _DAY
    if period * of > longest:
        raise ValidationError(
            f"Metrics cannot be checked across more than {longest} seconds"
            " (EvaluationPeriods * Period)"
        )
