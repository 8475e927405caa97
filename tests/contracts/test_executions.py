"""Executions: the fake and the adapter on moto's Step Functions keep one contract."""

import io
import json
from collections.abc import Callable
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import boto3
import pytest
from botocore.response import StreamingBody
from botocore.stub import Stubber

from penstock.adapters.executions import ReviewFunction, StepFunctions
from penstock.adapters.reconciling import ReconcileFunction
from penstock.domain.errors import Refused, Unavailable
from penstock.domain.execution.endings import GAVE_UP, Ending, Failure, failure
from penstock.domain.ledger.place import Key
from penstock.ports.executions import Executions
from tests.fakes.executions import PREFIX, FakeExecutions

EVENTS = Path(__file__).parents[2] / "events"
WAITS = {
    "StartAt": "Wait",
    "States": {"Wait": {"Type": "Wait", "Seconds": 3600, "End": True}},
}
INPUT = {"action": "recover", "endpoint": "churn"}


class World(Protocol):
    executions: Executions

    def arn(self, name: str) -> str: ...
    def stop(self, name: str) -> None: ...
    def inputs(self) -> list[dict[str, Any]]: ...


class FakeWorld:
    def __init__(self) -> None:
        self.fake = FakeExecutions()
        self.executions: Executions = self.fake

    def arn(self, name: str) -> str:
        return PREFIX + name

    def stop(self, name: str) -> None:
        self.fake.alive.discard(PREFIX + name)

    def inputs(self) -> list[dict[str, Any]]:
        return [dict(document) for document in self.fake.started.values()]


class MotoWorld:
    def __init__(self) -> None:
        self.client = boto3.client("stepfunctions")
        self.machine = self.client.create_state_machine(
            name="penstock-Release",
            definition=json.dumps(WAITS),
            roleArn="arn:aws:iam::123456789012:role/machine",
        )["stateMachineArn"]
        self.executions: Executions = StepFunctions(self.client, self.machine)

    def arn(self, name: str) -> str:
        return f"{self.machine.replace(':stateMachine:', ':execution:')}:{name}"

    def stop(self, name: str) -> None:
        self.client.stop_execution(executionArn=self.arn(name))

    def inputs(self) -> list[dict[str, Any]]:
        found = self.client.list_executions(stateMachineArn=self.machine)["executions"]
        shown = [self.client.describe_execution(executionArn=e["executionArn"]) for e in found]
        return [json.loads(each["input"]) for each in shown]


@pytest.fixture(params=[FakeWorld, MotoWorld])
def world(request: pytest.FixtureRequest, aws: None) -> World:
    make: Callable[[], World] = request.param
    return make()


def test_what_is_started_runs_with_its_input(world: World) -> None:
    world.executions.start("recover-1", INPUT)
    assert world.executions.running(world.arn("recover-1"))
    assert world.inputs() == [INPUT]


def test_what_was_stopped_does_not_run(world: World) -> None:
    world.executions.start("recover-1", INPUT)
    world.stop("recover-1")
    assert not world.executions.running(world.arn("recover-1"))


def test_what_is_unknown_does_not_run(world: World) -> None:
    assert not world.executions.running(world.arn("never"))


def test_an_execution_that_runs_has_no_cause(world: World) -> None:
    world.executions.start("recover-1", INPUT)
    assert world.executions.cause(world.arn("recover-1")) == ""


def test_an_execution_that_is_unknown_says_nothing(world: World) -> None:
    assert world.executions.cause(world.arn("never")) == ""


def test_what_was_stopped_died(world: World) -> None:
    world.executions.start("found-1", INPUT)
    assert not world.executions.died("found-1")
    world.stop("found-1")
    assert world.executions.died("found-1")


def test_what_never_ran_did_not_die(world: World) -> None:
    assert not world.executions.died("never")


def test_a_name_starts_one_execution(world: World) -> None:
    world.executions.start("found-1", INPUT)
    world.executions.start("found-1", {**INPUT, "reason": "again"})
    assert world.inputs() == [INPUT]


def test_a_name_that_was_used_starts_nothing(world: World) -> None:
    world.executions.start("found-1", INPUT)
    world.stop("found-1")
    world.executions.start("found-1", {**INPUT, "reason": "again"})
    assert not world.executions.running(world.arn("found-1"))


KEYS: Any = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}


def waking(code: str | None) -> None:
    """Wake with a token that Step Functions answers so. Moto knows no stale token."""
    client: Any = boto3.client("stepfunctions", "eu-west-1", **KEYS)
    with Stubber(client) as stubber:
        said = {"taskToken": "token", "error": "Woken", "cause": "the ledger has news"}
        if code:
            stubber.add_client_error("send_task_failure", code, expected_params=said)
        else:
            stubber.add_response("send_task_failure", {}, said)
        StepFunctions(client, "arn").wake("token")
        stubber.assert_no_pending_responses()


