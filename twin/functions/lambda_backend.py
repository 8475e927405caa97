"""Connects Lambda's API in moto with the handlers."""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

from moto.awslambda import responses, urls
from moto.awslambda.exceptions import LambdaClientError
from moto.awslambda.models import LambdaBackend, LambdaFunction
from moto.awslambda_simple import models as simple_models
from moto.core.base_backend import BackendDict
from moto.iam.exceptions import NotFoundException as IAMNotFoundException

from twin.core.hooks import Hooks, NotSupportedByTwin
from twin.functions.asynchronous import Config, Throttled
from twin.functions.invocations import Outcome

_QUALIFIED = 8  # fields of an ARN with a qualifier
# AWS: payloads in bytes (facts 6).
_LARGEST_SYNCHRONOUS = 6 * 1024 * 1024
_LARGEST_ASYNCHRONOUS = 1024 * 1024


class Handlers(Protocol):
    """Runs the functions behind the API."""

    def invoke(self, target: LambdaFunction, arn: str, event: bytes) -> Outcome: ...

    def send(self, target: LambdaFunction, arn: str, body: bytes) -> None: ...

    def configure(self, name: str, qualifier: str, config: Config) -> None: ...


class _Published(NamedTuple):
    """The last version of a function, and the configuration that it was published with."""

    number: str
    asked: str


class _InUseError(LambdaClientError):
    code = 409

    def __init__(self) -> None:
        message = "An alias references this version."
        super().__init__("ResourceConflictException", message)


class _RoleIsGoneError(LambdaClientError):
    code = 403

    def __init__(self) -> None:
        message = "The role defined for the function cannot be assumed by Lambda."
        super().__init__("AccessDeniedException", message)


class _TooManyRequestsError(LambdaClientError):
    code = 429

    def __init__(self) -> None:
        super().__init__("TooManyRequestsException", "Rate Exceeded.")


class _TooLargeError(LambdaClientError):
    code = 413

    def __init__(self, size: int, limit: int) -> None:
        message = f"{size} byte payload is too large for the invocation (limit {limit} bytes)"
        super().__init__("RequestTooLargeException", message)


class _NotJsonError(LambdaClientError):
    def __init__(self) -> None:
        message = "Could not parse request body into json"
        super().__init__("InvalidRequestContentException", message)


