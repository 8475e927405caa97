"""What each function may do, in groups: a new group of permissions is a function of its own.

A role is only ever as narrow as its function. Serving kinds that copy artefacts, move pointers, ask
models or run jobs bring functions that do just that; their permissions are not added to those of
whoever changes endpoints.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from tests.worlds.deployed import as_list, functions, statements

GROUPS: Mapping[str, tuple[str, ...]] = {
    "reads the ledger": ("dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query"),
    "writes the ledger": ("dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:BatchWriteItem"),
    "reads parameters": ("ssm:GetParameter", "ssm:GetParametersByPath"),
    "reads the registry": ("sagemaker:DescribeModelPackage", "sagemaker:ListModelPackages"),
    "decides on packages": ("sagemaker:UpdateModelPackage",),
    "sets stages": ("sagemaker:UpdateModelPackage ModelLifeCycle",),
    "reads reports": ("s3:GetObject", "s3:ListBucket"),
    "keeps evidence": ("s3:PutObject",),
    "reads evidence": ("s3:GetObject EvidenceBucket",),
    "looks at endpoints": (
        *("sagemaker:DescribeEndpoint", "sagemaker:DescribeEndpointConfig"),
        *("sagemaker:DescribeModel", "sagemaker:ListEndpoints", "sagemaker:ListTags"),
        "application-autoscaling:DescribeScalableTargets",
    ),
    "reads CloudWatch": ("cloudwatch:DescribeAlarms", "cloudwatch:GetMetricData"),
    "lists metrics": ("cloudwatch:ListMetrics",),
    "makes models": (
        *("sagemaker:CreateModel", "sagemaker:CreateEndpointConfig", "sagemaker:AddTags"),
        "iam:PassRole",
    ),
    "changes endpoints": (
        *("sagemaker:CreateEndpoint", "sagemaker:UpdateEndpoint", "sagemaker:DeleteEndpoint"),
        "sagemaker:UpdateEndpointWeightsAndCapacities",
        *("kms:CreateGrant", "kms:DescribeKey"),
    ),
    "deletes leftovers": ("sagemaker:DeleteEndpointConfig", "sagemaker:DeleteModel"),
    "makes alarms": (
        *("cloudwatch:PutMetricAlarm", "cloudwatch:DeleteAlarms", "cloudwatch:TagResource"),
    ),
    "pulls brakes": ("cloudwatch:PutMetricData",),
    "holds scale-in": (
        "application-autoscaling:RegisterScalableTarget",
        "application-autoscaling:DeregisterScalableTarget",
    ),
    "wakes executions": ("states:DescribeExecution", "states:SendTaskFailure"),
    "starts executions": ("states:StartExecution",),
    "invokes functions": ("lambda:InvokeFunction",),
    "tells people": ("events:PutEvents", "sns:Publish"),
    "asks models": ("sagemaker:InvokeEndpoint", "sagemaker:InvokeEndpointAsync"),
    "moves pointers": ("ssm:PutParameter",),
    "copies artefacts": ("s3:PutObject ModelsBucket", "s3:DeleteObject"),
    "runs jobs": ("sagemaker:CreateTransformJob", "sagemaker:StopTransformJob"),
}
"""Actions by what they are for. An action that two groups share names the bucket that it is on, or
the condition key that it has."""
FOR_ALL = ("kms:Decrypt", "kms:GenerateDataKey", "sqs:SendMessage")
"""Whoever uses what the stack encrypts, or fails, has these."""
ON_THEIR_OWN = ("asks models", "moves pointers", "copies artefacts", "runs jobs")
"""Groups that no function of endpoints may have."""
OF_ENDPOINTS = ("makes models", "changes endpoints", "deletes leftovers", "holds scale-in")

LEDGER = ("reads the ledger", "writes the ledger")
ACTS = (*LEDGER, "looks at endpoints", "changes endpoints", "tells people")
ACTS_FIRST = (*ACTS, "makes models", "makes alarms", "holds scale-in", "reads CloudWatch")
ADMITS = ("reads the ledger", "reads parameters", "reads the registry", "reads reports")

MAY: Mapping[str, tuple[str, ...]] = {
    "ReviewPackage": (
        *ADMITS,
        *("writes the ledger", "decides on packages", "keeps evidence", "tells people"),
    ),
    "ResolveRequest": (*ADMITS, "invokes functions", "tells people"),
    "ClaimEndpoint": (
        *(*LEDGER, "looks at endpoints", "reads CloudWatch", "wakes executions"),
        *("reads parameters", "keeps evidence", "tells people"),
    ),
    "PlanRelease": (
        *(*ADMITS, "writes the ledger", "looks at endpoints", "reads CloudWatch"),
        *("lists metrics", "keeps evidence", "sets stages", "tells people"),
    ),
    "StageCandidate": (*ACTS_FIRST, "reads parameters"),
    "ShiftTraffic": (*ACTS, "reads parameters"),
    "PromoteCandidate": (*ACTS_FIRST, "reads parameters"),
    "LookAtEndpoint": (*LEDGER, "looks at endpoints", "reads CloudWatch", "tells people"),
    "AskGolden": (*LEDGER, "asks models", "reads evidence", "tells people"),
    "WatchStage": LEDGER,
    "JudgeStage": (
        *(*LEDGER, "looks at endpoints", "reads CloudWatch", "keeps evidence"),
        *("reads parameters", "reads evidence", "reads reports", "tells people"),
    ),
    "RollBack": (*ACTS, "holds scale-in", "pulls brakes"),
    # Who resumes scale-in must be allowed to scale the endpoint itself, or AWS refuses it.
    "SettleRelease": (
        *(*ACTS, "deletes leftovers", "makes alarms", "holds scale-in"),
        *("reads CloudWatch", "sets stages"),
    ),
    "HaltRelease": (*LEDGER, "wakes executions", "invokes functions"),
    "Reconcile": (
        *(*LEDGER, "reads parameters", "reads the registry", "looks at endpoints"),
        *("reads CloudWatch", "wakes executions", "starts executions", "invokes functions"),
        *("sets stages", "tells people"),
    ),
    "Sweep": (*LEDGER, "reads parameters", "invokes functions"),
}
"""Function to the groups that it needs. A line grows only for the reason that its function grew."""


def spanned(function: str) -> set[str]:
    """The groups that a function's role has an action of."""
    return {
        _group(action, statement)
        for role, statement in statements()
        if role == f"{function}FunctionRole"
        for action in as_list(statement["Action"])
        if action not in FOR_ALL
    }


