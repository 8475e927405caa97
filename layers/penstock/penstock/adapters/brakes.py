"""Brakes of deployments: a metric whose alarm has SageMaker undo one."""

from typing import Any

from penstock.adapters.failures import translated
from penstock.domain.planning.brake import BRAKE_METRIC, BRAKE_NAMESPACE, where


class CloudWatchBrakes:
    """Publishes one datum a pull."""

    def __init__(self, cloudwatch: Any) -> None:
        self._cloudwatch = cloudwatch

    def pull(self, endpoint: str, config: str) -> None:
        """PutMetricData for this minute. The alarm is on until a minute without one."""
        dimensions = [{"Name": n, "Value": v} for n, v in where(endpoint, config).items()]
        with translated():
            self._cloudwatch.put_metric_data(
                Namespace=BRAKE_NAMESPACE,
                MetricData=[{"MetricName": BRAKE_METRIC, "Dimensions": dimensions, "Value": 1.0}],
            )
