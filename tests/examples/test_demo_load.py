"""The demo's clients and its plain display."""

import io
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError
from rich.console import Console

from examples.demo.display import Look, PlainDisplay
from examples.demo.load import Client, Load
from examples.demo.recording import Instant, Moment

AT = Instant(100.0, 1.0)


class Runtime:
    """Answers every request the same way."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer
        self.asked: list[dict[str, Any]] = []

    def invoke_endpoint(self, **asked: Any) -> Any:
        self.asked.append(asked)
        if isinstance(self.answer, ClientError):
            raise self.answer
        return self.answer


def refusal(code: str, **more: str) -> ClientError:
    response: Any = {"Error": {"Code": code, "Message": ""}, **more}
    return ClientError(response, "InvokeEndpoint")


def client(answer: Any) -> Client:
    return Client(Runtime(answer), "screening", lambda: AT, lambda model: f"variant of {model}")


def test_an_answer_tells_the_variant_and_the_model() -> None:
    body = io.BytesIO(b'{"model": "better", "predictions": []}')
    request = client({"InvokedProductionVariant": "live", "Body": body}).ask("1")
    assert request is not None
    assert (request.variant, request.model, request.failed) == ("live", "better", False)


def test_each_request_has_an_id_where_there_are_ids() -> None:
    runtime, numbers = Runtime(refusal("ServiceUnavailable")), iter(["a", "b"])
    identified = Client(runtime, "screening", lambda: AT, str, lambda: next(numbers))
    for each in (identified, identified, Client(runtime, "screening", lambda: AT, str)):
        each.ask("1")
    assert [asked.get("InferenceId") for asked in runtime.asked] == ["a", "b", None]


def test_a_models_failure_is_a_failed_request_of_that_model() -> None:
    said = '{"model": "hasty", "error": "NaN"}'
    request = client(refusal("ModelError", OriginalMessage=said)).ask("1")
    assert request is not None
    assert (request.variant, request.model, request.failed) == ("variant of hasty", "hasty", True)


def test_a_failure_that_says_nothing_still_counts() -> None:
    request = client(refusal("ServiceUnavailable")).ask("1")
    assert request is not None
    assert (request.model, request.failed) == ("unknown", True)


def test_before_there_is_an_endpoint_nothing_has_failed() -> None:
    assert client(refusal("ValidationError")).ask("1") is None


class ByHand:
    """Stands until it is set; who waits looks again at once."""

    speed = 100.0

    def __init__(self) -> None:
        self.at = 0.0

    def now(self) -> float:
        return self.at


def test_rows_are_sent_in_turn_at_the_rate_asked_for() -> None:
    """One row an eighth of a second, neither more nor fewer."""
    sent: list[str] = []
    pace = ByHand()
    with Load(sent.append, ["a", "b", "c"], pace, per_minute=480):
        for number in range(1, 41):
            give_up = time.monotonic() + 60  # real
            while len(sent) < number and time.monotonic() < give_up:
                time.sleep(0.001)
            assert len(sent) == number
            pace.at += 0.125
    assert sent[:6] == ["a", "b", "c", "a", "b", "c"]


def test_what_ends_a_client_is_not_lost() -> None:
    def broken(row: str) -> None:
        raise RuntimeError(row)

    with pytest.raises(RuntimeError), Load(broken, ["a"], ByHand(), per_minute=600):
        time.sleep(0.1)


@pytest.mark.parametrize(
    ("body", "label"),
    [
        (b'{"model": "better", "predictions": [{"score": 0.7, "label": 1}]}', 1),
        (b'{"model": "better", "predictions": []}', None),
        (b"[]", None),
        (b"not JSON", None),
    ],
)
def test_an_answer_tells_the_label_if_it_has_one(body: bytes, label: int | None) -> None:
    answer = {"InvokedProductionVariant": "live", "Body": io.BytesIO(body)}
    request = client(answer).ask("1")
    assert request is not None
    assert request.label == label


def test_plain_lines_tell_copies_too() -> None:
    written = io.StringIO()
    look = Look(1.0, [], "InService", {"first": 100.0}, {"better": 25.0}, [])
    PlainDisplay(Console(file=written)).show(look)
    assert written.getvalue() == "    1.0 min  traffic: first 100 %, copies to better 25 %\n"


def test_plain_lines_tell_changes_once() -> None:
    written = io.StringIO()
    display = PlainDisplay(Console(file=written))
    look = Look(1.0, ["Claim the endpoint"], "InService", {"first": 100.0}, {}, [])
    display.show(look)
    display.show(look._replace(minute=1.5))
    display.tell(2.0, Moment(AT, "Alarm", "[red]too many[/red] errors", bad=True))
    assert written.getvalue().splitlines() == [
        "    1.0 min  state: Claim the endpoint",
        "    1.0 min  traffic: first 100 %",
        "    2.0 min  Alarm: [red]too many[/red] errors",
    ]
