"""What CloudWatch counted of an endpoint's requests."""

from datetime import UTC, datetime
from typing import Any

from penstock.adapters.failures import translated

MINUTE_MS = 60_000


class CloudWatchMetrics:
    """One GetMetricData a question."""

    def __init__(self, cloudwatch: Any) -> None:
        self._cloudwatch = cloudwatch

    def requests(
        self, endpoint: str, variant: str, config: str, since: int, until: int
    ) -> int | None:
        """Sum of Invocations in whole minutes; None unless CloudWatch says Complete.

        The unit is not named: SageMaker publishes None, and Count would find nothing (facts 4.1).
        """
        first = -(-since // MINUTE_MS) * MINUTE_MS
        last = until // MINUTE_MS * MINUTE_MS
        if last <= first:
            return 0
        where = {"EndpointName": endpoint, "VariantName": variant, "EndpointConfigName": config}
        with translated():
            pages = self._cloudwatch.get_paginator("get_metric_data").paginate(
                MetricDataQueries=[_query(where)],
                StartTime=_moment(first),
                EndTime=_moment(last),
            )
            results = [result for page in pages for result in page["MetricDataResults"]]
        if any(result["StatusCode"] not in {"Complete", "PartialData"} for result in results):
            return None
        if results and results[-1]["StatusCode"] != "Complete":
            return None
        total: int = round(sum(value for result in results for value in result["Values"]))
        return total


def _query(dimensions: dict[str, str]) -> dict[str, Any]:
    return {
        "Id": "requests",
        "MetricStat": {
            "Metric": {
                "Namespace": "AWS/SageMaker",
                "MetricName": "Invocations",
                "Dimensions": [{"Name": n, "Value": v} for n, v in dimensions.items()],
            },
            "Period": 60,
            "Stat": "Sum",
        },
    }


def _moment(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)
