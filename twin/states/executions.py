"""The start and end of executions, and their events on EventBridge."""

import json
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timezone
from types import SimpleNamespace
from typing import Any, Protocol

from moto.stepfunctions.parser.api import ExecutionStatus, HistoryEventType
from moto.stepfunctions.parser.asl.component.state import state as state_module
from moto.stepfunctions.parser.asl.eval.event import event_manager
from moto.stepfunctions.parser.asl.eval.program_state import ProgramState, ProgramTimedOut
from moto.stepfunctions.parser.backend import execution as execution_module
from moto.stepfunctions.parser.backend.execution import Execution

from twin.core.hooks import Hooks

LARGEST_PAYLOAD = 262_144  # AWS: bytes of UTF-8 (facts 5)
_LARGEST_IN_EVENT = 248 * 1024  # AWS: larger ones are omitted from the event (facts 1.9)
_MOST_EVENTS = 25_000
_ENDINGS = {
    HistoryEventType.ExecutionAborted,
    HistoryEventType.ExecutionFailed,
    HistoryEventType.ExecutionTimedOut,
}


class Emit(Protocol):
    """Puts a service event onto the default bus."""

    def __call__(
        self, source: str, detail_type: str, detail: Mapping[str, Any], resources: Sequence[str]
    ) -> object: ...


OnStatus = Callable[[str, str], None]


class HistoryFullError(Exception):
    """AWS: an execution fails when its history has 25,000 events (facts 5)."""


class Endings:
    """Ends each execution once. The first caller decides, and the event is sent at once."""

    def __init__(self, emit: Emit, on_status: OnStatus) -> None:
        self._emit = emit
        self._on_status = on_status
        self._lock = threading.RLock()

    def install(self, hooks: Hooks) -> None:
        """Replace moto's endings, where an aborted execution runs until it notices."""
        communication = execution_module.BaseExecutionWorkerCommunication
        reflect: Any = communication._reflect_execution_status  # noqa: SLF001  # no public place
        start: Any = vars(Execution)["start"]

        def started(execution: Execution) -> None:
            self._announce(execution, "RUNNING")
            start(execution)

        def ended(worker: Any) -> None:
            with self._lock:
                if not _is_running(worker.execution):
                    return
                _note_time_out(worker.execution)
                reflect(worker)
            self._announce(worker.execution, worker.execution.status)

        hooks.set(Execution, "start", started)
        hooks.set(communication, "_reflect_execution_status", ended)
        _limit_history(hooks)
        _write_times(hooks)

    def abort(self, execution: Execution, error: str | None, cause: str | None) -> None:
        """Stop the execution now. AWS: no Catch runs and nothing is undone (facts 5)."""
        now = datetime.now(UTC)
        with self._lock:
            if not _is_running(execution):
                return
            details: Any = {"error": error, "cause": cause}
            given = {name: text for name, text in details.items() if text}
            _close_history(execution, "ExecutionAborted", given)
            execution.exec_status = ExecutionStatus.ABORTED
            execution.stop_date = now
            execution.error, execution.cause = error or None, cause or None
        _environment(execution).set_stop(stop_date=now, cause=cause, error=error)
        self._announce(execution, "ABORTED")

    def _announce(self, execution: Execution, status: str) -> None:
        self._on_status(execution.state_machine_arn, status)
        detail = _detail(execution, status)
        kind = "Step Functions Execution Status Change"
        self._emit("aws.states", kind, detail, [execution.exec_arn])


def _is_running(execution: Execution) -> bool:
    return execution.exec_status == ExecutionStatus.RUNNING


def _environment(execution: Any) -> Any:
    return execution.exec_worker.env


def _note_time_out(execution: Execution) -> None:
    """Record the time-out. moto records it when the last state returns, which may be never."""
    state: ProgramState = _environment(execution).program_state()
    if isinstance(state, ProgramTimedOut):
        _close_history(execution, "ExecutionTimedOut", {})


def _close_history(execution: Execution, kind: str, details: Mapping[str, str]) -> None:
    env = _environment(execution)
    name = f"{kind[0].lower()}{kind[1:]}EventDetails"
    event_type = HistoryEventType(kind)
    env.event_manager.add_event(env.event_history_context, event_type, {name: dict(details)})
    env.event_manager.closed = True


def _limit_history(hooks: Hooks) -> None:
    """Limit the history to 25,000 events, and to none after the end."""
    manager = event_manager.EventManager
    add = manager.add_event

    def add_event(self: Any, context: Any, event_type: Any, *rest: Any, **named: Any) -> int:
        if getattr(self, "closed", False):
            return int(context.last_published_event_id)
        full = len(self._history_event_list) >= _MOST_EVENTS - 1
        if full and event_type not in _ENDINGS:
            raise HistoryFullError("the maximum number of history events (25000) is reached")
        return add(self, context, event_type, *rest, **named)

    hooks.set(manager, "add_event", add_event)


def _write_times(hooks: Hooks) -> None:
    """AWS: times in the context object end in milliseconds and Z. moto's are not JSON."""
    details_of: Any = Execution.get_start_execution_details

    def details(execution: Execution) -> Any:
        found = details_of(execution)
        found.start_time = _text(found.start_time)
        return found

    def now(tz: Any = None) -> Any:
        return SimpleNamespace(isoformat=lambda: _text(datetime.now(tz)))

    hooks.set(Execution, "get_start_execution_details", details)
    moments = SimpleNamespace(datetime=SimpleNamespace(now=now), timezone=timezone)
    hooks.set(state_module, "datetime", moments)


def _text(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _detail(execution: Execution, status: str) -> dict[str, Any]:
    """Return the detail of the event, in AWS's form (facts 1.9)."""
    stopped: Any = None if status == "RUNNING" else execution.stop_date
    output = json.dumps(execution.output, separators=(",", ":")) if status == "SUCCEEDED" else None
    given, included = _included(execution.execution_input)
    returned, returned_included = _included(output)
    return {
        "executionArn": execution.exec_arn,
        "stateMachineArn": execution.state_machine_arn,
        "name": execution.name,
        "status": status,
        "startDate": _milliseconds(execution.start_date),
        "stopDate": _milliseconds(stopped),
        **({"input": given} if included else {}),
        "inputDetails": {"included": included},
        "output": returned,
        "outputDetails": None if output is None else {"included": returned_included},
        "error": execution.error,
        "cause": execution.cause,
    }


def _included(text: str | None) -> tuple[str | None, bool]:
    if text is None or len(json.dumps(text).encode()) <= _LARGEST_IN_EVENT:
        return text, True
    return None, False


def _milliseconds(moment: Any) -> int | None:
    return None if moment is None else int(moment.timestamp() * 1000)
