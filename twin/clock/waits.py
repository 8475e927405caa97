"""Makes every wait of this process follow one clock."""

import threading
import time
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import time_machine
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import (
    FailureEventException,
)
from moto.stepfunctions.parser.asl.component.program import program
from moto.stepfunctions.parser.asl.component.state.exec import execute_state
from moto.stepfunctions.parser.asl.component.state.exec.state_parallel import branches_decl
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import (
    state_task_service_callback,
)
from moto.stepfunctions.parser.asl.component.state.wait.wait_function import (
    timestamp,
    wait_function,
)
from moto.stepfunctions.parser.asl.eval import environment
from moto.stepfunctions.parser.asl.eval.callback import callback
from moto.stepfunctions.parser.backend import execution_worker

from twin.clock.timeline import Clock, Gate
from twin.core.hooks import Hooks

_running: list[Clock] = []


def current() -> Clock:
    """Return the clock of the running twin."""
    if not _running:
        raise RuntimeError("no twin is running")
    return _running[-1]


class Event(threading.Event):
    """A threading.Event whose time-outs follow the clock."""

    def __init__(self) -> None:
        super().__init__()
        self._clock = current()
        self._guard = threading.Lock()
        self._gates: list[Gate] = []

    def set(self) -> None:
        with self._guard:
            super().set()
            for gate in self._gates:
                gate.signal()

    def wait(self, timeout: float | None = None) -> bool:
        gate = Gate()
        with self._guard:
            if self.is_set():
                return True
            self._gates.append(gate)
        try:
            return self._clock.wait(gate, timeout, "event")
        finally:
            with self._guard:
                self._gates.remove(gate)


class Thread(threading.Thread):
    """A thread whose join() times out in simulated time, and which ends with its clock."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._clock = current()
        self._over = Event()
        self._clock.adopt(self)

    def run(self) -> None:
        try:
            super().run()
        finally:
            self._over.set()

    def join(self, timeout: float | None = None) -> None:
        if self._clock.stopped:  # the clock itself waits in real time
            super().join(timeout)
        elif self._over.wait(timeout):
            super().join()


def install(hooks: Hooks, clock: Clock) -> None:
    """Let the process follow `clock` until the hooks are undone."""
    if _running:
        raise RuntimeError("a twin is already running in this process")
    _running.append(clock)
    hooks.defer(lambda: _running.remove(clock))
    _travel(hooks, clock)
    hooks.set(time, "sleep", clock.sleep)
    _end_threads_quietly(hooks)
    _slow_down_the_interpreter(hooks)


def _end_threads_quietly(hooks: Hooks) -> None:
    """Ignore SystemExit in threads. Python does so itself, but test runners report it."""
    original = threading.excepthook

    def excepthook(args: threading.ExceptHookArgs) -> None:
        if not issubclass(args.exc_type, SystemExit):
            original(args)

    hooks.set(threading, "excepthook", excepthook)


def _travel(hooks: Hooks, clock: Clock) -> None:
    hooks.set(time_machine.Traveller, "time_ns", lambda _: clock.now_ns())
    travel = time_machine.travel(datetime.fromtimestamp(clock.now(), UTC), tick=True)
    travel.start()
    hooks.defer(travel.stop)


def _slow_down_the_interpreter(hooks: Hooks) -> None:
    simulated = SimpleNamespace(**{**vars(threading), "Event": Event, "Thread": Thread})
    for module in (program, execute_state, environment, branches_decl, state_task_service_callback):
        hooks.set(module, "threading", simulated)
    hooks.set(execute_state, "Thread", Thread)
    hooks.set(execution_worker, "Thread", Thread)
    hooks.set(callback, "Event", Event)
    hooks.set(wait_function.WaitFunction, "_wait_interval", _wait_interval)
    hooks.set(timestamp.Timestamp, "_get_wait_seconds", _seconds_until)


def _wait_interval(_: Any, env: Any, wait_seconds: float) -> None:
    """Wait until exactly the deadline. moto rounds to whole seconds."""
    deadline = current().now() + wait_seconds
    while env.is_running() and (left := deadline - current().now()) > 0:
        env.program_state_event.wait(left)


def _seconds_until(state: Any, env: Any) -> float:
    """Return the seconds until a Timestamp. moto compares UTC with local time."""
    state.string.eval(env=env)
    text = env.stack.pop()
    if state._from_timestamp_string(text) is None:  # noqa: SLF001  # moto's own check
        failure = state._create_failure_event(env, text)  # noqa: SLF001  # and its own message
        raise FailureEventException(failure)
    return datetime.fromisoformat(text).timestamp() - current().now()
