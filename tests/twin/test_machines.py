"""State machines: what our definition uses, run as AWS runs it."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto.stepfunctions.parser.api import ExecutionStatus

from tests.twin.running_bench import FUNCTION, Bench, bench
from twin.core.hooks import NotSupportedByTwin

FAIL = {"Type": "Fail", "ErrorPath": "$.failure.Error", "CausePath": "$.failure.Cause"}
SUCCEED = {"Type": "Succeed"}


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with bench(tmp_path_factory.mktemp("code")) as made:
        yield made


@pytest.fixture
def aws(account: Bench) -> Bench:
    account.said.clear()
    return account


def task(**more: Any) -> dict[str, Any]:
    """A task that calls the function directly and ends the machine."""
    end = {} if "Next" in more else {"End": True}
    return {"Type": "Task", "Resource": FUNCTION, "TimeoutSeconds": 60, **end, **more}


def catching(error: str, **parameters: Any) -> dict[str, Any]:
    catch = {"ErrorEquals": [error], "ResultPath": "$.failure", "Next": "Failed"}
    return {"Do": task(Parameters=parameters, Catch=[catch]), "Failed": FAIL}


def test_a_function_gets_the_parameters_and_its_answer_becomes_the_output(aws: Bench) -> None:
    ended = aws.run({"Do": task(Parameters={"do": "echo", "n.$": "$.n"})}, {"n": 7})
    assert (ended["status"], json.loads(ended["output"])) == ("SUCCEEDED", {"do": "echo", "n": 7})


def test_an_hour_of_polling_is_quick_and_takes_an_hour(aws: Bench) -> None:
    states = {
        "Wait": {"Type": "Wait", "SecondsPath": "$.wait", "Next": "Look"},
        "Look": task(Parameters={"do": "echo"}, ResultPath=None, Next="Count"),
        "Count": {
            "Type": "Pass",
            "Parameters": {"wait.$": "$.wait", "n.$": "States.MathAdd($.n, 1)"},
            "Next": "Enough?",
        },
        "Enough?": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.n", "NumericLessThan": 60, "Next": "Wait"}],
            "Default": "Done",
        },
        "Done": SUCCEED,
    }
    ended = aws.run(states, {"wait": 60, "n": 0}, look_every=30)
    assert ended["status"] == "SUCCEEDED"
    assert (ended["stopDate"] - ended["startDate"]).total_seconds() == 3600


def test_the_context_object_tells_about_the_execution(aws: Bench) -> None:
    names = {"name": "Name", "id": "Id", "start": "StartTime", "input": "Input"}
    given = {f"{key}.$": f"$$.Execution.{name}" for key, name in names.items()}
    states = {"Look": {"Type": "Pass", "Parameters": given, "End": True}}
    ended = aws.run(states, {"a": 1})
    seen = json.loads(ended["output"])
    assert (seen["id"], seen["name"]) == (ended["executionArn"], ended["name"])
    assert seen["input"] == {"a": 1}
    assert seen["start"].startswith("2026-09-21T")
    assert seen["start"].endswith("Z")


def test_an_exception_is_caught_by_its_class_name(aws: Bench) -> None:
    ended = aws.run(catching("ValueError", do="fail", because="so"))
    assert (ended["status"], ended["error"]) == ("FAILED", "ValueError")
    assert json.loads(ended["cause"])["errorMessage"] == "so"


@pytest.mark.parametrize("error", ["States.TaskFailed", "States.ALL"])
def test_an_exception_is_caught_by_the_general_names(aws: Bench, error: str) -> None:
    assert aws.run(catching(error, do="fail"))["error"] == "ValueError"


def test_a_function_that_timed_out_is_caught_as_a_time_out_of_the_sandbox(aws: Bench) -> None:
    assert (
        aws.run(catching("Sandbox.Timedout", do="sleep", seconds=50))["error"] == "Sandbox.Timedout"
    )


def test_a_task_that_takes_too_long_is_caught_as_a_time_out(aws: Bench) -> None:
    states = catching("States.Timeout", do="sleep", seconds=15)
    states["Do"]["TimeoutSeconds"] = 10
    states["Failed"] = SUCCEED
    ended = aws.run(states)
    assert json.loads(ended["output"])["failure"]["Error"] == "States.Timeout"
    assert (ended["stopDate"] - ended["startDate"]).total_seconds() == 10


def test_a_time_out_is_no_failed_task(aws: Bench) -> None:
    states = catching("States.TaskFailed", do="sleep", seconds=15)
    states["Do"]["TimeoutSeconds"] = 10
    assert aws.run(states)["error"] == "States.Timeout"


def test_retries_wait_longer_and_longer(aws: Bench) -> None:
    retry = {
        "ErrorEquals": ["ValueError"],
        "IntervalSeconds": 30,
        "MaxAttempts": 3,
        "BackoffRate": 2,
    }
    ended = aws.run({"Do": task(Parameters={"do": "fail"}, Retry=[retry])})
    assert (ended["stopDate"] - ended["startDate"]).total_seconds() == 210
    assert aws.history(ended["executionArn"]).count("LambdaFunctionFailed") == 4


def test_throttled_functions_are_caught_by_lambdas_name(aws: Bench) -> None:
    client = aws.client("lambda")
    client.put_function_concurrency(FunctionName="work", ReservedConcurrentExecutions=0)
    ended = aws.run(catching("Lambda.TooManyRequestsException", do="echo"))
    client.delete_function_concurrency(FunctionName="work")
    assert ended["error"] == "Lambda.TooManyRequestsException"


def test_errors_of_the_aws_sdk_have_the_names_of_aws(aws: Bench) -> None:
    resource = "arn:aws:states:::aws-sdk:sagemaker:describeEndpoint"
    states = catching("SageMaker.SageMakerException")
    states["Do"] |= {"Resource": resource, "Parameters": {"EndpointName": "absent"}}
    assert aws.run(states)["error"] == "SageMaker.SageMakerException"


@pytest.mark.parametrize("error", ["States.ALL", "States.TaskFailed", "States.Runtime"])
@pytest.mark.parametrize("resource", [FUNCTION, "arn:aws:states:::aws-sdk:sts:getCallerIdentity"])
def test_a_path_to_nothing_cannot_be_caught(aws: Bench, error: str, resource: str) -> None:
    states = catching(error)
    states["Do"] |= {"Parameters": {"x.$": "$.absent"}, "Resource": resource}
    states["Failed"] = SUCCEED
    ended = aws.run(states)
    assert ended["error"] == "States.Runtime"
    assert "$.absent" in ended["cause"]


def test_a_catch_keeps_the_input(aws: Bench) -> None:
    states = {**catching("States.ALL", do="fail"), "Failed": SUCCEED}
    output = json.loads(aws.run(states, {"kept": 1})["output"])
    assert (output["kept"], output["failure"]["Error"]) == (1, "ValueError")


def choosing(**rule: Any) -> dict[str, Any]:
    return {"Choose": {"Type": "Choice", "Choices": [{**rule, "Next": "Yes"}]}, "Yes": SUCCEED}


def test_a_choice_on_an_absent_variable_fails(aws: Bench) -> None:
    states = choosing(Variable="$.absent", NumericEquals=1)
    assert aws.run(states)["error"] == "States.Runtime"


def test_a_choice_may_ask_for_presence_first(aws: Bench) -> None:
    present = {"Variable": "$.absent", "IsPresent": True}
    equal = {"Variable": "$.absent", "NumericEquals": 1}
    states = choosing(And=[present, equal])
    assert aws.run(states)["error"] == "States.NoChoiceMatched"
    assert aws.run(states, {"absent": 1})["status"] == "SUCCEEDED"


def test_a_machine_acts_as_its_role(aws: Bench) -> None:
    resource = "arn:aws:states:::aws-sdk:sts:getCallerIdentity"
    ended = aws.run({"Who": task(Resource=resource, Parameters={})})
    assert aws.keys_used[-1] == aws.role
    assert ended["status"] == "SUCCEEDED"


def test_every_end_is_announced(aws: Bench) -> None:
    aws.run({"Done": SUCCEED}, {"a": 1})
    aws.run({"Failed": {"Type": "Fail", "Error": "Refused", "Cause": "no"}})
    started, succeeded, _, failed = aws.said
    assert (started["status"], started["stopDate"], started["output"]) == ("RUNNING", None, None)
    assert started["input"] == '{"a": 1}'
    assert aws.clock.now() * 1000 - 60_000 < started["startDate"] <= succeeded["stopDate"]
    assert (succeeded["status"], succeeded["output"]) == ("SUCCEEDED", '{"a":1}')
    assert (failed["status"], failed["error"], failed["cause"]) == ("FAILED", "Refused", "no")


def test_large_inputs_are_left_out_of_the_announcement(aws: Bench) -> None:
    aws.run({"Done": SUCCEED}, {"a": "x" * 255_000})
    started, succeeded = aws.said
    assert "input" not in started
    assert started["inputDetails"] == {"included": False}
    assert (succeeded["output"], succeeded["outputDetails"]) == (None, {"included": False})


def test_stopping_ends_at_once_and_runs_no_catch(aws: Bench) -> None:
    states = catching("States.ALL", do="sleep", seconds=15)
    execution = aws.start(aws.machine(states))
    aws.clock.sleep(5)
    aws.client("stepfunctions").stop_execution(executionArn=execution, error="Me", cause="so")
    ended = aws.describe(execution)
    assert (ended["status"], ended["error"], ended["cause"]) == ("ABORTED", "Me", "so")
    assert (ended["stopDate"] - ended["startDate"]).total_seconds() == 5
    aws.clock.sleep(60)
    assert aws.describe(execution)["status"] == "ABORTED"
    assert aws.history(execution)[-1] == "ExecutionAborted"
    assert [said["status"] for said in aws.said] == ["RUNNING", "ABORTED"]


def test_a_machine_times_out_at_once_and_runs_no_catch(aws: Bench) -> None:
    states = catching("States.ALL", do="sleep", seconds=15)
    ended = aws.run(states, TimeoutSeconds=10)
    assert ended["status"] == "TIMED_OUT"
    assert (ended["stopDate"] - ended["startDate"]).total_seconds() == 10
    aws.clock.sleep(60)
    assert aws.history(ended["executionArn"])[-1] == "ExecutionTimedOut"
    assert [said["status"] for said in aws.said] == ["RUNNING", "TIMED_OUT"]


def test_executions_without_a_name_get_one_each(aws: Bench) -> None:
    machine = aws.machine({"Done": SUCCEED})
    assert aws.start(machine) != aws.start(machine)


def test_a_name_is_used_once_unless_the_same_execution_still_runs(aws: Bench) -> None:
    machine = aws.machine({"Wait": {"Type": "Wait", "Seconds": 60, "End": True}})
    first = aws.start(machine, {"a": 1}, name="release")
    assert aws.start(machine, {"a": 1}, name="release") == first
    aws.end_of(first)
    with pytest.raises(ClientError, match="ExecutionAlreadyExists"):
        aws.start(machine, {"a": 1}, name="release")


@pytest.mark.parametrize("name", ["a b", "a/b", "a:b", "x" * 81])
def test_illegal_names_are_refused(aws: Bench, name: str) -> None:
    with pytest.raises(ClientError, match="InvalidName"):
        aws.start(aws.machine({"Done": SUCCEED}), name=name)


def test_inputs_beyond_256_kilobytes_are_refused(aws: Bench) -> None:
    with pytest.raises(ClientError, match="ValidationException"):
        aws.start(aws.machine({"Done": SUCCEED}), {"a": "x" * 262_144})


def test_outputs_beyond_256_kilobytes_fail_and_cannot_be_caught(aws: Bench) -> None:
    states = catching("States.ALL", do="echo")
    states["Do"]["Parameters"] = {"do": "echo", "a.$": "$.a", "b.$": "$.a"}
    states["Failed"] = SUCCEED
    assert aws.run(states, {"a": "x" * 140_000})["error"] == "States.DataLimitExceeded"


def test_a_history_has_at_most_25_000_events(aws: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("twin.states.executions._MOST_EVENTS", 50)
    step = {"Type": "Pass", "Next": "Step"}
    ended = aws.run({"Step": step})
    assert (ended["status"], ended["error"]) == ("FAILED", "States.Runtime")
    assert "25000" in ended["cause"]
    assert len(aws.history(ended["executionArn"])) == 50


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        ({"QueryLanguage": "JSONata"}, "JSONata"),
        ({"HeartbeatSeconds": 5}, "HeartbeatSeconds"),
        ({"Resource": "arn:aws:states:::sagemaker:createTransformJob.sync"}, "sync"),
        ({"StringMatches": "a?"}, "StringMatches"),
        ({"Resource": "arn:aws:states:eu-west-1:123456789012:activity:a"}, "activity"),
    ],
)
def test_what_would_run_otherwise_than_on_aws_is_refused(
    aws: Bench, state: Mapping[str, Any], reason: str
) -> None:
    with pytest.raises(NotSupportedByTwin, match=reason):
        aws.machine({"Do": task(**state)})


def test_express_machines_are_refused(aws: Bench) -> None:
    definition = json.dumps({"StartAt": "Done", "States": {"Done": SUCCEED}})
    with pytest.raises(NotSupportedByTwin, match="Express"):
        aws.client("stepfunctions").create_state_machine(
            name="fast", roleArn=aws.role, definition=definition, type="EXPRESS"
        )


def test_an_execution_runs_from_the_moment_that_it_is_listed(aws: Bench) -> None:
    """Stock moto lists it a moment before it has a status; another thread may look just then."""
    execution = aws.start(aws.machine(catching("States.ALL", do="sleep", seconds=15)))
    (found,) = [each for each in aws.machines.executions() if each.exec_arn == execution]
    found.exec_status = None
    arn = found.state_machine_arn
    listed = aws.client("stepfunctions").list_executions(stateMachineArn=arn)["executions"]
    assert [each["status"] for each in listed] == ["RUNNING"]
    assert aws.describe(execution)["status"] == "RUNNING"
    found.exec_status = ExecutionStatus.RUNNING
    aws.end_of(execution)
