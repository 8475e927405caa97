"""Where Lambda's API meets the handlers: hooks into moto's Lambda."""

import json
from collections.abc import Mapping
from typing import Any, Protocol

from moto.awslambda import responses, urls
from moto.awslambda.exceptions import LambdaClientError
from moto.awslambda.models import LambdaBackend, LambdaFunction
from moto.awslambda_simple import models as simple_models
from moto.core.base_backend import BackendDict

from twin.asynchronous import Config, Throttled
from twin.hooks import Hooks, NotSupportedByTwin
from twin.invocations import Outcome

_QUALIFIED = 8  # fields of an ARN with a qualifier
# AWS: payloads in bytes (facts 6).
_LARGEST_SYNCHRONOUS = 6 * 1024 * 1024
_LARGEST_ASYNCHRONOUS = 1024 * 1024


class Handlers(Protocol):
    """What runs behind the API."""

    def invoke(self, target: LambdaFunction, arn: str, event: bytes) -> Outcome: ...

    def send(self, target: LambdaFunction, arn: str, body: bytes) -> None: ...

    def configure(self, name: str, qualifier: str, config: Config) -> None: ...


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
    """moto's Lambda, whose functions run."""

    handlers: Handlers

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
        """Answer as the API does: the payload, and headers that say how it ended."""
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
        """moto's way would neither run the handler nor be asynchronous."""
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
    """The ARN as the caller named it, which the handler sees in its context."""
    asked = name.rpartition(":function:")[2]
    called = asked.partition(":")[2] or qualifier or ""
    arn = f"arn:aws:lambda:{backend.region_name}:{backend.account_id}:function"
    return ":".join(part for part in (arn, target.function_name, called) if part)


def qualifier_of(arn: str) -> str:
    """The version or alias an ARN names, $LATEST when it names none."""
    fields = arn.split(":")
    return fields[-1] if len(fields) == _QUALIFIED else "$LATEST"


def install(hooks: Hooks, handlers: Handlers) -> None:
    """Let moto's Lambda run these handlers."""
    backend = type("RunningLambdaBackend", (TwinLambdaBackend,), {"handlers": handlers})
    hooks.set(simple_models, "lambda_simple_backends", BackendDict(backend, "lambda"))
    _keep_qualifiers(hooks, handlers)


def _keep_qualifiers(hooks: Hooks, handlers: Handlers) -> None:
    """moto stores an EventInvokeConfig without its qualifier, and looks for "qualifier"."""
    original = responses.LambdaResponse.put_function_event_invoke_config

    def put(response: Any) -> Any:
        name = response.path.rsplit("/", 2)[1].rpartition(":function:")[2].partition(":")[0]
        qualifier = response.querystring.get("Qualifier", ["$LATEST"])[0]
        config: Mapping[str, Any] = response.json_body
        handlers.configure(name, qualifier, config)
        return original(response)

    hooks.set(responses.LambdaResponse, "put_function_event_invoke_config", put)
