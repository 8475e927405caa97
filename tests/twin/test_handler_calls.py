"""Watching and killing handlers at their AWS calls."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.twin.running_bench import START, Bench, bench
from twin.clock.clocks import StillClock
from twin.functions.handler_calls import Call, Killed


@pytest.fixture
def aws(tmp_path: Path) -> Iterator[Bench]:
    with bench(tmp_path) as made:
        yield made


class Killer:
    """Kills a handler at the call that sends this body."""

    def __init__(self, body: str) -> None:
        self._body = body

    def __call__(self, call: Call) -> None:
        if call.parameters.get("MessageBody") == self._body:
            raise Killed


def test_calls_are_recorded(aws: Bench) -> None:
    queue = aws.queue("calls")
    aws.invoke(do="call", queue=queue, bodies=["one"])
    (call,) = aws.functions.calls.log
    assert (call.function, call.service, call.operation) == ("work", "sqs", "SendMessage")
    assert call.parameters["MessageBody"] == "one"


def test_every_answer_takes_its_time_where_that_is_asked_for(tmp_path: Path) -> None:
    """A handler's calls alone; the operator's take none."""
    with bench(tmp_path, clock=StillClock(START)) as aws:
        queue = aws.queue("calls")
        aws.functions.calls.answering({"sqs": 0.25}.__getitem__)
        aws.invoke(do="call", queue=queue, bodies=["one", "two", "three"])
        assert [call.at - START for call in aws.functions.calls.log] == [0, 0.25, 0.5]
        assert aws.clock.now() - START == 0.75
        aws.functions.calls.answering()
        aws.invoke(do="call", queue=queue, bodies=["four"])
        assert aws.bodies(queue) == ["one", "two", "three", "four"]
        assert aws.clock.now() - START == 0.75


def test_layers_are_imported_once_where_that_is_asked_for(tmp_path: Path) -> None:
    """The functions themselves have their own modules all the same."""
    with bench(tmp_path) as aws:
        aws.functions.share_layers()
        aws.make_function("other")
        aws.invoke(do="mark")
        other = aws.invoke("other", do="surroundings")
        assert (other["own"], other["invocations"], other["shared"]) == ("other", 1, "marked")


def test_calls_of_the_operator_are_not(aws: Bench) -> None:
    aws.queue("calls")
    assert aws.functions.calls.log == []


def test_killed_before_a_call_it_does_not_happen(aws: Bench) -> None:
    queue = aws.queue("calls")
    with aws.functions.calls.interfering(before=Killer("two")):
        answer = aws.invoke(do="call", queue=queue, bodies=["one", "two", "three"])
    assert answer["errorType"] == "Runtime.ExitError"
    assert aws.bodies(queue) == ["one"]


def test_killed_after_a_call_it_happened(aws: Bench) -> None:
    queue = aws.queue("calls")
    with aws.functions.calls.interfering(after=Killer("two")):
        aws.invoke(do="call", queue=queue, bodies=["one", "two", "three"])
    assert aws.bodies(queue) == ["one", "two"]


def test_the_dead_make_no_last_call(aws: Bench) -> None:
    queue = aws.queue("calls")
    with aws.functions.calls.interfering(after=Killer("one")):
        aws.invoke(do="stubborn", queue=queue, bodies=["one"])
    assert aws.bodies(queue) == ["one"]


def test_neither_do_those_whose_time_is_up(aws: Bench) -> None:
    queue = aws.queue("calls")
    with aws.functions.calls.interfering(before=lambda _: aws.clock.sleep(30)):
        answer = aws.invoke(do="call", queue=queue, bodies=["late"])
        aws.clock.sleep(60)
    assert answer["errorType"] == "Sandbox.Timedout"
    assert aws.bodies(queue) == []


def test_an_asynchronous_invocation_is_tried_again_after_a_kill(aws: Bench) -> None:
    queue = aws.queue("calls")
    with aws.functions.calls.interfering(before=Killer("one")):
        aws.send(do="call", queue=queue, bodies=["one"])
        aws.clock.sleep(30)
    aws.clock.sleep(60)
    assert aws.bodies(queue) == ["one"]
