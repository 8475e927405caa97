"""Observations for tests and the demo: executions, mail and queues."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from moto.sns.models import sns_backends
from moto.sqs.models import sqs_backends

from twin.core.account import ACCOUNT, REGION


@dataclass(frozen=True)
class Execution:
    """One execution of a state machine, as DescribeExecution shows it."""

    arn: str
    name: str
    status: str
    started: datetime
    stopped: datetime | None
    input: Any
    output: Any
    error: str | None
    cause: Any
    """The parsed JSON, or the text if it is not JSON."""
    read_history: Callable[[], list[Mapping[str, Any]]] = field(repr=False)

    @property
    def history(self) -> list[Mapping[str, Any]]:
        """The events so far. Each access reads them."""
        return self.read_history()

    @property
    def states(self) -> list[str]:
        """The names of the states that it entered, in order."""
        details = (event.get("stateEnteredEventDetails") for event in self.history)
        return [detail["name"] for detail in details if detail]


def execution(client: Any, arn: str) -> Execution:
    """Describe an execution."""
    described = client.describe_execution(executionArn=arn)
    output = described.get("output")
    return Execution(
        arn=arn,
        name=described["name"],
        status=described["status"],
        started=described["startDate"],
        stopped=described.get("stopDate"),
        input=json.loads(described["input"]),
        output=None if output is None else json.loads(output),
        error=described.get("error"),
        cause=_parsed(described.get("cause")),
        read_history=lambda: list(client.get_execution_history(executionArn=arn)["events"]),
    )


def _parsed(text: str | None) -> Any:
    try:
        return None if text is None else json.loads(text)
    except ValueError:
        return text


def mail() -> list[tuple[str, str]]:
    """Return (subject, message) of everything published, topic by topic and in order."""
    topics = sns_backends[ACCOUNT][REGION].topics.values()
    sent = (each for topic in topics for each in topic.sent_notifications)
    return [(subject or "", message) for _, message, subject, *_ in sent]


def queue_depth(name: str) -> int:
    """Return the number of messages in a queue, including those in flight."""
    backend = sqs_backends[ACCOUNT][REGION]
    queue: Any = backend.queues[name.rsplit("/", 1)[-1]]
    return len(queue._messages)  # noqa: SLF001  # `messages` leaves those in flight out
