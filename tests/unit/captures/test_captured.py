"""What a line of a file of data capture says."""

import base64
import json

import pytest

from penstock.domain.captures.captured import CapturedAnswer, answer_of
from tests.fakes.captures import captured

AT = 1_644_859_789_000
LINE = json.loads(captured("0.83", "id-1", AT))


def test_an_answer_has_the_callers_name_its_time_and_its_text() -> None:
    assert answer_of(captured("0.83", "id-1", AT)) == CapturedAnswer("id-1", AT, "0.83")
    assert answer_of(captured('{"a": 1}', None, AT, "JSON")) == CapturedAnswer(None, AT, '{"a": 1}')


def test_base64_is_what_was_sent() -> None:
    text = base64.b64encode("0,83 €".encode()).decode()
    assert answer_of(captured(text, "id-1", AT, "BASE64")) == CapturedAnswer("id-1", AT, "0,83 €")


def test_what_is_no_text_does_not_stop_the_others() -> None:
    found = answer_of(captured(base64.b64encode(b"\xff").decode(), "id-1", AT, "BASE64"))
    assert found == CapturedAnswer("id-1", AT, "\N{REPLACEMENT CHARACTER}")


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("", id="empty"),
        pytest.param("{", id="cut"),
        pytest.param("[]", id="list"),
        pytest.param("null", id="null"),
        pytest.param("[" * 100_000, id="deep"),
        pytest.param(captured("1", "id-1", AT, output=False), id="input-only"),
        pytest.param(json.dumps(LINE | {"eventMetadata": {}}), id="no-time"),
        pytest.param(
            json.dumps(LINE | {"eventMetadata": {"inferenceTime": "yesterday"}}), id="other-time"
        ),
        pytest.param(captured("?", "id-1", AT, "BASE64"), id="no-base64"),
        pytest.param(
            json.dumps(LINE | {"captureData": {"endpointOutput": {"data": 1}}}), id="no-encoding"
        ),
    ],
)
def test_other_lines_are_no_answers(line: str) -> None:
    assert answer_of(line) is None
