"""How a task failed, as a sentence made from the output that Step Functions records."""

import json
import re
from collections.abc import Mapping
from typing import Any

from penstock.domain import errors
from penstock.domain.wording import one_line

_BEFORE_THE_CODE = {
    "Lambda.TooManyRequestsException": "Lambda had no capacity to run it",
    "Lambda.ServiceException": "Lambda could not run it",
    "Lambda.AWSLambdaException": "Lambda could not run it",
    "Lambda.SdkClientException": "Lambda could not be reached",
    "Lambda.ClientExecutionTimeoutException": "Lambda did not answer in time",
    "Lambda.ResourceNotFoundException": "the version of the function that it calls is gone",
    "Lambda.Unknown": "it was killed before it answered",
    "Sandbox.Timedout": "it was killed at its time limit",
    "States.Timeout": "it did not answer in time",
}
"""Errors from outside our code. Most of them occur before it runs."""


def mishap(error: Mapping[str, Any]) -> str:
    """The failure as a sentence, from a Catch's `Error` and `Cause`. Only the log has the
    traceback.
    """
    name = str(error.get("Error") or "")
    if name in _BEFORE_THE_CODE:
        return f"{_BEFORE_THE_CODE[name]} ({name})"
    if _kind(name):
        return one_line(_message(error.get("Cause"))) or f"it gave no reason ({name})"
    known = name if re.fullmatch(r"[\w.]{1,80}", name) else "unknown"
    return f"an unexpected error ({known}); see the log of its function"


def passes(name: str) -> bool:
    """Whether an error of this name is a transient failure of AWS or a killed instance."""
    kind = _kind(name)
    ended = not name or name.startswith(("Lambda.", "Runtime.", "Sandbox."))
    return ended or (kind is not None and issubclass(kind, errors.Unavailable))


def error_type(cause: str) -> str:
    """Name of the error that a function raised. Empty if Lambda killed it."""
    return _part(cause, "errorType")


def _kind(name: str) -> type[errors.PenstockError] | None:
    kind = getattr(errors, name, None)
    return kind if isinstance(kind, type) and issubclass(kind, errors.PenstockError) else None


def _message(cause: object) -> str:
    return _part(cause, "errorMessage")


def _part(cause: object, name: str) -> str:
    """One part of the document in which Lambda reports a failure. The document may be
    truncated.
    """
    try:
        document = json.loads(str(cause or ""))
    except ValueError:
        return ""
    return str(document.get(name) or "") if isinstance(document, dict) else ""
