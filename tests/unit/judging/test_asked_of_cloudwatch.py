"""What CloudWatch is asked, to the last byte: alarms put and metrics read, for a few policies."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from penstock.adapters.alarms import CloudWatchAlarms
from penstock.adapters.evidence.cloudwatch import CloudWatchMinutes
from penstock.adapters.metrics import CloudWatchMetrics
from penstock.domain.kinds.question import Question
from penstock.domain.kinds.realtime_series import PUBLISHED
from penstock.domain.kinds.series import Fleet
from penstock.domain.planning.checks import checks
from penstock.domain.planning.comparing import compared
from penstock.domain.policy.judge import JudgeSection

ASKED = Path(__file__).with_suffix(".json")
OWN: Any = {
    "name": "complaints",
    "namespace": "Shop",
    "metric": "Complained",
    "dimensions": {"Of": "{variant}@{endpoint}/{config}", "Place": "web"},
}
POLICIES: dict[str, Any] = {
    "defaults": {},
    "latency": {"latency_objective_ms": 0.5, "margins": {"errors": 0.001, "latency": 0.9}},
    "clients": {"signals": ["client_errors"], "latency_objective_ms": 250.25},
    "everything": {
        "latency_objective_ms": 300,
        "signals": ["errors", "latency", "client_errors", OWN],
    },
}


class Recorder:
    """A CloudWatch client that has no alarm and no datapoint, and keeps what it is asked."""

    def __init__(self) -> None:
        self.asked: list[Any] = []

    def describe_alarms(self, **_: Any) -> dict[str, Any]:
        return {}

    def put_metric_alarm(self, **request: Any) -> None:
        self.asked.append(request)

    def get_paginator(self, _: str) -> "Recorder":
        return self

    def paginate(self, **request: Any) -> Iterator[dict[str, Any]]:
        self.asked.append(request)
        yield {"MetricDataResults": []}


def asked(judge: JudgeSection) -> list[Any]:
    client = Recorder()
    alarms = CloudWatchAlarms(client)
    alarms.renew(checks("churn", "candidate", "churn-s", judge, "candidate", PUBLISHED), {"a": "b"})
    alarms.renew(checks("churn", "live", "churn-f", judge, "live", PUBLISHED), {})
    signals = compared(judge, Fleet("churn", "churn-s", "live"), PUBLISHED)
    CloudWatchMinutes(client).read(Question("churn", "churn-s", "live", "candidate", signals, 5, 9))
    served = Fleet("churn", "churn-f", "live")
    CloudWatchMetrics(client).requests(PUBLISHED.served(served), 1, 600_000)
    return client.asked


def text(judge: JudgeSection) -> str:
    """With the order of every key: a request is compared as it is sent."""
    return json.dumps(asked(judge), default=str, indent=1)


@pytest.mark.parametrize("name", POLICIES)
def test_the_requests_are_those_that_were_always_sent(name: str) -> None:
    expected = json.loads(ASKED.read_text())[name]
    assert text(JudgeSection.model_validate(POLICIES[name])) == json.dumps(expected, indent=1)
