"""Errors of the Amazon States Language, corrected where moto differs from AWS."""

from typing import Any

from botocore.exceptions import ClientError
from moto.stepfunctions.parser.api import HistoryEventType
from moto.stepfunctions.parser.asl.component.common.error_name.error_equals_decl import (
    ErrorEqualsDecl,
)
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import (
    FailureEvent,
    FailureEventException,
)
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name import (
    StatesErrorName,
)
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name_type import (
    StatesErrorNameType,
)
from moto.stepfunctions.parser.asl.component.state.choice.comparison import (
    comparison_operator_type,
)
from moto.stepfunctions.parser.asl.component.state.choice.comparison.comparison_variable import (
    ComparisonVariable,
)
from moto.stepfunctions.parser.asl.component.state.choice.comparison.variable import NoSuchVariable
from moto.stepfunctions.parser.asl.component.state.choice.state_choice import StateChoice
from moto.stepfunctions.parser.asl.component.state.exec.execute_state import ExecutionState
from moto.stepfunctions.parser.asl.component.state.exec.state_task.lambda_eval_utils import (
    LambdaFunctionErrorException,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.state_task_lambda import (
    StateTaskLambda,
)

from twin.core.hooks import Hooks

# AWS: not even States.ALL catches or retries these (facts 5).
_TERMINAL = {
    StatesErrorNameType.StatesRuntime.to_name(),
    StatesErrorNameType.StatesStatesDataLimitExceeded.to_name(),
}
_IS_PRESENT = comparison_operator_type.ComparisonOperatorType.IsPresent
_NAMED_BY_MOTO = (TimeoutError, FailureEventException, ClientError, LambdaFunctionErrorException)


def install(hooks: Hooks) -> None:
    """Give errors AWS's names, and let Catch handle them as on AWS."""
    _catch_nothing_terminal(hooks)
    _name_trouble_in_lambda_tasks(hooks)
    _refuse_absent_variables(hooks)
    _name_unmatched_choices(hooks)


def _catch_nothing_terminal(hooks: Hooks) -> None:
    decl: Any = ErrorEqualsDecl
    evaluate = decl._eval_body  # noqa: SLF001  # no public place

    def eval_body(equals: Any, env: Any) -> None:
        if env.stack[-1] is not None and env.stack[-1].error_name in _TERMINAL:
            env.stack[-1] = False
        else:
            evaluate(equals, env)

    hooks.set(decl, "_eval_body", eval_body)


def _name_trouble_in_lambda_tasks(hooks: Hooks) -> None:
    """Rename errors of an absent path. moto names them "Exception", which everything catches."""
    task: Any = StateTaskLambda
    from_error = task._from_error  # noqa: SLF001  # no public place
    other: Any = ExecutionState._from_error  # noqa: SLF001  # no public place

    def named(state: Any, env: Any, ex: Exception) -> Any:
        known = isinstance(ex, _NAMED_BY_MOTO)
        return (from_error if known else other)(state, env, ex)

    hooks.set(task, "_from_error", named)


def _refuse_absent_variables(hooks: Hooks) -> None:
    """Fail on absent variables, except in IsPresent. moto treats the comparison as false."""
    comparison: Any = ComparisonVariable
    evaluate = comparison._eval_body  # noqa: SLF001  # no public place

    def eval_body(rule: Any, env: Any) -> None:
        if rule.comparison_function.operator_type != _IS_PRESENT:
            rule.variable.eval(env)
            value = env.stack.pop()
            if isinstance(value, NoSuchVariable):
                name = StatesErrorNameType.StatesRuntime
                path = value.path.partition(",")[0]
                text = f"Invalid path '{path}': The choice state's condition path references an "
                raise _failure(env, name, f"{text}invalid value.")
        evaluate(rule, env)

    hooks.set(comparison, "_eval_body", eval_body)


def _name_unmatched_choices(hooks: Hooks) -> None:
    choice: Any = StateChoice
    evaluate = choice._eval_state  # noqa: SLF001  # no public place

    def eval_state(state: Any, env: Any) -> None:
        try:
            evaluate(state, env)
        except RuntimeError as error:
            if "No branching option" not in str(error):
                raise
            name = StatesErrorNameType.StatesNoChoiceMatched
            raise _failure(env, name, f"No choice of {state.name!r} matched.") from error

    hooks.set(choice, "_eval_state", eval_state)


def _failure(env: Any, name: StatesErrorNameType, cause: str) -> FailureEventException:
    details: Any = {"taskFailedEventDetails": {"error": name.to_name(), "cause": cause}}
    return FailureEventException(
        FailureEvent(
            env=env,
            error_name=StatesErrorName(typ=name),
            event_type=HistoryEventType.TaskFailed,
            event_details=details,
        )
    )
