"""How each signal is counted: the statistics to ask for, and what a minute of them says.

Where AWS does not say whether a count of nothing has a datapoint, both are counted rightly.
"""

from collections.abc import Mapping
from typing import Literal

from penstock.domain.kinds.series import Count, Counting, Point, Points, Statistic, Tally

NAMESPACE = "AWS/SageMaker"
BuiltIn = Literal["errors", "latency", "client_errors"]


def microseconds(objective_ms: float) -> int:
    """The unit of ModelLatency (facts 4.1)."""
    return max(1, round(objective_ms * 1000))


def tally(
    signal: BuiltIn,
    objective_ms: float | None,
    endpoint: str,
    config: str,
    variant: str,
) -> Tally:
    """How a signal of a variant is counted while a configuration serves.

    The series with EndpointConfigName sees the fleet of this configuration alone (facts 3.3).
    """
    where = (
        ("EndpointName", endpoint),
        ("VariantName", variant),
        ("EndpointConfigName", config),
    )
    requests = Statistic(NAMESPACE, "Invocations", "Sum", where)
    if signal == "latency":
        return _latency(requests, objective_ms or 0)
    metrics, counting = _FAILURES[signal]
    failures = (requests._replace(metric=metric) for metric in metrics)
    return Tally((requests, *failures), counting)


def _errors(points: Points, others: Points) -> Count:
    """Every request without a good answer, those apart that the model refused with a 4xx.

    InvocationModelErrors counts 4xx, 5xx, time-outs, dropped connections and malformed answers
    (facts 4.1); where it is not published, Invocation5XXErrors has to do.
    """
    requests, model, client, server = points
    failed = max((model or 0) - (client or 0), server or 0)
    return _counted(requests, failed, points, others)


def _client_errors(points: Points, others: Points) -> Count:
    requests, client = points
    return _counted(requests, client or 0, points, others)


def _counted(requests: Point, failed: float, points: Points, others: Points) -> Count:
    """AWS sends 0 for each good answer, but may keep a sum of nothing but zeros to itself.

    So a sum that is missing counts as 0 once the minute is sure.
    """
    if requests is None:
        published = any(point is not None for point in points)
        return Count(None, failed if published else None)
    if _has_gap(points, others):
        return Count(requests, None)
    return Count(requests, failed, whole=None not in points)


def _has_gap(points: Points, others: Points) -> bool:
    """A sum is missing that the other variant has, in a minute that shows zeros as published."""
    missing = any(
        mine is None and its is not None for mine, its in zip(points, others, strict=True)
    )
    return missing and 0 in (*points, *others)


_FAILURES: Mapping[str, tuple[tuple[str, ...], Counting]] = {
    "errors": (
        ("InvocationModelErrors", "Invocation4XXErrors", "Invocation5XXErrors"),
        _errors,
    ),
    "client_errors": (("Invocation4XXErrors",), _client_errors),
}


def _latency(requests: Statistic, objective_ms: float) -> Tally:
    """Of the answers; ModelLatency is in microseconds (facts 4.1, 4.2).

    Slow and fast ones are both asked for: where an empty range has no datapoint, the other has.
    """
    bound = microseconds(objective_ms)
    ranges = ("SampleCount", f"TC({bound}:)", f"TC(:{bound})")
    answers = (requests._replace(metric="ModelLatency", statistic=each) for each in ranges)
    return Tally((requests, *answers), _slow)


def _slow(points: Points, _: Points) -> Count:
    requests, answers, slow, fast = points
    if answers is None:
        return Count(None, None, whole=requests is None)
    if slow is None and fast is not None:
        slow = max(answers - fast, 0.0)
    return Count(answers, slow)
