"""Lambda functions whose handlers run, in both modes."""

import json
from collections.abc import Iterator
from typing import cast

import pytest
from botocore.exceptions import ClientError

from tests.twin.running_bench import FUNCTION, START, Bench, bench
from twin.functions.functions import Mode


@pytest.fixture(scope="module", params=["in-process", "processes"])
def aws(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Bench]:
    folder = tmp_path_factory.mktemp("code")
    with bench(folder, cast("Mode", request.param)) as made:
        yield made


def test_a_handler_gets_the_event_and_its_answer_comes_back(aws: Bench) -> None:
    assert aws.invoke(do="echo", word="ü") == {"do": "echo", "word": "ü"}


def test_a_handler_sees_its_own_environment_and_nothing_of_the_twin(aws: Bench) -> None:
    seen = aws.invoke(do="surroundings")
    assert seen["key"] == "KEY-worker"
    assert seen["region"] == "eu-west-1"
    assert seen["own"] == "work"
    assert seen["home"] is None
    assert seen["strange"] == []


def test_an_environment_is_used_again_but_by_its_own_function_only(aws: Bench) -> None:
    aws.make_function("other")
    aws.invoke(do="mark")
    first = aws.invoke(do="surroundings")["invocations"]
    assert aws.invoke(do="surroundings")["invocations"] == first + 1
    other = aws.invoke("other", do="surroundings")
    assert (other["own"], other["invocations"], other["shared"]) == ("other", 1, "fresh")
    assert aws.invoke(do="surroundings")["shared"] == "marked"


def test_a_handler_lives_at_the_simulated_time(aws: Bench) -> None:
    aws.clock.sleep(3600)
    seen = aws.invoke(do="clock")
    assert seen == {"now": aws.clock.now(), "left": 20_000}
    assert seen["now"] >= START + 3600


def test_the_context_names_the_qualifier_that_was_called(aws: Bench) -> None:
    client = aws.client("lambda")
    version = client.publish_version(FunctionName="work")["Version"]
    client.create_alias(FunctionName="work", Name=f"live{version}", FunctionVersion=version)
    for name in (FUNCTION, f"{FUNCTION}:{version}", f"{FUNCTION}:live{version}"):
        assert aws.invoke(name, do="arn") == name


def test_an_exception_is_an_unhandled_error_of_its_class(aws: Bench) -> None:
    answer = aws.invoke(do="fail", because="so")
    assert answer["FunctionError"] == "Unhandled"
    assert (answer["errorType"], answer["errorMessage"]) == ("ValueError", "so")
    assert answer["requestId"]
    assert "app.py" in answer["stackTrace"][0]


def test_an_answer_that_is_no_json_is_a_marshalling_error(aws: Bench) -> None:
    assert aws.invoke(do="unserialisable")["errorType"] == "Runtime.MarshalError"


def test_a_process_that_exits_is_an_exit_error_and_replaced(aws: Bench) -> None:
    answer = aws.invoke(do="leave")
    assert answer["errorType"] == "Runtime.ExitError"
    assert answer["errorMessage"].endswith("exit status 3")
    assert aws.invoke(do="surroundings")["invocations"] == 1


def test_a_handler_that_takes_too_long_times_out(aws: Bench) -> None:
    aws.make_function("slow", timeout=1)
    answer = aws.invoke("slow", do="sleep", seconds=30)
    assert answer["errorType"] == "Sandbox.Timedout"
    assert answer["errorMessage"].endswith("Task timed out after 1.00 seconds")


def test_a_handler_that_cannot_be_imported_says_so(aws: Bench) -> None:
    aws.make_function("absent", handler="nowhere.handler")
    aws.make_function("nameless", handler="app.nowhere")
    assert aws.invoke("absent", do="echo")["errorType"] == "Runtime.ImportModuleError"
    assert aws.invoke("nameless", do="echo")["errorType"] == "Runtime.HandlerNotFound"


def test_a_handler_acts_as_its_role(aws: Bench) -> None:
    queue = aws.queue("acts")
    assert aws.invoke(do="call", queue=queue, bodies=["one", "two"]) is None
    assert aws.bodies(queue) == ["one", "two"]


def test_what_a_handler_prints_is_in_its_log(aws: Bench) -> None:
    aws.invoke(do="say", words="good morning")
    assert "good morning\n" in aws.functions.log("work")


def test_a_dry_run_runs_nothing(aws: Bench) -> None:
    client = aws.client("lambda")
    assert client.invoke(FunctionName="work", InvocationType="DryRun")["StatusCode"] == 204


def test_a_payload_that_is_no_json_is_refused(aws: Bench) -> None:
    with pytest.raises(ClientError) as refused:
        aws.client("lambda").invoke(FunctionName="work", Payload=b"{")
    assert refused.value.response["Error"]["Code"] == "InvalidRequestContentException"


def test_an_event_may_have_one_megabyte(aws: Bench) -> None:
    body = json.dumps({"do": "echo", "text": "x" * 1_100_000})
    with pytest.raises(ClientError) as refused:
        aws.client("lambda").invoke(FunctionName="work", InvocationType="Event", Payload=body)
    assert refused.value.response["Error"]["Code"] == "RequestTooLargeException"


def test_concurrency_that_others_use_up_throttles_for_a_while(aws: Bench) -> None:
    for whose in ("work", None):
        aws.functions.throttle(2, whose)
        with pytest.raises(ClientError) as refused:
            aws.invoke("work", do="echo")
        assert refused.value.response["Error"]["Code"] == "TooManyRequestsException"
        aws.send(do="say", words=f"after {whose}")
        aws.clock.sleep(60)
        assert f"after {whose}" not in aws.functions.log("work")
        aws.clock.sleep(600)
        assert f"after {whose}" in aws.functions.log("work")
    aws.functions.throttle(2, "another")
    aws.invoke("work", do="echo")


def test_the_limit_of_concurrency_throttles(aws: Bench) -> None:
    aws.make_function("reserved")
    aws.client("lambda").put_function_concurrency(
        FunctionName="reserved", ReservedConcurrentExecutions=0
    )
    with pytest.raises(ClientError) as refused:
        aws.invoke("reserved", do="echo")
    assert refused.value.response["Error"]["Code"] == "TooManyRequestsException"
