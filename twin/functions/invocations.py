"""A Lambda function, its invocations and their outcomes."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Protocol

TIMED_OUT = "Sandbox.Timedout"
EXITED = "Runtime.ExitError"


class Credentials(NamedTuple):
    """Session keys of a role."""

    key: str
    secret: str
    token: str


@dataclass(frozen=True)
class Function:
    """One version of a function, with what its execution environments need."""

    name: str
    version: str
    handler: str
    runtime: str
    folder: Path
    layers: tuple[Path, ...]
    timeout: int
    memory: int
    role: str
    variables: Mapping[str, str]

    @property
    def key(self) -> tuple[object, ...]:
        """The key of execution environments. It includes the settings, as $LATEST may change."""
        variables = tuple(sorted(self.variables.items()))
        return self.name, self.version, self.folder, self.layers, self.role, variables

    def environment(self, region: str, credentials: Credentials) -> dict[str, str]:
        """Return the variables that Lambda sets, and the function's own."""
        group = f"/aws/lambda/{self.name}"
        return {
            "AWS_LAMBDA_FUNCTION_NAME": self.name,
            "AWS_LAMBDA_FUNCTION_VERSION": self.version,
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(self.memory),
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "AWS_LAMBDA_LOG_GROUP_NAME": group,
            "AWS_LAMBDA_LOG_STREAM_NAME": f"[{self.version}]local",
            "AWS_EXECUTION_ENV": f"AWS_Lambda_{self.runtime}",
            "AWS_REGION": region,
            "AWS_DEFAULT_REGION": region,
            "AWS_ACCESS_KEY_ID": credentials.key,
            "AWS_SECRET_ACCESS_KEY": credentials.secret,
            "AWS_SESSION_TOKEN": credentials.token,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_XRAY_SDK_ENABLED": "false",
            "POWERTOOLS_TRACE_DISABLED": "true",
            "LAMBDA_TASK_ROOT": str(self.folder),
            "TZ": ":UTC",
            "_HANDLER": self.handler,
            **self.variables,
        }


@dataclass(frozen=True)
class Invocation:
    """One event for one function. `deadline` is in simulated seconds since the epoch."""

    function: Function
    request_id: str
    function_arn: str
    event: bytes
    deadline: float


class Outcome(NamedTuple):
    """The answer of an invocation. `function_error` is "Unhandled" if it failed."""

    payload: bytes
    function_error: str | None = None


class Sandbox(Protocol):
    """An execution environment, which serves one invocation at a time."""

    def start(self) -> None:
        """Load the handler, without a time-out. Raise SandboxLost if that fails."""
        ...

    def invoke(self, invocation: Invocation) -> Outcome:
        """Run the handler. Raise SandboxLost if the environment cannot be used again."""
        ...

    def close(self) -> None:
        """End everything that still runs."""
        ...


class SandboxLost(Exception):  # an outcome, not an error
    """The environment ended with its invocation: a time-out, a crash or a kill."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.payload.decode())
        self.outcome = outcome


def failed(
    error_type: str, message: str, request_id: str, trace: Sequence[str] | None = None
) -> Outcome:
    """Return the payload of a failed invocation, as the Lambda runtime writes it."""
    body = {
        "errorMessage": message,
        "errorType": error_type,
        "requestId": request_id,
        "stackTrace": list(trace or []),
    }
    return Outcome(json.dumps(body).encode(), "Unhandled")


def timed_out(invocation: Invocation) -> Outcome:
    """AWS: the message has the configured seconds with two decimals."""
    message = f"Task timed out after {invocation.function.timeout:.2f} seconds"
    return failed(TIMED_OUT, f"RequestId: {invocation.request_id} Error: {message}", "")


def exited(request_id: str, reason: str) -> Outcome:
    """Return the outcome of a handler whose process ended."""
    return failed(EXITED, f"RequestId: {request_id} Error: {reason}", "")
