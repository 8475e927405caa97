"""One line of a file that data capture writes (facts 3.8)."""

import base64
import json
from typing import Any, NamedTuple

from penstock.domain.moments import parse_moment


class CapturedAnswer(NamedTuple):
    """A captured answer. `inference_id` is the caller's, None where it sent none; `at` in ms."""

    inference_id: str | None
    at: int
    text: str


def answer_of(line: str) -> CapturedAnswer | None:
    """The answer of a line; None where the answer was not captured, or it is no such line."""
    try:
        return _answer(json.loads(line))
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def _answer(document: dict[str, Any]) -> CapturedAnswer:
    event, output = document["eventMetadata"], document["captureData"]["endpointOutput"]
    name = event.get("inferenceId")
    at = parse_moment(event["inferenceTime"])
    return CapturedAnswer(
        str(name) if name else None, at, _text(output["data"], output["encoding"])
    )


def _text(data: str, encoding: str) -> str:
    """CSV and JSON are as they were sent, all else is in base64."""
    if encoding != "BASE64":
        return data
    return base64.b64decode(data, validate=True).decode(errors="replace")
