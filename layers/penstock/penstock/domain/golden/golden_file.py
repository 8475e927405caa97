"""The file of golden requests: one JSON object a line."""

import base64
import json
from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
)

from penstock.domain.errors import Refused
from penstock.domain.policy.complaints import complaints
from penstock.domain.policy.json_text import strict_json

MOST_GOLDEN_BYTES = 1024 * 1024
"""Most bytes of a file. SageMaker's own limit of a body, 6 MB, is larger."""
MOST_GOLDEN_REQUESTS = 200


def _bytes(body: object) -> object:
    """A body as it is sent: a text in UTF-8, or the bytes of `{"base64": "..."}`."""
    match body:
        case str():
            return _encoded(body)
        case {"base64": str(text), **others} if not others:
            return _decoded(text)
    raise ValueError('must be a text, or an object {"base64": "..."}')


def _encoded(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise ValueError("contains invalid Unicode (an unpaired surrogate)") from error


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError as error:
        raise ValueError("base64 cannot be decoded") from error


def _text(expected: object) -> object:
    """An expectation as the text that the answer is compared with. None is none."""
    return expected if expected is None or isinstance(expected, str) else json.dumps(expected)


Header = Annotated[str, StringConstraints(pattern="^[ -~]+$", max_length=1024)]


class GoldenRequest(BaseModel):
    """One line: a request, and what its answer has to be."""

    model_config = ConfigDict(defer_build=True, frozen=True, extra="forbid", allow_inf_nan=False)

    body: Annotated[bytes, BeforeValidator(_bytes)] = Field(description="The body that is sent.")
    content_type: Header = Field(default="text/csv", description="Content type of the body.")
    accept: Header = Field(default="text/csv", description="Content type that is asked for.")
    expect: Annotated[str | None, BeforeValidator(_text)] = Field(
        default=None, description="The expected answer. None: every answer with a 2xx status."
    )
    tolerance: float = Field(
        default=0, ge=0, description="Largest absolute difference of two equal numbers."
    )
    container: None = Field(default=None, description="A container of several; there is one here.")
    name: str | None = Field(
        default=None, min_length=1, max_length=200, description="What people call the request."
    )


def read_golden(data: bytes, source: str) -> tuple[tuple[int, GoldenRequest], ...]:
    """The requests of a file, each with the number of its line. Blank lines are skipped.

    Args:
        data: The bytes of the file, in UTF-8.
        source: S3 URI of the file, for the refusal.

    Raises:
        Refused: It is empty or too large, or a line is no such request. The sentence says which.
    """
    if len(data) > MOST_GOLDEN_BYTES:
        raise Refused(
            f"the golden requests {source} have {len(data)} bytes, more than {MOST_GOLDEN_BYTES}"
        )
    requests = tuple(_requests(data, source))
    if not requests:
        raise Refused(f"the golden requests {source} are empty: one JSON object a line is expected")
    if len(requests) > MOST_GOLDEN_REQUESTS:
        raise Refused(
            f"the golden requests {source} are {len(requests)}, more than {MOST_GOLDEN_REQUESTS}"
        )
    return requests


def _requests(data: bytes, source: str) -> Iterator[tuple[int, GoldenRequest]]:
    try:
        lines = data.decode("utf-8-sig").split("\n")
    except UnicodeDecodeError as error:
        raise Refused(f"the golden requests {source} are no text in UTF-8") from error
    for number, line in enumerate(lines, 1):
        if line.strip():
            yield number, _request(line, f"line {number} of the golden requests {source}")


def _request(line: str, where: str) -> GoldenRequest:
    try:
        document: Any = strict_json(line)
    except ValueError as error:
        raise Refused(f"{where} is not a JSON object: {error}") from error
    if not isinstance(document, dict):
        raise Refused(f"{where} is not a JSON object with `body`")
    try:
        return GoldenRequest.model_validate(document, strict=True)
    except ValidationError as error:
        raise Refused(f"{where} is not valid: {complaints(error, GoldenRequest)}") from error
