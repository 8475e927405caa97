"""PutMetricData."""

import math
from collections.abc import Mapping
from typing import Any

from moto.cloudwatch.exceptions import InvalidParameterCombination, InvalidParameterValue

from twin.cloudwatch.metric_queries import read_series, read_unit
from twin.cloudwatch.metric_statistics import StatisticSet
from twin.cloudwatch.metric_store import MetricStore
from twin.core.hooks import NotSupportedByTwin

_MAX_DATA = 1000
_MAX_VALUES = 150
_LARGEST = 2.0**360
_OLDEST = 14 * 86400
_NEWEST = 2 * 3600
_STANDARD_RESOLUTION = 60
_KINDS = ("Value", "Values", "StatisticValues")


def put_metric_data(params: Mapping[str, Any], store: MetricStore, now: float) -> None:
    """Publish all data. Nothing is stored if any datum is refused."""
    if unknown := set(params) - {"Namespace", "MetricData"}:
        raise NotSupportedByTwin(f"PutMetricData with {sorted(unknown)}")
    data = params.get("MetricData", [])
    if len(data) > _MAX_DATA:
        raise InvalidParameterValue(f"MetricData has more than {_MAX_DATA} members")
    for datum in data:
        _check(datum, now)
    for datum in data:
        _store(params["Namespace"], datum, store, now)


def _check(datum: Mapping[str, Any], now: float) -> None:
    if len([kind for kind in _KINDS if kind in datum]) != 1:
        raise InvalidParameterCombination(f"A datum has exactly one of {', '.join(_KINDS)}")
    if datum.get("StorageResolution", _STANDARD_RESOLUTION) != _STANDARD_RESOLUTION:
        raise NotSupportedByTwin("StorageResolution 1: the twin keeps metrics by the minute")
    if not now - _OLDEST <= _moment(datum, now) <= now + _NEWEST:
        raise InvalidParameterValue("Timestamp must be in the last two weeks or next two hours")
    read_unit(datum.get("Unit"))
    for number in _numbers(datum):
        if not math.isfinite(number) or abs(number) > _LARGEST:
            raise InvalidParameterValue(f"The value {number} is invalid")
    _check_counts(datum)


def _check_counts(datum: Mapping[str, Any]) -> None:
    values, counts = datum.get("Values", []), datum.get("Counts")
    if len(values) > _MAX_VALUES:
        raise InvalidParameterValue(f"Values has more than {_MAX_VALUES} members")
    if counts is None:
        return
    if len(counts) != len(values):
        raise InvalidParameterValue("Values and Counts must be of the same size")
    if any(count < 0 or count != int(count) for count in counts):
        raise NotSupportedByTwin("Counts that are not whole numbers")


def _numbers(datum: Mapping[str, Any]) -> list[float]:
    single = [datum["Value"]] if "Value" in datum else []
    return [*single, *datum.get("Values", []), *datum.get("StatisticValues", {}).values()]


def _moment(datum: Mapping[str, Any], now: float) -> float:
    return float(datum["Timestamp"].timestamp()) if "Timestamp" in datum else now


def _store(namespace: str, datum: Mapping[str, Any], store: MetricStore, now: float) -> None:
    series = read_series(namespace, datum["MetricName"], datum.get("Dimensions", []))
    unit, at = datum.get("Unit", "None"), _moment(datum, now)
    if "StatisticValues" in datum:
        store.record_set(series, unit, at, _statistic_set(datum["StatisticValues"]))
        return
    values = datum["Values"] if "Values" in datum else [datum["Value"]]
    counts = datum.get("Counts") or [1] * len(values)
    for value, count in zip(values, counts, strict=True):
        store.record(series, unit, at, {float(value): int(count)})


def _statistic_set(raw: Mapping[str, float]) -> StatisticSet:
    missing = {"SampleCount", "Sum", "Minimum", "Maximum"} - set(raw)
    if missing:
        raise InvalidParameterValue(f"StatisticValues needs {sorted(missing)}")
    return StatisticSet(raw["SampleCount"], raw["Sum"], raw["Minimum"], raw["Maximum"])
