"""What the twin replaces in moto's CloudWatch exists, and stock moto still lacks what it adds."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws
from moto.cloudwatch import urls
from moto.cloudwatch.models import CloudWatchBackend, cloudwatch_backends
from moto.cloudwatch.responses import CloudWatchResponse

from tests.worlds.cloudwatch_bench import Bench, alarm, bench, moment, stat
from twin.cloudwatch.cloudwatch import BYPASSES
from twin.core.hooks import NotSupportedByTwin


@pytest.fixture
def stock() -> Iterator[Any]:
    with mock_aws():
        yield boto3.client("cloudwatch", region_name="eu-west-1")


@pytest.fixture
def twin() -> Iterator[Bench]:
    with bench() as installed:
        yield installed


def publish(client: Any) -> datetime:
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    metric = stat("Invocations", "Sum")["MetricStat"]["Metric"]
    datum = {key: metric[key] for key in ("MetricName", "Dimensions")}
    client.put_metric_data(
        Namespace=metric["Namespace"], MetricData=[datum | {"Value": 1.0, "Timestamp": now}]
    )
    return now


def read(client: Any, queries: list[dict[str, Any]]) -> Any:
    at = publish(client).timestamp()
    return client.get_metric_data(
        MetricDataQueries=queries, StartTime=moment(at), EndTime=moment(at + 60)
    )


def test_the_url_table_is_still_one_dispatcher() -> None:
    assert urls.url_paths == {"{0}/$": CloudWatchResponse.dispatch}


@pytest.mark.parametrize("name", BYPASSES)
def test_the_backend_still_has_what_other_services_might_call(name: str) -> None:
    assert callable(getattr(CloudWatchBackend, name))


def test_stock_answers_metric_math_with_nothing(stock: Any) -> None:
    queries = [stat("Invocations", "Sum"), {"Id": "e", "Expression": "m * 2"}]
    metric, expression = read(stock, queries)["MetricDataResults"]
    assert metric["Values"] == [1]
    assert expression["Values"] == []


def test_stock_knows_no_extended_statistic(stock: Any) -> None:
    with pytest.raises(TypeError):
        read(stock, [stat("Invocations", "p99")])


def test_stock_alarms_start_ok(stock: Any) -> None:
    stock.put_metric_alarm(**alarm())
    assert stock.describe_alarms()["MetricAlarms"][0]["StateValue"] == "OK"


def test_stock_accepts_more_datapoints_than_periods(stock: Any) -> None:
    stock.put_metric_alarm(**alarm(DatapointsToAlarm=4))


def test_stock_refuses_percentile_ranks_in_alarms(stock: Any) -> None:
    fields: dict[str, Any] = {"Metrics": None, "Namespace": "n", "MetricName": "m", "Period": 60}
    with pytest.raises(ClientError, match="not supported"):
        stock.put_metric_alarm(**alarm(ExtendedStatistic="PR(1:)", **fields))


def test_stock_has_no_alarm_history(stock: Any) -> None:
    with pytest.raises(NotImplementedError):
        stock.describe_alarm_history()


@pytest.mark.usefixtures("twin")
def test_the_backend_cannot_be_used_behind_the_back_of_the_twin() -> None:
    with pytest.raises(NotSupportedByTwin, match="delete_alarms"):
        cloudwatch_backends["123456789012"]["eu-west-1"].delete_alarms([])


def test_undoing_the_hooks_brings_stock_moto_back(stock: Any) -> None:
    with bench() as twin:
        twin.client.put_metric_alarm(**alarm())
    stock.put_metric_alarm(**alarm())
    assert stock.describe_alarms()["MetricAlarms"][0]["StateValue"] == "OK"


def test_dashboards_stay_with_moto(twin: Bench) -> None:
    twin.client.put_dashboard(DashboardName="d", DashboardBody='{"widgets": []}')
    assert twin.client.get_dashboard(DashboardName="d")["DashboardName"] == "d"


def test_another_region_is_refused(twin: Bench) -> None:
    elsewhere = boto3.client("cloudwatch", region_name="us-east-1")
    with pytest.raises(NotSupportedByTwin, match="us-east-1"):
        elsewhere.describe_alarms()
