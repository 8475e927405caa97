"""What a variant of a real-time endpoint publishes, and how it is counted.

Where AWS does not say whether a count of nothing has a datapoint, both are counted rightly. The
dimension EndpointConfigName shows the fleet of one configuration alone (facts 3.3): an old fleet
that was sick cannot abort a release, and old points cannot fire its alarms.
"""

from penstock.domain.kinds.series import (
    AlarmFormula,
    Count,
    Measure,
    Point,
    Points,
    Published,
    PublishedSignal,
)

_LONGEST = 3_600_000_000
"""An hour in microseconds: PutMetricAlarm documents `PR(n:m)` with two bounds only."""


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


def _slow(points: Points, _: Points) -> Count:
    requests, answers, slow, fast = points
    if answers is None:
        return Count(None, None, whole=requests is None)
    if slow is None and fast is not None:
        slow = max(answers - fast, 0.0)
    return Count(answers, slow)


_REQUESTS = Measure("Invocations")
_ANSWERS = Measure("ModelLatency", "SampleCount")
_CLIENT = Measure("Invocation4XXErrors")
_FAILURES = {
    "model": Measure("InvocationModelErrors"),
    "client": _CLIENT,
    "server": Measure("Invocation5XXErrors"),
}

_FAILING = AlarmFormula(
    measures={**_FAILURES, "all": _REQUESTS},
    formulas={
        "silent": "model - client - server",
        "bad": "server + (silent > 0) * silent",
    },
    share="bad / all",
    whole=True,
    says="get no good answer (4xx not counted)",
)
"""The count of `_errors`: `silent` requests got no answer, which is neither a 4xx nor a 5xx.

In metric math what is missing counts as 0, and a minute without requests divides by 0: it has no
point.
"""

_SLOW = AlarmFormula(
    measures={
        "slow": _ANSWERS._replace(statistic=f"PR({{microseconds}}:{_LONGEST})"),
        "fast": _ANSWERS._replace(statistic="PR(0:{microseconds})"),
        "answers": _ANSWERS,
    },
    formulas={"bad": "answers * slow / 100"},
    share="slow / (slow + fast)",
    whole=False,
    says="take more than {objective_ms:g} ms",
)
"""The count of `_slow` from percentile ranks: alarms take no other fixed bounds.

Slow and fast ones make 100 %, also where an empty range has no datapoint (counted as 0).
"""

PUBLISHED = Published(
    namespace="AWS/SageMaker",
    dimensions={
        "EndpointName": "{endpoint}",
        "VariantName": "{variant}",
        "EndpointConfigName": "{config}",
    },
    instances={"EndpointName": "{endpoint}", "VariantName": "{variant}"},
    requests=_REQUESTS,
    answers=_ANSWERS,
    signals={
        "errors": PublishedSignal((_REQUESTS, *_FAILURES.values()), _errors, _FAILING),
        # Slow and fast ones are both asked for: where an empty range has no datapoint, the other
        # has. ModelLatency is in microseconds (facts 4.1, 4.2).
        "latency": PublishedSignal(
            (
                *(_REQUESTS, _ANSWERS),
                _ANSWERS._replace(statistic="TC({microseconds}:)"),
                _ANSWERS._replace(statistic="TC(:{microseconds})"),
            ),
            _slow,
            _SLOW,
        ),
        "client_errors": PublishedSignal((_REQUESTS, _CLIENT), _client_errors),
    },
)
