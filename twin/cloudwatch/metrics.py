"""The function with which the twin's parts publish CloudWatch metrics."""

import sys
from collections.abc import Mapping

from twin.cloudwatch.metric_queries import read_series, read_unit
from twin.cloudwatch.metric_store import MetricStore
from twin.core.hooks import Hooks

_store: MetricStore | None = None


def record(  # the interface that every publisher shares
    namespace: str,
    name: str,
    dimensions: Mapping[str, str],
    values: Mapping[float, int],
    at: float,
    unit: str,
) -> None:
    """Publish values at a simulated epoch second, each with the number of times that it occurred.

    The values of a minute become visible after its end plus the publication lag.
    """
    if _store is None:
        raise RuntimeError("no CloudWatch is installed")
    read_unit(unit)
    pairs = [{"Name": key, "Value": value} for key, value in dimensions.items()]
    _store.record(read_series(namespace, name, pairs), unit, at, values)


def publish_into(hooks: Hooks, store: MetricStore) -> None:
    """Let `record` write into a store until the hooks are undone."""
    hooks.set(sys.modules[__name__], "_store", store)
