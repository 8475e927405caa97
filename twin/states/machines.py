"""Step Functions: moto's interpreter, corrected where it differs from AWS."""

import functools
import json
import logging
import re
import sys
import threading
import uuid
from collections.abc import Callable
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError
from moto.core.responses import ActionResult
from moto.stepfunctions import responses
from moto.stepfunctions.exceptions import InvalidName, ValidationException
from moto.stepfunctions.parser.api import ExecutionStatus
from moto.stepfunctions.parser.asl.component.common.error_name.custom_error_name import (
    CustomErrorName,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task import state_task_lambda
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import (
    state_task_service_aws_sdk,
    state_task_service_lambda,
)
from moto.stepfunctions.parser.asl.utils import boto_client, json_path
from moto.stepfunctions.parser.backend.execution import Execution
from moto.stepfunctions.parser.models import (
    StepFunctionsParserBackend,
    stepfunctions_parser_backends,
)

from twin.core.account import ACCOUNT, REGION
from twin.core.hooks import Hooks, NotSupportedByTwin
from twin.states import asl_errors, definitions, task_tokens
from twin.states.executions import LARGEST_PAYLOAD, Emit, Endings, OnStatus

CredentialsFor = Callable[[str], tuple[str, str, str]]

# AWS: an aws-sdk error is named <Service>.<Exception> (facts 5).
_SERVICE_NAMES = {
    "applicationautoscaling": "ApplicationAutoScaling",
    "cloudwatch": "CloudWatch",
    "eventbridge": "EventBridge",
    "lambda": "Lambda",
    "sagemaker": "SageMaker",
    "sns": "Sns",
    "sqs": "Sqs",
    "ssm": "Ssm",
}
# AWS: the names of errors between Step Functions and Lambda (facts 5).
_LAMBDA_ERRORS = {
    "TooManyRequestsException": "Lambda.TooManyRequestsException",
    "ResourceNotFoundException": "Lambda.ResourceNotFoundException",
    "ServiceException": "Lambda.ServiceException",
}
_FORBIDDEN_IN_NAMES = re.compile(r"[\s<>{}\[\]?*\"#%\\^|~`$&,;:/\x00-\x1f\x7f-\x9f]")


def _ignore(machine_arn: str, status: str) -> None:
    """Count no executions."""


class Machines:
    """Every state machine of the twin."""

    def __init__(
        self, credentials_for: CredentialsFor, emit: Emit, on_status: OnStatus = _ignore
    ) -> None:
        self._credentials_for = credentials_for
        self._endings = Endings(emit, on_status)
        self._clients: dict[tuple[str, str], Any] = {}
        self._lock = threading.RLock()

    def install(self, hooks: Hooks) -> None:
        """Correct the interpreter and the API in front of it, until the hooks are undone."""
        self._endings.install(hooks)
        task_tokens.install(hooks)
        self._act_as_the_role(hooks)
        asl_errors.install(hooks)
        self._name_errors(hooks)
        self._guard_the_api(hooks)
        _parse_paths_once(hooks)
        _be_quiet(hooks)

    def executions(self) -> list[Any]:
        """Return moto's executions of all machines, in the order of their starts."""
        machines = stepfunctions_parser_backends[ACCOUNT][REGION].state_machines
        listed: list[Any] = [each for machine in machines for each in machine.executions]
        found = [
            each for each in listed if each.exec_status
        ]  # moto lists an execution before it starts
        return sorted(found, key=lambda execution: execution.start_date)

    def forget_ended(self) -> None:
        """Forget the executions that have ended. AWS does so 90 days later."""
        for machine in stepfunctions_parser_backends[ACCOUNT][REGION].state_machines:
            kept: list[Any] = [each for each in machine.executions if _is_open(each)]
            machine.executions[:] = kept

    def _act_as_the_role(self, hooks: Hooks) -> None:
        """Use the machine's role. moto uses invented keys and a new client for each task."""
        original = boto_client.boto_client_for
        for name, module in list(sys.modules.items()):
            if name.startswith("moto.stepfunctions.") and (
                getattr(module, "boto_client_for", None) is original
            ):
                hooks.set(module, "boto_client_for", self._client_for)

    def _client_for(self, region: str, service: str, state_credentials: Any) -> Any:
        key = (state_credentials.role_arn, service)
        with self._lock:
            if key not in self._clients:
                self._clients[key] = self._make_client(region, *key)
            return self._clients[key]

    def _make_client(self, region: str, role: str, service: str) -> Any:
        session: Any = boto3.session.Session(*self._credentials_for(role), region)
        config = Config(parameter_validation=False, retries={"total_max_attempts": 1})
        return session.client(service, config=config)

    def _name_errors(self, hooks: Hooks) -> None:
        names = state_task_service_aws_sdk._SERVICE_ERROR_NAMES  # noqa: SLF001  # no public place
        hooks.set(state_task_service_aws_sdk, "_SERVICE_ERROR_NAMES", {**names, **_SERVICE_NAMES})
        service: Any = state_task_service_lambda.StateTaskServiceLambda
        cause_of = service._error_cause_from_client_error  # noqa: SLF001  # no public place

        def error_and_cause(error: Any) -> tuple[str, str]:
            return _lambda_error(error), cause_of(error)[1]

        hooks.set(service, "_error_cause_from_client_error", staticmethod(error_and_cause))
        self._name_errors_of_plain_tasks(hooks, error_and_cause)

    def _name_errors_of_plain_tasks(
        self, hooks: Hooks, error_and_cause: Callable[[Any], tuple[str, str]]
    ) -> None:
        task: Any = state_task_lambda.StateTaskLambda
        from_error = task._from_error  # noqa: SLF001  # no public place

        def named(state: Any, env: Any, ex: Exception) -> Any:
            failure = from_error(state, env, ex)
            if isinstance(ex, ClientError):
                error, cause = error_and_cause(ex)
                details = failure.event_details["lambdaFunctionFailedEventDetails"]
                details.update(error=error, cause=cause)
                failure.error_name = CustomErrorName(error)
            return failure

        hooks.set(task, "_from_error", named)

    def _guard_the_api(self, hooks: Hooks) -> None:
        self._guard_creation(hooks)
        self._guard_starting(hooks)
        self._guard_stopping(hooks)
        _tell_stop_dates(hooks)
        _run_at_once(hooks)

    def _guard_creation(self, hooks: Hooks) -> None:
        create = StepFunctionsParserBackend.create_state_machine
        update = StepFunctionsParserBackend.update_state_machine

        def created(backend: Any, name: str, definition: str, *rest: Any, **named: Any) -> Any:
            definitions.check(definition)
            if (named.get("sm_type") or "STANDARD") != "STANDARD":
                raise NotSupportedByTwin(f"{name}: an Express state machine")
            return create(backend, name, definition, *rest, **named)

        def updated(
            backend: Any, arn: str, definition: Any = None, *rest: Any, **named: Any
        ) -> Any:
            if definition is not None:
                definitions.check(definition)
            return update(backend, arn, definition, *rest, **named)

        hooks.set(StepFunctionsParserBackend, "create_state_machine", created)
        hooks.set(StepFunctionsParserBackend, "update_state_machine", updated)

    def _guard_starting(self, hooks: Hooks) -> None:
        start = StepFunctionsParserBackend.start_execution

        def started(
            backend: Any,
            arn: str,
            name: str | None = None,
            text: str | None = None,
            trace: Any = None,
        ) -> Any:
            _check_name(name)
            _check_size("input", text or "{}")
            with self._lock:
                return start(backend, arn, name or str(uuid.uuid4()), text or "{}", trace)

        hooks.set(StepFunctionsParserBackend, "start_execution", started)

    def _guard_stopping(self, hooks: Hooks) -> None:
        """Abort at once with error and cause. moto drops both, and aborts when it notices."""

        def stop_execution(response: Any) -> Any:
            backend = response.stepfunction_backend
            execution = backend.describe_execution(response._get_param("executionArn"))  # noqa: SLF001  # moto's way
            error, cause = response._get_param("error"), response._get_param("cause")  # noqa: SLF001  # moto's way
            self._endings.abort(execution, error, cause)
            return ActionResult({"stopDate": execution.stop_date})

        hooks.set(responses.StepFunctionResponse, "stop_execution", stop_execution)


def _is_open(execution: Any) -> bool:
    return execution.exec_status in {None, ExecutionStatus.RUNNING}


def _parse_paths_once(hooks: Hooks) -> None:
    """Cache parsed JSONPaths. moto builds a parser for each use, in 1/4 of an execution's time."""
    parse = vars(json_path)["parse"]
    hooks.set(json_path, "parse", functools.lru_cache(maxsize=1024)(parse))


def _be_quiet(hooks: Hooks) -> None:
    """Silence moto, which logs every failure that a machine catches as an error."""
    logger = logging.getLogger("moto.stepfunctions")
    level = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    hooks.defer(lambda: logger.setLevel(level))


def _lambda_error(error: Any) -> str:
    code: str = error.response["Error"]["Code"]
    return _LAMBDA_ERRORS.get(code, "Lambda.AWSLambdaException")


def _check_name(name: str | None) -> None:
    longest = 80
    if name is not None and (not name or len(name) > longest or _FORBIDDEN_IN_NAMES.search(name)):
        raise InvalidName(f"Invalid Name: '{name}'")


def _check_size(what: str, text: str) -> None:
    if len(text.encode()) > LARGEST_PAYLOAD:
        raise ValidationException(
            f"1 validation error detected: Value at '{what}' failed to satisfy constraint: "
            f"Member must have length less than or equal to {LARGEST_PAYLOAD}"
        )
    json.loads(text)


def _tell_stop_dates(hooks: Hooks) -> None:
    """Add the stopDate of an execution that timed out, which moto's DescribeExecution omits."""
    describe = responses.StepFunctionResponse.describe_execution

    def described(response: Any) -> Any:
        answer: Any = describe(response)
        arn = response._get_param("executionArn")  # noqa: SLF001  # moto's way
        stopped = response.stepfunction_backend.describe_execution(arn).stop_date
        if stopped:
            answer.result["stopDate"] = stopped
        answer.result["status"] = answer.result["status"] or ExecutionStatus.RUNNING
        return answer

    hooks.set(responses.StepFunctionResponse, "describe_execution", described)


def _run_at_once(hooks: Hooks) -> None:
    """List an execution as RUNNING from its start. moto gives it a status a moment later.

    Between the two, ListExecutions of another thread would fail.
    """

    def status(execution: Any) -> str:
        return str((execution.exec_status or ExecutionStatus.RUNNING).value)

    hooks.set(Execution, "status", property(status))
