"""A statistic in CloudWatch's form, for alarms and questions."""

from typing import Any

from penstock.domain.kinds.series import Statistic

MINUTE_SECONDS = 60


def metric_stat(wanted: Statistic) -> dict[str, Any]:
    """The MetricStat of one statistic a minute."""
    return {
        "Metric": {
            "Namespace": wanted.namespace,
            "MetricName": wanted.metric,
            "Dimensions": [{"Name": n, "Value": v} for n, v in wanted.dimensions],
        },
        "Period": MINUTE_SECONDS,
        "Stat": wanted.statistic,
    }
