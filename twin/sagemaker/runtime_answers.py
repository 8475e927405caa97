"""The answers of InvokeEndpoint, as HTTP."""

import json
from collections.abc import Mapping
from typing import Any

from twin.core.account import ACCOUNT, REGION
from twin.sagemaker.model_server import Reply

HttpAnswer = tuple[int, dict[str, Any], Any]

ATTRIBUTES = "X-Amzn-SageMaker-Custom-Attributes"


def good(reply: Reply) -> bool:
    """Return whether the model answered with 2xx."""
    return 200 <= reply.status < 300  # noqa: PLR2004  # HTTP


def answer(endpoint: str, variant: str, reply: Reply) -> HttpAnswer:
    """Answer the caller with what the model said."""
    if not good(reply):
        return _model_error(endpoint, reply)
    headers = {
        "Content-Type": reply.content_type,
        "x-Amzn-Invoked-Production-Variant": variant,
    }
    if reply.custom_attributes:
        headers[ATTRIBUTES] = reply.custom_attributes
    return 200, headers, reply.body


def _model_error(endpoint: str, reply: Reply) -> HttpAnswer:
    """AWS: a model error has status 424, with the model's own status in the body (facts 3.6)."""
    text = reply.body.decode(errors="replace")
    side = "client" if 400 <= reply.status < 500 else "server"  # noqa: PLR2004  # HTTP
    group = f"/aws/sagemaker/Endpoints/{endpoint}"
    message = (
        f'Received {side} error ({reply.status}) from primary with message "{text}". '
        f"See log group {group} in account {ACCOUNT} for more information."
    )
    more = {
        "OriginalStatusCode": reply.status,
        "OriginalMessage": text,
        "LogStreamArn": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{group}",
    }
    return error(424, "ModelError", message, more)


def error(
    status: int, code: str, message: str, more: Mapping[str, Any] | None = None
) -> HttpAnswer:
    """Answer the caller with an error of the service."""
    headers = {"x-amzn-ErrorType": code, "Content-Type": "application/json", "status": status}
    return status, headers, json.dumps({"Message": message, **(more or {})})


def invalid(message: str) -> HttpAnswer:
    """AWS: every refusal of a request is this error (facts 3.6)."""
    return error(400, "ValidationError", message)


def no_endpoint(name: str) -> HttpAnswer:
    return invalid(f"Endpoint {name} of account {ACCOUNT} not found.")


def no_variant(name: str, target: str) -> HttpAnswer:
    return invalid(f"Variant {target} not found on endpoint {name} of account {ACCOUNT}.")