def failed(cause: str, ask: Callable[[StepFunctions], Any]) -> Any:
    """What is answered of an execution that failed. Moto forgets the cause."""
    client: Any = boto3.client("stepfunctions", "eu-west-1", **KEYS)
    machine = "arn:aws:states:eu-west-1:123456789012:stateMachine:penstock-Release"
    shown = {
        "executionArn": f"{PREFIX}found-1",
        "stateMachineArn": machine,
        "status": "FAILED",
        "startDate": datetime(2026, 3, 2, tzinfo=UTC),
        "cause": cause,
    }
    with Stubber(client) as stubber:
        asked = {"executionArn": f"{PREFIX}found-1"}
        stubber.add_response("describe_execution", shown, asked)
        return ask(StepFunctions(client, machine))


def test_an_execution_that_failed_says_why() -> None:
    said = failed("a step kept failing", lambda machine: machine.cause(f"{PREFIX}found-1"))
    assert said == "a step kept failing"


@pytest.mark.parametrize(
    ("cause", "died"),
    [
        (failure(Ending(ending="refused", reason="no policy")), False),
        (failure(Ending(ending="needs_a_person", reason=GAVE_UP[1])), True),
        ("The function returned an error", True),
        ("[]", True),
        ("", True),
    ],
)
def test_an_execution_that_failed_without_an_ending_died(cause: Failure | str, died: bool) -> None:
    text = cause.cause if isinstance(cause, Failure) else cause
    assert failed(text, lambda machine: machine.died("found-1")) is died


@pytest.mark.parametrize("code", [None, "TaskTimedOut", "TaskDoesNotExist"])
def test_a_wake_up_that_comes_too_late_is_fine(code: str | None) -> None:
    waking(code)


def test_a_review_is_asked_for_and_not_awaited() -> None:
    """The handler takes the event of a package without updated fields for a registration."""
    client: Any = boto3.client("lambda", "eu-west-1", **KEYS)
    arn = "arn:aws:sagemaker:eu-west-1:123456789012:model-package/churn/7"
    event = {
        "source": "penstock",
        "detail-type": "SageMaker Model Package State Change",
        "detail": {"ModelPackageArn": arn},
    }
    with Stubber(client) as stubber:
        said = {"FunctionName": "review", "InvocationType": "Event", "Payload": json.dumps(event)}
        stubber.add_response("invoke", {"StatusCode": 202}, said)
        ReviewFunction(client, "review").ask(arn)
        stubber.assert_no_pending_responses()


@pytest.mark.parametrize("name", ["place_due", "group_due"])
def test_a_reconciliation_is_asked_for_and_not_awaited(name: str) -> None:
    client: Any = boto3.client("lambda", "eu-west-1", **KEYS)
    event = json.loads((EVENTS / f"{name}.json").read_text())
    with Stubber(client) as stubber:
        said = {"FunctionName": "rec", "InvocationType": "Event", "Payload": json.dumps(event)}
        stubber.add_response("invoke", {"StatusCode": 202}, said)
        function = ReconcileFunction(client, "rec")
        function.place(Key("churn")) if name == "place_due" else function.group("churn")
        stubber.assert_no_pending_responses()


def test_a_reconciliation_that_lambda_does_not_take_is_unavailable() -> None:
    client: Any = boto3.client("lambda", "eu-west-1", **KEYS)
    with Stubber(client) as stubber:
        stubber.add_client_error("invoke", "TooManyRequestsException", "Rate Exceeded.", 429)
        with pytest.raises(Unavailable):
            ReconcileFunction(client, "rec").group("churn")


REVIEWED: dict[str, Any] = {
    "source": "penstock",
    "detail-type": "SageMaker Model Package State Change",
    "detail": {"ModelPackageArn": "arn:aws:sagemaker:eu-west-1:123456789012:model-package/churn/7"},
}


@pytest.mark.parametrize(
    ("failed", "raised", "said"),
    [
        (None, None, ""),
        ({"errorType": "Unavailable", "errorMessage": "Rate exceeded"}, Unavailable, "Rate"),
        ({"errorType": "Sandbox.Timedout", "errorMessage": "RequestId"}, Unavailable, "time limit"),
        ({"errorMessage": "Task timed out after 60.00 seconds"}, Unavailable, "review"),
        ({"errorType": "Damaged", "errorMessage": "the gate was edited"}, Refused, "was edited"),
        ({"errorType": "KeyError", "errorMessage": "{'a'}"}, Refused, r"error \(KeyError\)"),
    ],
)
def test_a_review_that_is_waited_for_says_when_and_how_it_failed(
    failed: dict[str, str] | None, raised: type[Exception] | None, said: str
) -> None:
    client: Any = boto3.client("lambda", "eu-west-1", **KEYS)
    asked = {
        "FunctionName": "review",
        "InvocationType": "RequestResponse",
        "Payload": json.dumps(REVIEWED),
    }
    body = json.dumps(failed).encode()
    answer: dict[str, Any] = {
        "StatusCode": 200,
        "Payload": StreamingBody(io.BytesIO(body), len(body)),
    }
    if failed:
        answer["FunctionError"] = "Unhandled"
    with Stubber(client) as stubber:
        stubber.add_response("invoke", answer, asked)
        function, arn = ReviewFunction(client, "review"), REVIEWED["detail"]["ModelPackageArn"]
        with pytest.raises(raised, match=said) if raised else nullcontext():
            function.review(arn)
        stubber.assert_no_pending_responses()
