"""Runs handlers inside this process, which is fast and lets tests interrupt each AWS call.

It differs from AWS more than processes do. Threads that a handler starts see this process's
environment, and a handler that timed out runs on until its next AWS call.
"""

import sys
import traceback
from collections.abc import Callable, Mapping
from typing import Any

import boto3
from awslambdaric import bootstrap
from awslambdaric.lambda_context import LambdaContext
from awslambdaric.lambda_runtime_exception import FaultException
from awslambdaric.lambda_runtime_marshaller import LambdaMarshaller

from twin.clock.clock import current
from twin.clock.waits import Event, Thread
from twin.core.hooks import Hooks
from twin.functions.handler_calls import Killed, Running, running
from twin.functions.invocations import (
    Function,
    Invocation,
    Outcome,
    SandboxLost,
    exited,
    failed,
    timed_out,
)
from twin.functions.own_modules import OwnModules, SharedLayers


class InProcessSandbox:
    """An execution environment with separate modules."""

    def __init__(
        self,
        function: Function,
        environment: Mapping[str, str],
        log: list[str],
        shared: SharedLayers | None = None,
    ) -> None:
        """With `shared`, environments share the modules of their layers."""
        self._function = function
        self._own_modules = OwnModules(function, shared)
        self._environ = dict(environment)
        self._session: Any = None
        self._log = log
        self._handler: Callable[[Any, Any], Any] = _never_started

    def start(self) -> None:
        """Import the handler. Raise SandboxLost if that fails."""
        outcomes: list[Outcome] = []
        self._at_work(self._running(""), lambda: outcomes.append(self._import())).join()
        failures = [outcome for outcome in outcomes if outcome.function_error]
        if failures or not outcomes:
            raise SandboxLost(failures[0] if failures else exited("", "exit during import"))

    def invoke(self, invocation: Invocation) -> Outcome:
        """Run the handler in a new thread."""
        state = self._running(invocation.request_id)
        answer: list[Outcome] = []
        done = Event()

        def work() -> None:
            try:
                answer.append(self._run(state, invocation))
            finally:
                done.set()

        self._at_work(state, work)
        if not done.wait(max(0.0, invocation.deadline - current().now())):
            state.killed = True
            raise SandboxLost(timed_out(invocation))
        return _usable(answer, state, invocation)

    def close(self) -> None:
        """Do nothing: an environment has no threads after its invocation."""

    def _running(self, request_id: str) -> Running:
        name = self._function.name
        return Running(name, request_id, self._environ, self._session, self._log)

    def _at_work(self, state: Running, work: Callable[[], None]) -> Thread:
        _listen()

        def run() -> None:
            running.set(state)
            with current().working():
                work()

        thread = Thread(target=run, name=self._function.name, daemon=True)
        thread.start()
        return thread

    def _import(self) -> Outcome:
        def load() -> bytes:
            state = running.get()
            self._session = boto3.session.Session()
            if state:
                state.session = self._session
            with self._own_modules():
                self._handler = bootstrap._get_handler(self._function.handler)  # noqa: SLF001  # as Lambda does it
            return b""

        return _outcome(load, "")

    def _run(self, state: Running, invocation: Invocation) -> Outcome:
        outcome = _outcome(lambda: self._answer(invocation), invocation.request_id)
        state.killed = state.killed or b'"Runtime.ExitError"' in outcome.payload
        return outcome

    def _answer(self, invocation: Invocation) -> bytes:
        marshaller = LambdaMarshaller()
        milliseconds = int(invocation.deadline * 1000)
        arn = invocation.function_arn
        context = LambdaContext(invocation.request_id, None, None, milliseconds, arn)
        event = marshaller.unmarshal_request(invocation.event)
        result, _ = marshaller.marshal_response(self._handler(event, context))
        return result if isinstance(result, bytes) else result.encode()


def _never_started(event: Any, context: Any) -> Any:
    raise RuntimeError(f"not started: {event} {context}")


def _outcome(work: Callable[[], bytes], request_id: str) -> Outcome:
    """Run code of the function and return its outcome, as the Lambda runtime words it."""
    try:
        return Outcome(work())
    except FaultException as fault:
        return failed(fault.exception_type, fault.msg, request_id, fault.trace)
    except Killed:
        return exited(request_id, "Runtime exited without providing a reason")
    except SystemExit as end:
        return exited(request_id, f"Runtime exited with error: exit status {end.code}")
    except Exception as error:  # the runtime reports every exception
        trace = traceback.format_list(_own_frames(error))
        print(f"[ERROR] {type(error).__name__}: {error}\n{''.join(trace)}")  # noqa: T201  # its log
        return failed(type(error).__name__, str(error), request_id, trace)


def _own_frames(error: Exception) -> list[traceback.FrameSummary]:
    """Return the frames from the handler on, as the Lambda runtime shows them."""
    frames = traceback.extract_tb(error.__traceback__)
    return [frame for frame in frames if frame.filename != __file__]


def _usable(answer: list[Outcome], state: Running, invocation: Invocation) -> Outcome:
    if not answer:
        raise SandboxLost(exited(invocation.request_id, "Runtime exited without a reason"))
    if state.killed:
        raise SandboxLost(answer[0])
    return answer[0]


class _Output:
    """Standard output, which writes a handler's output to its log."""

    def __init__(self, other: Any) -> None:
        self.other = other

    def write(self, text: str) -> int:
        handler = running.get()
        if handler is None:
            return int(self.other.write(text))
        handler.log.append(text)
        return len(text)

    def flush(self) -> None:
        if running.get() is None:
            self.other.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.other, name)


def _listen() -> None:
    """Write what handlers print to their logs. pytest resets the output between its phases."""
    if not isinstance(sys.stdout, _Output):
        sys.stdout = _Output(sys.stdout)


def _stop_listening() -> None:
    if isinstance(sys.stdout, _Output):
        sys.stdout = sys.stdout.other


def install_output(hooks: Hooks) -> None:
    """Write what handlers print to their logs, until the hooks are undone."""
    _listen()
    hooks.defer(_stop_listening)
