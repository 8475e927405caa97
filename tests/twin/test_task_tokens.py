"""Tasks that wait for a token."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.twin.running_bench import FUNCTION, Bench, bench

WATCH = {
    "Watch": {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
        "Parameters": {
            "FunctionName": FUNCTION,
            "Payload": {"do": "echo", "token.$": "$$.Task.Token"},
        },
        "TimeoutSecondsPath": "$.patience",
        "End": True,
    }
}


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with bench(tmp_path_factory.mktemp("code")) as made:
        yield made


@pytest.fixture
def aws(account: Bench) -> Bench:
    account.said.clear()
    return account


def waiting(aws: Bench, patience: int = 500) -> tuple[str, str]:
    """Start a machine that waits; its execution and token."""
    execution = aws.start(aws.machine(WATCH), {"patience": patience})
    aws.clock.sleep(5)
    return execution, _token(aws, execution)


def _token(aws: Bench, execution: str) -> str:
    client = aws.client("stepfunctions")
    events = client.get_execution_history(executionArn=execution)["events"]
    scheduled = [
        event["taskScheduledEventDetails"] for event in events if "Scheduled" in event["type"]
    ]
    token: str = json.loads(scheduled[-1]["parameters"])["Payload"]["token"]
    return token


def succeed(aws: Bench, token: str, output: Any = None) -> None:
    client = aws.client("stepfunctions")
    client.send_task_success(taskToken=token, output=json.dumps(output))


def test_the_answer_becomes_the_output(aws: Bench) -> None:
    execution, token = waiting(aws)
    succeed(aws, token, {"look": "fine"})
    assert json.loads(aws.end_of(execution)["output"]) == {"look": "fine"}


def test_a_failure_carries_error_and_cause(aws: Bench) -> None:
    execution, token = waiting(aws)
    client = aws.client("stepfunctions")
    client.send_task_failure(taskToken=token, error="Halted", cause="an alarm")
    ended = aws.end_of(execution)
    assert (ended["error"], ended["cause"]) == ("Halted", "an alarm")


def test_nobody_answers_and_the_task_times_out(aws: Bench) -> None:
    execution, _ = waiting(aws, patience=120)
    ended = aws.end_of(execution)
    assert ended["error"] == "States.Timeout"
    assert (ended["stopDate"] - ended["startDate"]).total_seconds() == 120


def test_a_second_answer_is_refused(aws: Bench) -> None:
    _, token = waiting(aws)
    succeed(aws, token)
    with pytest.raises(ClientError, match="TaskTimedOut"):
        succeed(aws, token)


def test_a_late_answer_is_refused(aws: Bench) -> None:
    _, token = waiting(aws, patience=60)
    aws.clock.sleep(70)
    with pytest.raises(ClientError, match="TaskTimedOut"):
        succeed(aws, token)


def test_an_answer_to_a_stopped_execution_is_refused(aws: Bench) -> None:
    execution, token = waiting(aws)
    aws.client("stepfunctions").stop_execution(executionArn=execution)
    with pytest.raises(ClientError, match="TaskTimedOut"):
        succeed(aws, token)


def test_an_unknown_token_is_refused(aws: Bench) -> None:
    with pytest.raises(ClientError, match="InvalidToken"):
        succeed(aws, "never seen")


def test_an_answer_must_be_json_and_fit(aws: Bench) -> None:
    _, token = waiting(aws)
    with pytest.raises(ClientError, match="InvalidOutput"):
        aws.client("stepfunctions").send_task_success(taskToken=token, output="{")
    with pytest.raises(ClientError, match="InvalidOutput"):
        succeed(aws, token, "x" * 262_144)
