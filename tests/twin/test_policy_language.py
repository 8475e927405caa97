"""What policy documents allow."""

from typing import Any

import pytest

from twin.core.hooks import NotSupportedByTwin
from twin.iam.policy_language import Request, check, decide

TABLE = "arn:aws:dynamodb:eu-west-1:123456789012:table/ledger"


def allow(**elements: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": "*", "Resource": "*", **elements}


def decision(*statements: dict[str, Any], **context: str) -> str:
    keys = {key.replace("_", ":"): (value,) for key, value in context.items()}
    request = Request("dynamodb:GetItem", TABLE, keys)
    return decide([{"Statement": list(statements)}], request)


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        pytest.param(allow(), "allowed", id="everything"),
        pytest.param(allow(Action="dynamodb:getitem"), "allowed", id="actions-ignore-case"),
        pytest.param(allow(Action=["dynamodb:Get*"]), "allowed", id="wildcard"),
        pytest.param(allow(Action="dynamodb:PutItem"), "not allowed", id="another-action"),
        pytest.param(allow(Resource=f"{TABLE}-2"), "not allowed", id="another-resource"),
        pytest.param(allow(Resource=TABLE.upper()), "not allowed", id="resources-have-case"),
        pytest.param(allow(Resource=f"{TABLE}/index/*"), "not allowed", id="the-index-is-another"),
        pytest.param(
            {"Effect": "Allow", "NotAction": "dynamodb:GetItem", "Resource": "*"},
            "not allowed",
            id="not-action",
        ),
        pytest.param(
            {"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::*"},
            "allowed",
            id="not-resource",
        ),
    ],
)
def test_one_statement(statement: dict[str, Any], expected: str) -> None:
    assert decision(statement) == expected


def test_a_deny_wins_over_every_allow() -> None:
    assert decision(allow(), {**allow(Resource=TABLE), "Effect": "Deny"}) == "denied"


def test_without_a_statement_nothing_is_allowed() -> None:
    assert decision() == "not allowed"


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        pytest.param({"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}, True, id="equal"),
        pytest.param({"StringEquals": {"aws:RequestedRegion": ["a", "eu-west-1"]}}, True, id="one"),
        pytest.param({"StringNotEquals": {"aws:RequestedRegion": "eu-west-1"}}, False, id="not"),
        pytest.param({"StringLike": {"aws:RequestedRegion": "eu-*"}}, True, id="like"),
        pytest.param({"StringEquals": {"iam:PassedToService": "x"}}, False, id="absent"),
        pytest.param({"StringNotEquals": {"iam:PassedToService": "x"}}, True, id="absent-not"),
        pytest.param(
            {"StringEqualsIfExists": {"iam:PassedToService": "x"}}, True, id="absent-if-exists"
        ),
        pytest.param({"Null": {"iam:PassedToService": "true"}}, True, id="null"),
        pytest.param({"Null": {"aws:RequestedRegion": "true"}}, False, id="not-null"),
        pytest.param({"Bool": {"aws:SecureTransport": False}}, False, id="bool"),
        pytest.param(
            {"ArnLike": {"aws:SourceArn": "arn:aws:events:*:123456789012:rule/*"}}, True, id="arn"
        ),
        pytest.param({"ArnLike": {"aws:SourceArn": "arn:aws:*:rule/*"}}, False, id="arn-by-part"),
        pytest.param(
            {"ForAllValues:StringEquals": {"aws:TagKeys": ["a"]}}, True, id="all-of-nothing"
        ),
        pytest.param(
            {"ForAnyValue:StringEquals": {"aws:TagKeys": ["a"]}}, False, id="any-of-nothing"
        ),
    ],
)
def test_one_condition(condition: dict[str, Any], expected: bool) -> None:
    found = decision(
        allow(Condition=condition),
        aws_requestedregion="eu-west-1",
        aws_securetransport="true",
        aws_sourcearn="arn:aws:events:eu-west-1:123456789012:rule/one",
    )
    assert (found == "allowed") is expected


def test_a_resource_policy_names_who_may_ask() -> None:
    statement = allow(Principal={"Service": "events.amazonaws.com"})
    for service, expected in (("events", "allowed"), ("sns", "not allowed")):
        who = {"Service": f"{service}.amazonaws.com"}
        assert decide([{"Statement": statement}], Request("a:B", "c", {}, who)) == expected


@pytest.mark.parametrize(
    "statement",
    [
        pytest.param(allow(Condition={"DateLessThan": {"aws:CurrentTime": "x"}}), id="operator"),
        pytest.param(allow(Condition={"StringLike": {"aws:UserAgent": "x"}}), id="key"),
        pytest.param(allow(Resource="arn:aws:s3:::b/${aws:username}"), id="variable"),
        pytest.param(allow(Effect="Maybe"), id="effect"),
        pytest.param(allow(Actions="*"), id="misspelt-element"),
    ],
)
def test_what_the_twin_would_judge_otherwise_is_refused(statement: dict[str, Any]) -> None:
    with pytest.raises(NotSupportedByTwin):
        check({"Statement": statement})
