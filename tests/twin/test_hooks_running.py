"""The private places that functions and state machines patch, and stock moto's gaps there."""

import inspect
import os

import boto3
import botocore.client
import botocore.session
from awslambdaric import bootstrap
from moto.awslambda import responses as lambda_responses
from moto.awslambda import utils as lambda_utils
from moto.awslambda_simple import models as simple_models
from moto.stepfunctions import responses
from moto.stepfunctions.parser import models
from moto.stepfunctions.parser.asl.component.common.error_name import error_equals_decl
from moto.stepfunctions.parser.asl.component.state import state
from moto.stepfunctions.parser.asl.component.state.choice import state_choice
from moto.stepfunctions.parser.asl.component.state.choice.comparison import (
    comparison_variable,
    variable,
)
from moto.stepfunctions.parser.asl.component.state.choice.comparison.operator import (
    implementations,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task import (
    lambda_eval_utils,
    state_task_lambda,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import (
    state_task_service_aws_sdk,
    state_task_service_lambda,
)
from moto.stepfunctions.parser.asl.eval.callback.callback import CallbackEndpoint
from moto.stepfunctions.parser.asl.eval.event import event_manager
from moto.stepfunctions.parser.asl.utils import boto_client, json_path
from moto.stepfunctions.parser.backend import execution


def source(thing: object) -> str:
    return inspect.getsource(thing)  # type: ignore[arg-type]  # each is a module, class or function


def test_stock_lambda_runs_nothing_and_is_looked_up_at_each_call() -> None:
    assert "Simple Lambda happy path OK" in source(simple_models.LambdaSimpleBackend.invoke)
    assert "import lambda_simple_backends" in source(lambda_utils.get_backend)


def test_stock_lambda_loses_the_qualifier_of_an_event_invoke_config() -> None:
    put = lambda_responses.LambdaResponse.put_function_event_invoke_config
    assert "ualifier" not in source(put)


def test_handlers_can_be_given_their_own_environment_and_session() -> None:
    assert type(os.environ) is os._Environ  # noqa: SLF001  # the hook
    assert callable(boto3._get_default_session)  # noqa: SLF001  # the hook
    assert "_get_default_session()" in source(boto3.client)
    assert hasattr(botocore.client.BaseClient, "_make_api_call")
    assert callable(bootstrap._get_handler)  # noqa: SLF001  # the hook


def test_stock_botocore_reads_its_models_for_every_session() -> None:
    first, second = (botocore.session.create_loader() for _ in range(2))
    assert vars(first)["_cache"] is not vars(second)["_cache"]


def test_stock_machines_ignore_their_role() -> None:
    stock = source(boto_client.boto_client_for)
    assert 'aws_access_key_id="ak"' in stock
    assert "state_credentials.role_arn" not in stock
    assert vars(lambda_eval_utils)["boto_client_for"] is boto_client.boto_client_for


def test_stock_machines_name_errors_otherwise_than_aws() -> None:
    names = state_task_service_aws_sdk._SERVICE_ERROR_NAMES  # noqa: SLF001  # the hook
    assert set(names) == {"dynamodb", "sfn"}
    cause = state_task_service_lambda.StateTaskServiceLambda._error_cause_from_client_error  # noqa: SLF001  # the hook
    assert 'f"Lambda.{error_code}"' in source(cause)
    assert 'error = "Exception"' in source(state_task_lambda.StateTaskLambda._from_error)  # noqa: SLF001  # the hook


def test_stock_machines_catch_what_cannot_be_caught() -> None:
    equals = error_equals_decl.ErrorEqualsDecl._eval_body  # noqa: SLF001  # the hook
    assert "StatesRuntime" not in source(equals)


def test_stock_choices_swallow_absent_variables_and_misname_having_no_choice() -> None:
    assert "NoSuchVariable" in source(variable)
    assert "NoSuchVariable" not in source(comparison_variable)
    choice = state_choice.StateChoice._eval_state  # noqa: SLF001  # the hook
    assert 'RuntimeError("No branching option' in source(choice)
    assert "fnmatch" in source(implementations.string_operators)


def test_stock_executions_end_when_they_notice_and_tell_nobody() -> None:
    stock = source(execution)
    assert "events_backends" not in stock
    communication = execution.BaseExecutionWorkerCommunication
    assert "stop_date" in source(communication._reflect_execution_status)  # noqa: SLF001  # the hook
    assert "exec_worker.stop" in source(execution.Execution.stop)


def test_stock_start_dates_in_the_context_are_no_json() -> None:
    assert "start_time=self.start_date" in source(execution.Execution.get_start_execution_details)
    assert ".isoformat()" in source(state)


def test_stock_histories_grow_for_ever() -> None:
    assert "25" not in source(event_manager.EventManager)
    assert hasattr(event_manager.EventManager(), "_history_event_list")


def test_stock_step_functions_forgets_error_cause_name_and_closed_tokens() -> None:
    answer = responses.StepFunctionResponse
    assert '"error"' not in source(answer.stop_execution)
    assert "cause=" not in source(answer.send_task_failure)
    assert "TIMED_OUT" not in source(answer.describe_execution)
    start = models.StepFunctionsParserBackend.start_execution
    assert "exec_name = name  # TODO" in source(start)
    assert "is_over" not in source(CallbackEndpoint)


def test_stock_machines_parse_a_json_path_at_each_use() -> None:
    assert "input_expr = parse(path)" in source(json_path.extract_json)
    assert not hasattr(vars(json_path)["parse"], "cache_info")
