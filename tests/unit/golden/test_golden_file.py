"""What a file of golden requests may say."""

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.domain.errors import Refused
from penstock.domain.golden.golden_file import GoldenRequest, read_golden

URI = "s3://bucket/golden.jsonl"


def line(**keys: Any) -> GoldenRequest:
    """The request of a file with one line."""
    ((_, request),) = read_golden(json.dumps({"body": "1", **keys}).encode(), URI)
    return request


def sentence(data: bytes) -> str:
    with pytest.raises(Refused) as refused:
        read_golden(data, URI)
    return str(refused.value)


def test_a_line_has_its_defaults() -> None:
    request = line()
    assert request.body == b"1"
    assert (request.content_type, request.accept, request.tolerance) == ("text/csv", "text/csv", 0)
    assert (request.expect, request.name) == (None, None)


def test_lines_are_numbered_as_they_stand_and_blank_ones_are_skipped() -> None:
    data = '\ufeff{"body": "a"}\r\n\r\n{"body": "b\u2028"}\n'.encode()
    found = [(number, request.body.decode()) for number, request in read_golden(data, URI)]
    assert found == [(1, "a"), (3, "b\u2028")]


@pytest.mark.parametrize(
    ("expect", "text"),
    [("0.83", "0.83"), (0.83, "0.83"), ({"a": [1]}, '{"a": [1]}'), (False, "false"), (None, None)],
)
def test_an_expectation_is_a_text_or_json(expect: object, text: str | None) -> None:
    assert line(expect=expect).expect == text


@given(st.binary(max_size=50))
def test_a_body_may_be_any_bytes(body: bytes) -> None:
    assert line(body={"base64": base64.b64encode(body).decode()}).body == body


@given(st.text(st.characters(codec="utf-8"), max_size=50))
def test_a_body_of_text_is_sent_in_utf_8(body: str) -> None:
    assert line(body=body).body == body.encode()


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"body": 1}, 'body: must be a text, or an object {"base64": "..."}'),
        ({"body": {"base64": 1}}, 'body: must be a text, or an object {"base64": "..."}'),
        ({"body": {"base64": "", "x": 1}}, 'body: must be a text, or an object {"base64": "..."}'),
        ({"body": {"base64": "!"}}, "body: base64 cannot be decoded"),
        ({"body": "\ud800"}, "body: contains invalid Unicode (an unpaired surrogate)"),
        ({"tolerance": -1}, "tolerance: must be greater than or equal to 0, not -1"),
        ({"tolerance": True}, "tolerance: must be a valid number, not true"),
        ({"content_type": ""}, "content_type: must match pattern '^[ -~]+$', not \"\""),
        ({"accept": "a\nb"}, "accept: must match pattern '^[ -~]+$', not \"a\\nb\""),
        ({"name": 7}, "name: must be a valid string, not 7"),
        ({"container": "a"}, 'container: must be null, not "a"'),
        ({"expected": 1}, "expected: unknown key; did you mean `expect`?"),
        ({"target_model": "a"}, "target_model: unknown key; the known keys are body, content_type"),
    ],
)
def test_a_line_that_is_none_is_told_why(keys: dict[str, Any], said: str) -> None:
    data = b'{"body": "0"}\n' + json.dumps({"body": "1", **keys}).encode()
    where = f"line 2 of the golden requests {URI} is not valid: "
    assert sentence(data).startswith(where + said)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "are empty: one JSON object a line is expected"),
        (b"\xff", "are no text in UTF-8"),
        (b'{"body": "1"}\n' * 201, "are 201, more than 200"),
    ],
)
def test_a_file_that_is_none_is_told_why(data: bytes, said: str) -> None:
    assert sentence(data) == f"the golden requests {URI} {said}"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1,2", "is not a JSON object: Extra data: line 1 column 2 (char 1)"),
        ('{"body": NaN}', "is not a JSON object: NaN is not a JSON number"),
        ('{"body": "1", "body": "2"}', "is not a JSON object: the key body appears twice"),
        ('"body"', "is not a JSON object with `body`"),
    ],
)
def test_a_line_that_is_no_object_is_told_why(text: str, said: str) -> None:
    assert sentence(text.encode()) == f"line 1 of the golden requests {URI} {said}"


def test_the_most_requests_are_taken() -> None:
    assert len(read_golden(b'{"body": "1"}\n' * 200, URI)) == 200


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        assert read_golden(data, URI)
    except Refused as refused:
        assert URI in str(refused)  # either is fine
