"""Low-level AWS errors become domain errors here, and nowhere else."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
    ParamValidationError,
)
from botocore.parsers import ResponseParserError

from penstock.adapters.error_codes import BY_CODE, BY_MESSAGE, PASSING, cancelled
from penstock.adapters.remedies import remedy
from penstock.domain.errors import Denied, PenstockError, RefusedByAws, Unanswered, Unavailable
from penstock.domain.wording import LONGEST, one_line

SERVERS_FAULT = 500
"""HTTP's 5xx: the service failed, not the caller."""


@contextmanager
def translated() -> Iterator[None]:
    """Run AWS calls and translate their errors into domain errors with one sentence.

    Raises:
        Busy, NoCapacity, Missing, Exists, Denied, Unavailable: By the service's error code.
        RefusedByAws: A permanent refusal. Only its message says why.
        Unanswered: Nobody knows what the service did or will still do.
    """
    try:
        yield
    except ClientError as error:
        meaning = _meaning(error)
        raise meaning(_sentence(error, denied=meaning is Denied)) from error
    except ParamValidationError as error:
        raise RefusedByAws(one_line(str(error))) from error
    except (ConnectTimeoutError, EndpointConnectionError) as error:
        raise Unavailable(one_line(str(error))) from error  # the request never left
    except HTTPClientError as error:
        raise Unanswered(one_line(str(error))) from error
    except ResponseParserError as error:
        raise Unanswered(f"AWS's answer cannot be read: {one_line(str(error))}") from error
    except BotoCoreError as error:
        raise Unavailable(one_line(str(error))) from error


def in_conflict(error: ClientError) -> bool:
    """Whether another write of the same item was in progress, which takes milliseconds."""
    code, reasons = _code(error), cancelled(error.response)
    return code == "TransactionConflictException" or "TransactionConflict" in reasons


def _meaning(error: ClientError) -> type[PenstockError]:
    code, message = _code(error), _message(error)
    known = BY_CODE.get(f"{error.operation_name}.{code}") or BY_CODE.get(code)
    if known:
        return known
    if code in {"ValidationException", "ValidationError"}:
        said = (kind for text, kind in BY_MESSAGE.items() if text in message)
        return next(said, RefusedByAws)
    if code == "TransactionCanceledException":
        reasons = cancelled(error.response)
        return Unavailable if reasons & PASSING else RefusedByAws
    return _by_family(code, _status(error))


def _by_family(code: str, status: int) -> type[PenstockError]:
    """The meaning of an unlisted code, by its HTTP status.

    Services add codes but keep to HTTP's classes.
    """
    if code.upper().startswith("KMS"):
        return Unavailable if "Throttl" in code else Denied
    if status >= SERVERS_FAULT or status in {408, 429}:
        return Unavailable
    return Denied if status in {401, 403} else RefusedByAws


def _sentence(error: ClientError, *, denied: bool) -> str:
    code = _code(error)
    said = one_line(_message(error)) or "it gave no reason"
    named = f" ({code})" if code and code not in said else ""
    sentence = one_line(f"AWS refused {error.operation_name}: {said}{named}", 2 * LONGEST)
    hint = remedy(error.operation_name, _message(error), denied=denied)
    return f"{sentence}; {hint}" if hint else sentence


def _code(error: ClientError) -> str:
    return str(_said(error).get("Code") or "")


def _message(error: ClientError) -> str:
    return str(_said(error).get("Message") or "")


def _said(error: ClientError) -> dict[str, Any]:
    return {**(error.response.get("Error") or {})}


def _status(error: ClientError) -> int:
    """The HTTP status. An answer without a body (to a HEAD) also has it as its code."""
    code = _code(error)
    answer: dict[str, Any] = {**error.response}
    given = answer.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return int(code) if code.isdecimal() else int(given)