class TwinLambdaBackend(LambdaBackend):
    """moto's Lambda with functions that run."""

    handlers: Handlers

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self._asked: dict[str, dict[str, Any]] = {}
        self._versions: dict[str, _Published] = {}

    def create_function(self, spec: dict[str, Any]) -> LambdaFunction:
        self._asked[spec["FunctionName"]] = dict(spec)
        return super().create_function(spec)

    def update_function_code(
        self, function_name: str, qualifier: str, body: dict[str, Any]
    ) -> dict[str, Any] | None:
        target = self.get_function(function_name)
        target.code = dict(target.code)  # moto shares it with the versions
        code = {name: body[name] for name in ("S3Bucket", "S3Key", "ZipFile") if name in body}
        self._asked[target.function_name] |= {"Code": code}
        return super().update_function_code(function_name, qualifier, body)

    def update_function_configuration(
        self, function_name: str, qualifier: str, body: dict[str, Any]
    ) -> dict[str, Any] | None:
        self._asked[self.get_function(function_name).function_name] |= body
        return super().update_function_configuration(function_name, qualifier, body)

    def publish_version(self, function_name: str, description: str = "") -> LambdaFunction | None:
        """AWS: an unchanged function is not published again, and numbers are never reused."""
        target = self.get_function(function_name)
        name, asked = target.function_name, json.dumps(self._asked.get(function_name), default=str)
        before = self._versions.get(name)
        if before and before.asked == asked:
            return self.get_function(name, before.number)
        target.code_or_config_updated = True
        made = super().publish_version(name, description)
        if made:
            number = int(before.number) + 1 if before else 1
            made.set_version(number)
            self._versions[name] = _Published(str(number), asked)
        return made

    def delete_function(self, function_name: str, qualifier: str | None = None) -> None:
        target = self.get_function(function_name, qualifier)
        aliases = self.list_aliases(target.function_name)
        if any(alias.function_version == qualifier for alias in aliases):
            raise _InUseError
        super().delete_function(function_name, qualifier)

    @property
    def _url_module(self) -> Any:
        return urls

    def invoke(
        self,
        function_name: str,
        qualifier: str | None,
        body: Any,
        headers: Any,
        response_headers: Any,
    ) -> str | bytes | None:
        """Return the payload, and headers that say how the invocation ended, as the API does."""
        target = self.get_function(function_name, qualifier)
        arn = _invoked_arn(self, target, function_name, qualifier)
        kind = (headers or {}).get("X-Amz-Invocation-Type", "RequestResponse")
        event = _checked(body, _LARGEST_ASYNCHRONOUS if kind == "Event" else _LARGEST_SYNCHRONOUS)
        if kind == "DryRun":
            return ""
        if kind == "Event":
            self.handlers.send(target, arn, event)
            return ""
        return self._answer(target, arn, event, response_headers)

    def _answer(
        self, target: LambdaFunction, arn: str, event: bytes, response_headers: Any
    ) -> bytes:
        try:
            outcome = self.handlers.invoke(target, arn, event)
        except Throttled as throttled:
            raise _TooManyRequestsError from throttled
        except IAMNotFoundException as gone:
            raise _RoleIsGoneError from gone
        if outcome.function_error:
            response_headers["x-amz-function-error"] = outcome.function_error
        response_headers["X-Amz-Executed-Version"] = _version(target)
        response_headers["Content-Length"] = str(len(outcome.payload))
        return outcome.payload

    def send_sns_message(
        self,
        function_name: str,
        message: str,  # noqa: ARG002  # moto's signature
        subject: str | None = None,  # noqa: ARG002  # likewise
        qualifier: str | None = None,  # noqa: ARG002  # likewise
    ) -> None:
        """Refuse it: moto would neither run the handler nor be asynchronous."""
        raise NotSupportedByTwin(f"a topic that invokes the function {function_name}")


def _checked(body: Any, limit: int) -> bytes:
    event = body.encode() if isinstance(body, str) else bytes(body or b"{}")
    if len(event) > limit:
        raise _TooLargeError(len(event), limit)
    try:
        json.loads(event or b"{}")
    except ValueError as error:
        raise _NotJsonError from error
    return event or b"{}"


def _version(target: LambdaFunction) -> str:
    return str(target.version) if target.function_arn.count(":") == _QUALIFIED - 1 else "$LATEST"


def _invoked_arn(
    backend: LambdaBackend, target: LambdaFunction, name: str, qualifier: str | None
) -> str:
    """Return the ARN as the caller wrote it, which the handler sees in its context."""
    asked = name.rpartition(":function:")[2]
    called = asked.partition(":")[2] or qualifier or ""
    arn = f"arn:aws:lambda:{backend.region_name}:{backend.account_id}:function"
    return ":".join(part for part in (arn, target.function_name, called) if part)


def qualifier_of(arn: str) -> str:
    """Return the version or alias in an ARN, or $LATEST if there is none."""
    fields = arn.split(":")
    return fields[-1] if len(fields) == _QUALIFIED else "$LATEST"


def install(hooks: Hooks, handlers: Handlers) -> None:
    """Let moto's Lambda run these handlers."""
    backend = type("RunningLambdaBackend", (TwinLambdaBackend,), {"handlers": handlers})
    hooks.set(simple_models, "lambda_simple_backends", BackendDict(backend, "lambda"))
    _keep_qualifiers(hooks, handlers)


def _keep_qualifiers(hooks: Hooks, handlers: Handlers) -> None:
    """Store an EventInvokeConfig by its qualifier. moto ignores the parameter Qualifier."""
    original = responses.LambdaResponse.put_function_event_invoke_config

    def put(response: Any) -> Any:
        name = response.path.rsplit("/", 2)[1].rpartition(":function:")[2].partition(":")[0]
        qualifier = response.querystring.get("Qualifier", ["$LATEST"])[0]
        config: Mapping[str, Any] = response.json_body
        handlers.configure(name, qualifier, config)
        return original(response)

    hooks.set(responses.LambdaResponse, "put_function_event_invoke_config", put)
