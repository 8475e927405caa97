"""SendTaskSuccess and SendTaskFailure, with AWS's errors for closed tasks."""

import json
from typing import Any

from moto.core.exceptions import AWSError
from moto.core.responses import EmptyResult
from moto.stepfunctions import responses
from moto.stepfunctions.exceptions import InvalidToken
from moto.stepfunctions.parser.api import ExecutionStatus
from moto.stepfunctions.parser.asl.eval.callback.callback import (
    CallbackEndpoint,
    CallbackOutcomeFailure,
    CallbackOutcomeSuccess,
)

from twin.core.hooks import Hooks
from twin.states.executions import LARGEST_PAYLOAD


class TaskTimedOutError(AWSError):
    """AWS: the token has expired, or its task is closed."""

    TYPE = "TaskTimedOut"
    STATUS = 400


class InvalidOutputError(AWSError):
    """AWS: the output is not JSON, or too large."""

    TYPE = "InvalidOutput"
    STATUS = 400


def install(hooks: Hooks) -> None:
    """Correct moto, which ignores answers to closed tasks, drops causes and refuses old tokens."""
    hooks.set(responses.StepFunctionResponse, "send_task_success", _success)
    hooks.set(responses.StepFunctionResponse, "send_task_failure", _failure)
    interrupt = CallbackEndpoint.interrupt_all

    def interrupted(endpoint: Any) -> None:
        endpoint.is_over = True
        interrupt(endpoint)

    hooks.set(CallbackEndpoint, "interrupt_all", interrupted)


def _success(response: Any) -> Any:
    token = response._get_param("taskToken")  # noqa: SLF001  # moto's way
    output = response._get_param("output")  # noqa: SLF001  # moto's way
    _check(output)
    _open_endpoint(response, token).notify(CallbackOutcomeSuccess(token, output))
    return EmptyResult()


def _failure(response: Any) -> Any:
    token = response._get_param("taskToken")  # noqa: SLF001  # moto's way
    error, cause = response._get_param("error"), response._get_param("cause")  # noqa: SLF001  # moto's way
    _open_endpoint(response, token).notify(CallbackOutcomeFailure(token, error, cause))
    return EmptyResult()


def _check(output: str) -> None:
    if len(output.encode()) > LARGEST_PAYLOAD:
        raise InvalidOutputError("Invalid Output: larger than 262144 bytes")
    try:
        json.loads(output)
    except ValueError as error:
        raise InvalidOutputError(f"Invalid Output: {error}") from error


def _open_endpoint(response: Any, token: str) -> Any:
    for execution in response.stepfunction_backend._get_executions():  # noqa: SLF001  # no public way
        env = execution.exec_worker.env if execution.exec_worker else None
        endpoint: Any = env.callback_pool_manager.get(token) if env else None
        if endpoint is None:
            continue
        if _is_closed(execution, endpoint):
            raise TaskTimedOutError(f"Task Timed Out: 'arn:aws:states:{token}'")
        return endpoint
    raise InvalidToken


def _is_closed(execution: Any, endpoint: Any) -> bool:
    answered = endpoint.get_outcome() is not None or getattr(endpoint, "is_over", False)
    return answered or execution.exec_status != ExecutionStatus.RUNNING
