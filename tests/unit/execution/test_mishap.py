"""How a task failed, as a sentence that people read."""

import json
from typing import Any

import pytest

from penstock.domain.execution.mishap import mishap

TRACEBACK = ['  File "/opt/python/penstock/usecases/moving/look.py", line 44, in __call__\n']


def of(error: str, message: str = "", **more: Any) -> str:
    cause = {"errorMessage": message, "errorType": error, "stackTrace": TRACEBACK, **more}
    return mishap({"Error": error, "Cause": json.dumps(cause)})


@pytest.mark.parametrize("kind", ["Denied", "RefusedByAws", "Missing", "Unavailable", "Refused"])
def test_what_penstock_has_a_word_for_is_said_in_its_words(kind: str) -> None:
    assert of(kind, "AWS refused DescribeAlarms: not authorized") == (
        "AWS refused DescribeAlarms: not authorized"
    )


@pytest.mark.parametrize("kind", ["KeyError", "ValidationError", "ClientError", "TypeError"])
def test_what_nobody_expected_is_named_and_its_text_stays_in_the_log(kind: str) -> None:
    said = of(kind, "'ModelName' {'stackTrace': 1}")
    assert said == f"an unexpected error ({kind}); see the log of its function"


@pytest.mark.parametrize(
    ("error", "said"),
    [
        ("Lambda.TooManyRequestsException", "Lambda had no capacity to run it"),
        ("Lambda.ResourceNotFoundException", "the version of the function that it calls is gone"),
        ("Sandbox.Timedout", "it was killed at its time limit"),
        ("States.Timeout", "it did not answer in time"),
        ("Lambda.Unknown", "it was killed before it answered"),
    ],
)
def test_what_happened_around_the_code_is_said_for_it(error: str, said: str) -> None:
    assert mishap({"Error": error, "Cause": "{...}"}) == f"{said} ({error})"


@pytest.mark.parametrize(
    "error",
    [
        {},
        {"Error": "Denied"},
        {"Error": "Denied", "Cause": '{"errorMessage": "cut'},
        {"Error": "Denied", "Cause": '["a"]'},
        {"Error": "Denied", "Cause": json.dumps({"errorMessage": "a\n{'b': 'Traceback'}"})},
        {"Error": "<script>\n", "Cause": "x"},
        {"Error": "PenstockError", "Cause": json.dumps({"errorMessage": None})},
        {"Error": None, "Cause": None},
    ],
)
def test_it_is_always_one_line_of_words(error: dict[str, Any]) -> None:
    said = mishap(error)
    assert said
    assert not {"\n", "{", "}", "<"} & set(said)
