"""Executions of the state machine, in memory."""

from collections.abc import Callable, Mapping
from typing import Any

from tests.fakes.wire import Wire

PREFIX = "arn:aws:states:eu-west-1:123456789012:execution:penstock-Release:"


class FakeExecutions:
    """Executions; `on_start` and `on_wake` connect a machine that really runs them.

    `alive` run; of those that are over, `said` told how they ended.
    """

    def __init__(self, wire: Wire | None = None) -> None:
        self.wire = wire or Wire()
        self.alive: set[str] = set()
        self.started: dict[str, Mapping[str, Any]] = {}
        self.woken: list[str] = []
        self.causes: dict[str, str] = {}
        self.said: set[str] = set()
        self.on_start: Callable[[str, Mapping[str, Any]], None] | None = None
        self.on_wake: Callable[[str], None] | None = None

    def running(self, arn: str) -> bool:
        return self.wire("executions.running", lambda: arn in self.alive)

    def died(self, name: str) -> bool:
        return self.wire("executions.died", lambda: self._died(name))

    def start(self, name: str, document: Mapping[str, Any]) -> None:
        self.wire("executions.start", lambda: self.begin(name, document), writes=True)

    def wake(self, token: str) -> None:
        self.wire("executions.wake", lambda: self._wake(token))

    def cause(self, arn: str) -> str:
        return self.wire("executions.cause", lambda: self.causes.get(arn, ""))

    def begin(self, name: str, document: Mapping[str, Any]) -> None:
        """Somebody else starts one: a rule, a person, the test."""
        if name in self.started:
            return
        self.started[name] = document
        self.alive.add(PREFIX + name)
        if self.on_start:
            self.on_start(PREFIX + name, document)

    def _died(self, name: str) -> bool:
        arn = PREFIX + name
        return name in self.started and arn not in self.alive | self.said

    def _wake(self, token: str) -> None:
        self.woken.append(token)
        if self.on_wake:
            self.on_wake(token)
