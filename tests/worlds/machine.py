"""A small Step Functions: walks statemachine/release.asl.json, one state a step."""

import json
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal

from tests.fakes.clock import FakeClock
from tests.fakes.wire import Killed, Wire

Document = dict[str, Any]
Task = Callable[[Document], Document]
Status = Literal["RUNNING", "SUCCEEDED", "FAILED", "ABORTED"]
PATH = Path(__file__).parents[2] / "statemachine" / "release.asl.json"
BROKEN = (AssertionError, KeyError, TypeError, AttributeError, LookupError)
"""Faults of the test or of the code: never a task's failure that the machine may retry."""


@cache
def states() -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads(PATH.read_text())["States"]
    return found


@dataclass
class Execution:
    """One execution; `due` is when its next state may run, `token` that of the wait it is in.

    A killed task is tried again, as the state machine says; with `mortal` its execution dies too.
    """

    arn: str
    input: Document
    started_at: int
    tasks: Mapping[str, Task]
    clock: FakeClock
    wire: Wire
    state: str = "Resolve the request"
    document: Document = field(default_factory=dict)
    status: Status = "RUNNING"
    due: int = 0
    token: str | None = None
    error: str | None = None
    cause: Document = field(default_factory=dict)
    mortal: bool = False
    events: int = 0
    tries: dict[int, int] = field(default_factory=dict)
    tokens: int = 0

    @property
    def running(self) -> bool:
        return self.status == "RUNNING"

    @property
    def ending(self) -> str | None:
        """How it ended, in Penstock's words; None for an execution that died."""
        return str(self.cause["ending"]) if "ending" in self.cause else None

    @property
    def took_over(self) -> bool:
        """Whether the release in hand is one that another execution began."""
        run = self.document.get("run")
        return bool(run.dead if run else self.document.get("dead"))

    def die(self) -> None:
        """StopExecution, or anything else that runs no clean-up."""
        self.status = "ABORTED"

    def step(self) -> str:
        """Run the state in hand, at the time it is due; answers its name."""
        name = self.state
        self.clock.advance_to(self.due)
        state = states()[name]
        match state["Type"]:
            case "Task":
                self._task(name, state)
            case "Wait":
                self.events += 2
                self.due = self.clock.now() + 1000 * int(self.document["wait_seconds"])
                self._to(state["Next"])
            case "Choice":
                self.events += 2
                self._to(self._choose(state))
            case "Succeed":
                self._end("SUCCEEDED", self.document["ending"])
            case _:
                self._fail_state(state)
        return name

    def run_task(self, document: Document | None = None) -> Document:
        """The task of the state in hand as one more instance; the execution does not notice."""
        with self.wire.instance(f"{self.arn} {self.state} again"):
            return self.tasks[self.state](self._payload(document or self.document))

    def wake(self, token: str) -> None:
        """SendTaskFailure; a stale token does nothing."""
        if self.running and token == self.token:
            self.token, self.due = None, self.clock.now()
            self._failed("Woken", states()[self.state])

    def _task(self, name: str, state: Mapping[str, Any]) -> None:
        if self.token:
            self.token = None
            self._failed("States.Timeout", state)
            return
        waits = str(state["Resource"]).endswith("waitForTaskToken")
        self.events += 6 if waits else 5
        try:
            with self.wire.instance(f"{self.arn} {name}"):
                answer = self.tasks[name](self._payload(self.document, waits=waits))
        except Killed:
            if self.mortal:
                self.die()
            else:
                self._failed("Lambda.Unknown", state)
        except BROKEN:
            raise
        except Exception as error:
            self._failed(type(error).__name__, state, _as_lambda_says(error))
        else:
            self._answered(state, answer, waits=waits)

    def _payload(self, document: Document, *, waits: bool = False) -> Document:
        if self.state == "Resolve the request":
            return {"input": self.input, "execution": self.arn, "started_at": self.started_at}
        if waits:
            self.tokens += 1
            return {"run": document, "token": f"{self.arn}#{self.tokens}"}
        return document

    def _answered(self, state: Mapping[str, Any], answer: Document, *, waits: bool) -> None:
        if waits:
            self.token = f"{self.arn}#{self.tokens}"
            self.due = self.clock.now() + 1000 * int(self.document["watch_seconds"])
            return
        self.document = answer
        self._to(state["Next"])

    def _failed(self, error: str, state: Mapping[str, Any], cause: str = "") -> None:
        for number, rule in enumerate(state.get("Retry", [])):
            if not _matches(rule, error):
                continue
            done = self.tries.get(number, 0)
            if done < int(rule.get("MaxAttempts", 3)):
                self.tries[number] = done + 1
                pause = rule.get("IntervalSeconds", 1) * rule.get("BackoffRate", 2) ** done
                self.due = self.clock.now() + round(1000 * min(pause, rule["MaxDelaySeconds"]))
                return
            break
        for catch in state.get("Catch", []):
            if _matches(catch, error):
                said = {"Error": error, "Cause": cause}
                whole = catch["ResultPath"] == "$"
                self.document = said if whole else {**self.document, "error": said}
                self._to(catch["Next"])
                return
        raise AssertionError(f"{self.state} does not catch {error}")

    def _choose(self, state: Mapping[str, Any]) -> str:
        for choice in state["Choices"]:
            value = self.document.get(choice["Variable"].removeprefix("$."))
            wanted = choice.get("StringEquals")
            if value == wanted if wanted else (value is None) is choice["IsNull"]:
                return str(choice["Next"])
        return str(state["Default"])

    def _fail_state(self, state: Mapping[str, Any]) -> None:
        if "Error" in state:
            self.error = str(state["Error"])
            self._end("FAILED", json.loads(state["Cause"]))
            return
        failure = self.document["failure"]
        self.error = str(failure["error"])
        self._end("FAILED", json.loads(failure["cause"]))

    def _end(self, status: Status, cause: Document) -> None:
        self.status, self.cause = status, cause

    def _to(self, state: str) -> None:
        self.state, self.tries = state, {}


def _as_lambda_says(error: Exception) -> str:
    """The document that Lambda makes of an exception, and Step Functions passes on as the cause."""
    told = {
        "errorMessage": str(error),
        "errorType": type(error).__name__,
        "requestId": "6a1b",
        "stackTrace": traceback.format_tb(error.__traceback__),
    }
    return json.dumps(told)


def _matches(rule: Mapping[str, Any], error: str) -> bool:
    return bool({error, "States.ALL"} & set(rule["ErrorEquals"]))
