"""Executions of the state machine, and the review function, started by name."""

import json
from collections.abc import Mapping
from typing import Any

from penstock.adapters.failures import translated
from penstock.domain.errors import Exists, Missing, Refused, Unavailable
from penstock.domain.execution.endings import says_an_ending
from penstock.domain.execution.mishap import error_type, mishap, passes


class StepFunctions:
    """The release state machine."""

    def __init__(self, stepfunctions: Any, state_machine_arn: str) -> None:
        self._stepfunctions = stepfunctions
        self._state_machine_arn = state_machine_arn

    def running(self, arn: str) -> bool:
        """Whether the execution runs. An unknown one does not."""
        return bool(self._shown(arn).get("status") == "RUNNING")

    def cause(self, arn: str) -> str:
        """The cause of a failed execution. Empty if it did not fail, gave no cause or is
        unknown.
        """
        return str(self._shown(arn).get("cause") or "")

    def died(self, name: str) -> bool:
        """Whether the execution of this name failed without writing an ending."""
        machine = self._state_machine_arn.replace(":stateMachine:", ":execution:")
        shown = self._shown(f"{machine}:{name}")
        over = shown.get("status") in {"FAILED", "TIMED_OUT", "ABORTED"}
        return over and not says_an_ending(str(shown.get("cause") or ""))

    def _shown(self, arn: str) -> Mapping[str, Any]:
        try:
            with translated():
                shown: Mapping[str, Any] = self._stepfunctions.describe_execution(executionArn=arn)
        except Missing:
            return {}
        return shown

    def start(self, name: str, document: Mapping[str, Any]) -> None:
        """Start an execution. A used name starts nothing (facts 5)."""
        try:
            with translated():
                self._stepfunctions.start_execution(
                    stateMachineArn=self._state_machine_arn, name=name, input=json.dumps(document)
                )
        except Exists:
            return

    def wake(self, token: str) -> None:
        """Fail the waiting task. A stale token is a wake-up that came too late, and is ignored."""
        try:
            with translated():
                self._stepfunctions.send_task_failure(
                    taskToken=token, error="Woken", cause="the ledger has news"
                )
        except Missing:
            return


class ReviewFunction:
    """The review function, invoked with the event that was lost."""

    def __init__(self, functions: Any, name: str) -> None:
        self._functions = functions
        self._name = name

    def ask(self, arn: str) -> None:
        """Request a review of one package and do not wait."""
        self._invoke(arn, "Event")

    def review(self, arn: str) -> None:
        """Request a review of one package and wait for it.

        Raises:
            Unavailable: A transient failure, or the function was killed. Another try may succeed.
            Refused: It failed permanently.
        """
        answer = self._invoke(arn, "RequestResponse")
        if "FunctionError" not in answer:
            return
        cause = answer["Payload"].read().decode(errors="replace")
        error = {"Error": error_type(cause), "Cause": cause}
        kind = Unavailable if passes(error["Error"]) else Refused
        raise kind(f"the review of {arn} failed: {mishap(error)}")

    def _invoke(self, arn: str, how: str) -> Mapping[str, Any]:
        event = {
            "source": "penstock",
            "detail-type": "SageMaker Model Package State Change",
            "detail": {"ModelPackageArn": arn},
        }
        with translated():
            answer: Mapping[str, Any] = self._functions.invoke(
                FunctionName=self._name, InvocationType=how, Payload=json.dumps(event)
            )
        return answer
