"""Who may do what: one role a function, named actions, and a reason for every `*`."""

import re

import pytest

from tests.unit.deployed import (
    BY_EVENT,
    TEMPLATE,
    as_list,
    functions,
    of_type,
    resources,
    spelled,
    statements,
)


def test_every_function_has_a_role_of_its_own() -> None:
    roles = {name: f["Role"] for name, f in functions().items()}
    assert roles == {name: {"Fn::GetAtt": [f"{name}Role", "Arn"]} for name in functions()}


def test_roles_have_no_managed_policies_but_logs_and_traces() -> None:
    managed = {
        arn.rsplit("/", 1)[-1]
        for role in of_type("AWS::IAM::Role").values()
        for arn in role.get("ManagedPolicyArns", [])
    }
    assert managed == {"AWSLambdaBasicExecutionRole", "AWSXrayWriteOnlyAccess"}


def test_no_statement_allows_an_action_by_a_wildcard() -> None:
    actions = [(role, a) for role, s in statements() for a in as_list(s["Action"])]
    assert len(actions) > 50
    assert [(role, action) for role, action in actions if "*" in action] == []


def test_the_only_action_with_a_wildcard_is_the_denial_of_requests_without_tls() -> None:
    written = re.findall(r"Action:.*\*.*|^ *- \w+:.*\*$", TEMPLATE.read_text(), re.MULTILINE)
    assert written == ["Action: s3:*"]
    (statement,) = resources()["EvidenceBucketPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    assert (statement["Effect"], statement["Action"]) == ("Deny", "s3:*")


def test_no_statement_uses_what_is_not_named() -> None:
    for _role, statement in statements():
        assert statement["Effect"] == "Allow"
        assert set(statement) <= {"Effect", "Action", "Resource", "Condition"}


def test_only_stage_and_promote_may_pass_a_role_and_only_to_sagemaker() -> None:
    passing = {role: s for role, s in statements() if "iam:PassRole" in as_list(s["Action"])}
    assert set(passing) == {"StageCandidateFunctionRole", "PromoteCandidateFunctionRole"}
    for statement in passing.values():
        given, default = statement["Resource"]["Fn::If"][1:]
        assert given == {"Ref": "ServingRoleArns"}
        assert spelled(default) == [
            "arn:aws:iam::123456789012:role/service-role/AmazonSageMaker-*",
            "arn:aws:iam::123456789012:role/*-serving",
        ]
        to = statement["Condition"]["StringEquals"]["iam:PassedToService"]
        assert set(spelled(to)) == {"sagemaker.amazonaws.com"}


@pytest.mark.parametrize("function", ["HaltReleaseFunction", "ReconcileFunction"])
def test_those_who_watch_over_releases_cannot_change_an_endpoint(function: str) -> None:
    allowed = {
        a for role, s in statements() if role == f"{function}Role" for a in as_list(s["Action"])
    }
    writes = re.compile(r"sagemaker:(Create|Update|Delete|Add)")
    assert [action for action in allowed if writes.match(action)] == []


STATEMENT = re.compile(r"- Effect: Allow\n(?:(?!- Effect).)*?Resource: \"\*\"", re.DOTALL)


def test_a_statement_on_every_resource_says_which_api_forces_it() -> None:
    written = STATEMENT.findall(TEMPLATE.read_text())
    assert len(written) == sum("*" in as_list(s["Resource"]) for _role, s in statements())
    for statement in written:
        apis = re.findall(r"\w+:(\w+)", statement.split("#")[0])
        comments = " ".join(re.findall(r"# (.*)", statement))
        assert any(api in comments for api in apis), statement


def test_the_state_machine_may_call_those_functions_and_no_others() -> None:
    (invoking,) = [
        s
        for role, s in statements()
        if role == "ReleaseStateMachineRole" and s["Action"] == ["lambda:InvokeFunction"]
    ]
    named = {each["Fn::Sub"] for each in invoking["Resource"]}
    assert named == {f"${{{name}.Arn}}:*" for name in set(functions()) - set(BY_EVENT)}


def test_every_function_reads_the_settings_of_the_stack_and_of_no_other() -> None:
    name = (
        "arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameter${SettingsParameter}"
    )
    reading = {
        role
        for role, s in statements()
        if s["Action"] == ["ssm:GetParameter"] and s["Resource"] == {"Fn::Sub": name}
    }
    assert reading == {f"{function}Role" for function in functions()}
