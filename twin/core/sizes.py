"""AWS's size limits that moto does not enforce. Text is counted in bytes of UTF-8.

The twin and moto enforce other limits elsewhere: 256 KB in Step Functions and PutEvents (1 MB in
newer documentation, so that the twin is stricter), 400 KB per item, and 10 and 100 per page.
"""

from collections.abc import Callable, Mapping
from typing import Any

from moto.core.responses import BaseResponse

from twin.core.hooks import Hooks
from twin.iam.permissions import answer_error, operation_of, parameters_of

Params = Mapping[str, Any]
Too = tuple[str, str] | None
_PARAMETER = {"Standard": 4096, "Advanced": 8192, "Intelligent-Tiering": 8192}
_MESSAGE = 262_144
_ENVIRONMENT = 32_768


def install(hooks: Hooks) -> None:
    """Check all calls, before their permissions."""
    judge = BaseResponse._authenticate_and_authorize_normal_action  # noqa: SLF001  # as permissions do

    def measured(response: Any, resource: str = "*") -> None:
        refusal = _refusal(response)
        if refusal:
            answer_error(response, *refusal)
        judge(response, resource)

    hooks.set(BaseResponse, "_authenticate_and_authorize_normal_action", measured)


def _refusal(response: Any) -> Too:
    checks = _CHECKS.get(response.boto3_service_name)
    check = checks.get(operation_of(response)) if checks else None
    return check(parameters_of(response)) if check else None


def _parameter(params: Params) -> Too:
    tier = params.get("Tier", "Standard")
    most = _PARAMETER[tier]
    if _bytes(params["Value"]) <= most:
        return None
    text = f"{tier} tier parameters support a maximum parameter value of {most} characters."
    return "ValidationException", text


def _message(params: Params) -> Too:
    if _bytes(params.get("Message", "")) <= _MESSAGE:
        return None
    return "InvalidParameter", "Invalid parameter: Message too long"


def _model(params: Params) -> Too:
    containers = [params.get("PrimaryContainer"), *(params.get("Containers") or [])]
    for container in containers:
        pairs = ((container or {}).get("Environment") or {}).items()
        if sum(_bytes(name) + _bytes(value) for name, value in pairs) > _ENVIRONMENT:
            return "ValidationException", "The environment of a container is larger than 32 KB."
    return None


def _bytes(text: str) -> int:
    return len(text.encode())


_CHECKS: Mapping[str, Mapping[str, Callable[[Params], Too]]] = {
    "ssm": {"PutParameter": _parameter},
    "sns": {"Publish": _message},
    "sagemaker": {"CreateModel": _model},
}
