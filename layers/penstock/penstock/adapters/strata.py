"""CloudWatch's list of metrics, as the strata of one."""

from collections.abc import Iterator, Mapping
from typing import Any

from penstock.adapters.failures import translated
from penstock.domain.errors import Refused
from penstock.domain.kinds.series import Divided

MOST_FILTERS = 10
"""Dimensions that ListMetrics takes (botocore cloudwatch `ListMetricsInput`)."""
MOST_PAGES = 10
"""Of 500 metrics each (botocore cloudwatch `ListMetrics`): a plan may ask for ten signals, and has
a minute.
"""


class CloudWatchStrata:
    """ListMetrics, through a boto3 CloudWatch client."""

    def __init__(self, cloudwatch: Any) -> None:
        self._cloudwatch = cloudwatch

    def values(self, divided: Divided) -> tuple[str, ...]:
        """ListMetrics answers metrics with more dimensions too: they are left out.

        `RecentlyActive` is left out of strata on purpose. It shows three hours only, and a stratum
        that was not listed would be judged neither by itself nor in the signal as a whole.
        """
        asked = {*divided.dimensions}
        listed = ((each[divided.by], each.items()) for each in self._listed(divided))
        found = {value for value, each in listed if each == {*asked, (divided.by, value)}}
        return tuple(sorted(found))

    def _listed(self, divided: Divided) -> Iterator[Mapping[str, str]]:
        """The dimensions of every metric, page by page."""
        with translated():
            pages = self._cloudwatch.get_paginator("list_metrics").paginate(
                Namespace=divided.namespace,
                MetricName=divided.metric,
                Dimensions=_filters(divided),
                **({"RecentlyActive": "PT3H"} if divided.active else {}),
            )
            for number, page in enumerate(pages, 1):
                for metric in page["Metrics"]:
                    yield {each["Name"]: each["Value"] for each in metric["Dimensions"]}
                if number == MOST_PAGES and page.get("NextToken"):
                    raise Refused(
                        f"CloudWatch lists over {500 * MOST_PAGES:,} series of {divided.metric} "
                        f"with the dimension {divided.by}"
                    )


def _filters(divided: Divided) -> list[dict[str, str]]:
    given = [{"Name": name, "Value": value} for name, value in divided.dimensions]
    return [{"Name": divided.by}, *given][:MOST_FILTERS]
