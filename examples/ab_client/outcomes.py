"""Outcomes in the embedded metric format: a line of the application's log for each metric datum.

CloudWatch makes metrics of such lines where the log goes to CloudWatch Logs, as that of a Lambda
function does: nothing is called, and no permission is needed. Every outcome has the time of its
*request*, so that it counts for the minute in which the variant answered.
"""

import json
import math
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

MOST_VALUES = 100
"""Values of one metric in one line (embedded metric format specification)."""
OLDEST = timedelta(days=14)
"""CloudWatch takes no datum that is older, and none that is two hours ahead."""


class Served(NamedTuple):
    """A request that was answered: keep it with the order, the session or the user.

    `variant` is the answer's `InvokedProductionVariant`, and `at` the time of the request.
    """

    endpoint: str
    variant: str
    at: datetime


class Outcome(NamedTuple):
    """What came of a request: 1 or 0 of a rate, or a value such as the money that was spent."""

    served: Served
    value: float


class TooLate(Exception):
    """The request was more than two weeks ago: CloudWatch would drop its outcome."""


@dataclass(frozen=True)
class Goal:
    """The metric, named as in the policy's `rollout.goal`.

    The dimensions are called as they are there: by default `EndpointName` and `VariantName`.
    """

    namespace: str
    metric: str
    endpoint_dimension: str = "EndpointName"
    variant_dimension: str = "VariantName"

    def lines(self, outcomes: Iterable[Outcome], now: datetime) -> Iterator[str]:
        """The lines to write to the log, one for each minute and variant, or more if it had many.

        Raises:
            TooLate: A request was more than two weeks before `now`.
            ValueError: An outcome is no finite number, or its request is ahead of `now`.
        """
        for (endpoint, variant, minute), values in sorted(_by_minute(outcomes, now).items()):
            named = {self.endpoint_dimension: endpoint, self.variant_dimension: variant}
            for begin in range(0, len(values), MOST_VALUES):
                yield self._line(minute, named, values[begin : begin + MOST_VALUES])

    def _line(self, minute: datetime, named: dict[str, str], values: list[float]) -> str:
        directive = {
            "Namespace": self.namespace,
            "Dimensions": [list(named)],
            "Metrics": [{"Name": self.metric}],
        }
        about = {
            "Timestamp": round(minute.timestamp() * 1000),
            "CloudWatchMetrics": [directive],
        }
        return json.dumps({"_aws": about, **named, self.metric: values})


Minutes = dict[tuple[str, str, datetime], list[float]]
"""Values by endpoint, variant, and the minute of the request in UTC."""


def _by_minute(outcomes: Iterable[Outcome], now: datetime) -> Minutes:
    minutes: Minutes = defaultdict(list)
    for served, value in outcomes:
        if not math.isfinite(value):
            raise ValueError(f"an outcome is a finite number, not {value}")
        if served.at > now:
            raise ValueError(f"the request of {served.at.isoformat()} is ahead of now")
        if now - served.at > OLDEST:
            raise TooLate(f"the request of {served.at.isoformat()} was more than two weeks ago")
        minute = served.at.astimezone(UTC).replace(second=0, microsecond=0)
        minutes[served.endpoint, served.variant, minute].append(float(value))
    return minutes