def _group(action: str, statement: Mapping[str, Any]) -> str:
    named_in = ("EvidenceBucket", "ModelsBucket", "ModelLifeCycle")
    bucket = next((b for b in named_in if b in str(statement)), "")
    named = [g for g, actions in GROUPS.items() if f"{action} {bucket}" in actions]
    return next(iter([*named, *(g for g, actions in GROUPS.items() if action in actions)]))


def _actions() -> Iterator[str]:
    of_functions = {f"{name}Role" for name in functions()}
    for role, statement in statements():
        if role in of_functions:
            yield from as_list(statement["Action"])


def crowded(groups: tuple[str, ...]) -> set[str]:
    """What a function that touches endpoints may not do beside it."""
    return set(groups) & set(ON_THEIR_OWN) if set(groups) & set(OF_ENDPOINTS) else set()


def test_every_action_is_of_one_group() -> None:
    known = [action for actions in GROUPS.values() for action in actions]
    assert len(known) == len(set(known))
    assert set(_actions()) - set(FOR_ALL) - set(known) == set()


def test_every_function_has_its_line() -> None:
    assert {f"{name}Function" for name in MAY} == set(functions())


@pytest.mark.parametrize("function", MAY)
def test_a_role_spans_the_groups_of_its_line_and_no_more(function: str) -> None:
    assert spanned(function) == set(MAY[function])


@pytest.mark.parametrize("function", MAY)
def test_who_touches_endpoints_does_nothing_that_is_a_function_of_its_own(function: str) -> None:
    assert crowded(MAY[function]) == set()


@pytest.mark.parametrize("group", ON_THEIR_OWN)
@pytest.mark.parametrize("function", ["StageCandidate", "PromoteCandidate", "SettleRelease"])
def test_a_permission_that_is_piled_onto_such_a_function_is_noticed(
    function: str, group: str
) -> None:
    assert crowded((*MAY[function], group)) == {group}
    assert crowded((*LEDGER, "tells people", group)) == set()


def test_only_who_reconciles_starts_executions_and_only_four_invoke_functions() -> None:
    having = {group: {f for f in MAY if group in MAY[f]} for group in GROUPS}
    assert having["starts executions"] == {"Reconcile"}
    assert having["invokes functions"] == {"ResolveRequest", "HaltRelease", "Reconcile", "Sweep"}
    assert having["asks models"] == {"AskGolden"}
    assert having["decides on packages"] == {"ReviewPackage"}
    assert having["sets stages"] == {"PlanRelease", "SettleRelease", "Reconcile"}
    assert having["deletes leftovers"] == {"SettleRelease"}
