"""CloudWatch in the twin: metrics with a publication lag, metric math, and evaluated alarms.

moto computes only five statistics, returns nothing for metric math and never evaluates an alarm.
The twin keeps moto's dashboards. It answers or refuses every other operation itself.
"""

from collections.abc import Callable
from typing import Any

from moto.cloudwatch import urls
from moto.cloudwatch.models import CloudWatchBackend
from moto.sns.models import sns_backends

from twin.cloudwatch.alarms import Alarms, Clock, Notify, Place
from twin.cloudwatch.cloudwatch_api import CloudWatch, TwinCloudWatchResponse
from twin.cloudwatch.metric_reads import MetricReads
from twin.cloudwatch.metric_store import MetricStore
from twin.cloudwatch.metrics import publish_into
from twin.core.account import ACCOUNT, REGION, Emit
from twin.core.hooks import Hooks, NotSupportedByTwin
from twin.iam import keys

_SEALING = ("GenerateDataKey", "Decrypt")
DEFAULT_LAG = 60.0
"""Seconds from the end of a minute until its datapoints can be read (AWS: 1-3 minutes)."""

EVALUATED_AT = 4.0
"""The second of each minute at which alarms are evaluated.

AWS does not document it. The guide's sample events of a one-minute alarm are from second 4 and show
the datapoint of the minute before the last one, which agrees with a lag of 60 s.
"""

NOT_ENFORCED = (
    "CloudWatch: throttling and quotas, and the hours until datapoints with old times are visible.",
    "CloudWatch: most metrics of AWS services other than SageMaker. Alarms on them see no data.",
)

BYPASSES = (
    "put_metric_alarm",
    "describe_alarms",
    "delete_alarms",
    "set_alarm_state",
    "put_metric_data",
    "get_metric_data",
    "get_metric_statistics",
    "list_metrics",
)


def install(
    hooks: Hooks,
    clock: Clock,
    emit: Emit,
    notify: Notify | None = None,
    lag: float = DEFAULT_LAG,
) -> CloudWatch:
    """Put the twin's CloudWatch into moto, and evaluate alarms on the clock.

    Call it after the clock has started and before moto starts. `notify` publishes to an SNS topic.
    The default is moto's SNS.
    """
    store = MetricStore(lag)
    alarms = Alarms(store, clock, emit, notify or _publish, Place(ACCOUNT, REGION))
    cloudwatch = CloudWatch(clock, store, MetricReads(store), alarms)
    publish_into(hooks, store)
    hooks.set(urls, "url_paths", {"{0}/$": _bound(cloudwatch).dispatch})
    for name in BYPASSES:
        hooks.set(CloudWatchBackend, name, _bypass(name))
    alarms.evaluate_every_minute(EVALUATED_AT)
    return cloudwatch


def _bound(to: CloudWatch) -> type[TwinCloudWatchResponse]:
    """Return a response class with this state: moto creates a response object per request."""

    class Response(TwinCloudWatchResponse):
        cloudwatch = to

    return Response


def _bypass(name: str) -> Callable[..., None]:
    """Refuse calls of other moto services to moto's own CloudWatch backend."""

    def refuse(*_: Any, **__: Any) -> None:
        raise NotSupportedByTwin(f"another service of moto called CloudWatch's {name}")

    return refuse


def _publish(topic: str, subject: str, message: str) -> None:
    """AWS: an alarm cannot publish to a topic under a KMS key that CloudWatch may not use."""
    backend = sns_backends[ACCOUNT][REGION]
    found = backend.topics.get(topic)
    key = found.kms_master_key_id if found else None
    if not key or keys.lets_service_in(key, "cloudwatch.amazonaws.com", _SEALING, {}):
        backend.publish(message, arn=topic, subject=subject)
