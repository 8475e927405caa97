"""The rate limits of each API in one account and region.

Those of CloudWatch, Parameter Store and Step Functions are published on their quota pages.
SageMaker publishes none, so its limits are assumed, lower than what people report.
"""

from collections.abc import Mapping
from typing import NamedTuple


class Rate(NamedTuple):
    """A token bucket: the calls that it takes at once, and the calls added per second."""

    burst: float
    per_second: float

    def share(self, part: float) -> "Rate":
        """Return the part of the rate that others leave, which is at least one call at once."""
        return Rate(max(1.0, self.burst * part), self.per_second * part)


class Bucket:
    """A token bucket. Times are in seconds since 1970."""

    def __init__(self, rate: Rate) -> None:
        self._rate = rate
        self._tokens = rate.burst
        self._at = 0.0

    def take(self, now: float) -> bool:
        """Take a token for a call, if there is one. Return whether the call is accepted."""
        passed = max(0.0, now - self._at)
        self._at = max(self._at, now)
        self._tokens = min(self._rate.burst, self._tokens + passed * self._rate.per_second)
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


_READ, _LIST, _WRITE = Rate(20, 10), Rate(10, 5), Rate(6, 3)  # assumed
_READ_PARAMETERS = "parameters"

RATES: Mapping[str, Mapping[str, Rate]] = {
    "sagemaker": {
        **dict.fromkeys(("DescribeEndpoint", "DescribeEndpointConfig", "DescribeModel"), _READ),
        **dict.fromkeys(("DescribeModelPackage", "ListTags"), _READ),
        **dict.fromkeys(("ListEndpoints", "ListModelPackages"), _LIST),
        **dict.fromkeys(("CreateModel", "DeleteModel", "UpdateModelPackage"), _WRITE),
        **dict.fromkeys(("CreateEndpointConfig", "DeleteEndpointConfig"), _WRITE),
        **dict.fromkeys(("CreateEndpoint", "UpdateEndpoint", "DeleteEndpoint"), _WRITE),
        "UpdateEndpointWeightsAndCapacities": _WRITE,
    },
    "cloudwatch": {
        "DescribeAlarms": Rate(9, 9),
        **dict.fromkeys(("PutMetricAlarm", "DeleteAlarms", "SetAlarmState"), Rate(3, 3)),
        "GetMetricData": Rate(50, 50),
        "ListMetrics": Rate(25, 25),
        "PutMetricData": Rate(500, 500),
    },
    "ssm": {_READ_PARAMETERS: Rate(40, 40)},
    "stepfunctions": {"StartExecution": Rate(800, 150)},
}
"""The rates by service (botocore's name) and API. Other calls are not throttled."""

SHARED = {"GetParameter": _READ_PARAMETERS, "GetParametersByPath": _READ_PARAMETERS}
"""APIs that share one bucket."""

CODES = {"cloudwatch": "Throttling"}
"""The error codes of services that do not use ThrottlingException."""


class Slots:
    """A bucket for calls out of time order: a number per second, and the burst once."""

    def __init__(self, rate: Rate) -> None:
        self._rate = rate
        self._spare = rate.burst - rate.per_second
        self._taken: dict[int, int] = {}

    def take(self, now: float) -> bool:
        """Count a call in this second, if there is room. Return whether it is accepted."""
        taken = self._taken.get(int(now), 0)
        if taken >= self._rate.per_second:
            if self._spare < 1:
                return False
            self._spare -= 1
        self._taken[int(now)] = taken + 1
        return True


class Buckets:
    """All buckets of an account and region. `tries` and `throttled` are counts by API.

    `part` is the part of the rates that other callers leave.
    """

    def __init__(self, kind: type[Bucket] | type[Slots] = Bucket, part: float = 1.0) -> None:
        self._kind, self._part = kind, part
        self.tries: dict[str, int] = {}
        self.throttled: dict[str, int] = {}
        self._buckets: dict[tuple[str, str], Bucket | Slots] = {}

    def take(self, service: str, operation: str, now: float) -> bool:
        """Return whether this call is accepted. `now` is in seconds."""
        name = f"{service} {operation}"
        self.tries[name] = self.tries.get(name, 0) + 1
        taken = self._bucket_takes(service, SHARED.get(operation, operation), now)
        if not taken:
            self.throttled[name] = self.throttled.get(name, 0) + 1
        return taken

    def _bucket_takes(self, service: str, api: str, now: float) -> bool:
        rate = RATES.get(service, {}).get(api)
        if rate is None:
            return True
        return self._buckets.setdefault((service, api), self._kind(rate.share(self._part))).take(
            now
        )
