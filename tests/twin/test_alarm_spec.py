"""What PutMetricAlarm accepts."""

from typing import Any

import pytest
from moto.core.exceptions import ServiceException

from tests.worlds.cloudwatch_bench import alarm, stat
from twin.cloudwatch.alarm_spec import read_alarm
from twin.core.hooks import NotSupportedByTwin

TOPIC = "arn:aws:sns:eu-west-1:123456789012:people"


def single(**changes: Any) -> dict[str, Any]:
    fields = {
        "Metrics": None,
        "Namespace": "AWS/SageMaker",
        "MetricName": "ModelLatency",
        "Period": 60,
        "ExtendedStatistic": "PR(300000:60000000)",
    }
    return alarm(**(fields | changes))


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param(alarm(), id="metric-math"),
        pytest.param(single(), id="percentile-rank"),
        pytest.param(single(ExtendedStatistic="TC(10%:90%)"), id="trimmed-by-percent"),
        pytest.param(single(ExtendedStatistic=None, Statistic="Sum"), id="statistic"),
        pytest.param(single(Period=86400, EvaluationPeriods=7), id="a-week-of-days"),
        pytest.param(single(Period=300, EvaluationPeriods=288), id="a-day-of-five-minutes"),
        pytest.param(alarm(DatapointsToAlarm=None), id="m-is-n-when-omitted"),
        pytest.param(alarm(AlarmActions=[TOPIC]), id="topic"),
    ],
)
def test_accepted(fields: dict[str, Any]) -> None:
    assert read_alarm(fields).name == "errors"


def metrics(*expressions: str, **changes: Any) -> list[dict[str, Any]]:
    named = [{"Id": f"e{index}", "Expression": each} for index, each in enumerate(expressions)]
    return [*named, stat("Invocations", "Sum", returned=False) | changes]


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param(alarm(AlarmName=""), id="no-name"),
        pytest.param(alarm(AlarmName="a" * 256), id="long-name"),
        pytest.param(alarm(DatapointsToAlarm=4), id="m-over-n"),
        pytest.param(alarm(DatapointsToAlarm=0), id="m-zero"),
        pytest.param(alarm(EvaluationPeriods=None, DatapointsToAlarm=None), id="no-n"),
        pytest.param(alarm(ComparisonOperator="Above"), id="comparison"),
        pytest.param(alarm(ComparisonOperator=None), id="no-comparison"),
        pytest.param(alarm(Threshold=None), id="no-threshold"),
        pytest.param(alarm(TreatMissingData="zero"), id="treatment"),
        pytest.param(alarm(AlarmActions=["people"]), id="not-an-arn"),
        pytest.param(alarm(AlarmActions=[TOPIC] * 6), id="six-actions"),
        pytest.param(alarm(Metrics=metrics("m", "m * 2")), id="two-results"),
        pytest.param(alarm(Metrics=[stat("Invocations", "Sum", returned=False)]), id="no-result"),
        pytest.param(alarm(Metrics=metrics("SUM(m)")), id="a-number"),
        pytest.param(alarm(Metrics=metrics("m +")), id="syntax"),
        pytest.param(alarm(Metrics=metrics("other")), id="unknown-id"),
        pytest.param(alarm(Statistic="Sum"), id="both-kinds"),
        pytest.param(alarm(EvaluationPeriods=1441), id="over-a-day"),
        pytest.param(single(Period=86400, EvaluationPeriods=8), id="over-a-week"),
        pytest.param(single(Period=45), id="period"),
        pytest.param(single(Period=None), id="no-period"),
        pytest.param(single(Statistic="Sum"), id="two-statistics"),
        pytest.param(single(ExtendedStatistic=None), id="no-statistic"),
        pytest.param(single(ExtendedStatistic="TC(300000:)"), id="trimmed-by-value"),
        pytest.param(single(ExtendedStatistic="PR(300000:)"), id="half-a-range"),
        pytest.param(single(ExtendedStatistic=None, Statistic="p99"), id="extended-as-simple"),
        pytest.param(single(EvaluateLowSampleCountPercentile="maybe"), id="low-samples"),
        pytest.param(single(MetricName=None), id="no-metric"),
    ],
)
def test_refused_as_by_aws(fields: dict[str, Any]) -> None:
    with pytest.raises(ServiceException):
        read_alarm(fields)


def test_metrics_of_an_alarm_share_one_period() -> None:
    other = stat("ModelLatency", "Sum", "n", returned=False)
    other["MetricStat"]["Period"] = 300
    with pytest.raises(ServiceException, match="same period"):
        read_alarm(alarm(Metrics=[*metrics("m / n"), other]))


def test_an_alarm_watches_ten_metrics_at_most() -> None:
    many = [stat("Invocations", "Sum", f"m{each}", returned=False) for each in range(11)]
    with pytest.raises(ServiceException, match="1 to 10 metrics"):
        read_alarm(alarm(Metrics=[{"Id": "e", "Expression": "m1"}, *many]))


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param(single(Period=10), id="high-resolution"),
        pytest.param(alarm(ComparisonOperator="GreaterThanUpperThreshold"), id="anomaly"),
        pytest.param(alarm(ThresholdMetricId="band"), id="threshold-metric"),
        pytest.param(alarm(EvaluationWindow={"SlidingWindow": {}}), id="window"),
        pytest.param(alarm(WarmUpConfiguration={"Minutes": 5}), id="warm-up"),
        pytest.param(alarm(AlarmActions=["arn:aws:lambda:eu-west-1:1:function:f"]), id="lambda"),
        pytest.param(alarm(Metrics=metrics("CEIL(m)")), id="math"),
        pytest.param(alarm(Metrics=metrics("m", AccountId="1")), id="query-field"),
        pytest.param(alarm(Metrics=metrics("m", Label="${MAX}")), id="dynamic-label"),
        pytest.param(
            alarm(
                Metrics=[
                    {"Id": "e", "Expression": "m"},
                    stat("ModelLatency", "TC(300000:)", returned=False),
                ]
            ),
            id="undocumented-statistic",
        ),
    ],
)
def test_refused_by_the_twin(fields: dict[str, Any]) -> None:
    with pytest.raises(NotSupportedByTwin):
        read_alarm(fields)


def test_alarms_on_dynamodb_ignore_missing_data_by_default() -> None:
    fields = single(Namespace="AWS/DynamoDB", TreatMissingData=None)
    assert read_alarm(fields).rule.missing == "ignore"
    assert read_alarm(single(TreatMissingData=None)).rule.missing == "missing"


@pytest.mark.parametrize(("statistic", "limit"), [("p99", 1000), ("p50", 20), ("p10", 100)])
def test_few_samples_of_a_percentile_can_keep_the_state(statistic: str, limit: float) -> None:
    fields = single(ExtendedStatistic=statistic)
    assert read_alarm(fields).low_sample_limit == 0
    asking = fields | {"EvaluateLowSampleCountPercentile": "ignore"}
    assert read_alarm(asking).low_sample_limit == pytest.approx(limit)
