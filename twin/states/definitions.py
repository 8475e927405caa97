"""Refuses state machine definitions that the twin would run differently from AWS."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from twin.core.hooks import NotSupportedByTwin

State = Mapping[str, Any]

_RESOURCES = re.compile(
    r"arn:aws:lambda:[^:]+:\d{12}:function:[^:]+(:[^:]+)?"
    r"|arn:aws:states:::lambda:invoke(\.waitForTaskToken)?"
    r"|arn:aws:states:::aws-sdk:\w+:\w+"
    r"|arn:aws:states:::(sns:publish|sqs:sendMessage)"
    r"|arn:aws:states:::(dynamodb:\w+Item|events:putEvents)"
)


def check(definition: str) -> None:
    """Raise NotSupportedByTwin with the name of the state."""
    machine = json.loads(definition)
    _refuse_jsonata("the state machine", machine)
    for name, state in _states(machine):
        _refuse_jsonata(name, state)
        _refuse_heartbeat(name, state)
        _refuse_resource(name, state)
        _refuse_patterns(name, state)


def _states(machine: State) -> Iterator[tuple[str, State]]:
    for name, state in machine.get("States", {}).items():
        yield name, state
        inner = [state.get("Iterator", {}), state.get("ItemProcessor", {})]
        for branch in [*state.get("Branches", []), *inner]:
            yield from _states(branch)


def _refuse_jsonata(name: str, state: State) -> None:
    if state.get("QueryLanguage", "JSONPath") != "JSONPath":
        raise NotSupportedByTwin(f"{name!r}: QueryLanguage JSONata")


def _refuse_heartbeat(name: str, state: State) -> None:
    """Refuse heartbeats: moto raises States.Timeout, and AWS raises States.HeartbeatTimeout."""
    if "HeartbeatSeconds" in state or "HeartbeatSecondsPath" in state:
        raise NotSupportedByTwin(f"{name!r}: HeartbeatSeconds; use TimeoutSeconds")


def _refuse_patterns(name: str, rule: State) -> None:
    """AWS: only * is special in StringMatches. moto also expands ? and [...]."""
    if set(rule.get("StringMatches", "")) & set("?["):
        raise NotSupportedByTwin(f"{name!r}: ? or [ in StringMatches")
    for key in ("Choices", "And", "Or"):
        for each in rule.get(key, []):
            _refuse_patterns(name, each)
    if "Not" in rule:
        _refuse_patterns(name, rule["Not"])


def _refuse_resource(name: str, state: State) -> None:
    resource = state.get("Resource", "")
    if state.get("Type") == "Task" and not _RESOURCES.fullmatch(resource):
        raise NotSupportedByTwin(f"{name!r}: the task resource {resource}")
