"""Who may do what: one role a function, named actions, and a reason for every `*`."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.worlds.deployed import (
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


@pytest.mark.parametrize("function", ["HaltReleaseFunction", "ReconcileFunction", "SweepFunction"])
def test_those_who_watch_over_releases_cannot_change_an_endpoint(function: str) -> None:
    """A stage in the registry is no endpoint."""
    allowed = {
        a for role, s in statements() if role == f"{function}Role" for a in as_list(s["Action"])
    } - {"sagemaker:UpdateModelPackage"}
    writes = re.compile(r"sagemaker:(Create|Update|Delete|Add)")
    assert [action for action in allowed if writes.match(action)] == []


def test_only_the_review_decides_on_packages_and_others_may_write_their_stage() -> None:
    """AWS: with `Null` a condition key has to be absent from the request, or present."""
    writing = {r: s for r, s in statements() if "sagemaker:UpdateModelPackage" in s["Action"]}
    assert writing.pop("ReviewPackageFunctionRole").get("Condition") is None
    roles = ("PlanReleaseFunctionRole", "SettleReleaseFunctionRole", "ReconcileFunctionRole")
    assert set(writing) == {*roles}
    for statement in writing.values():
        assert statement["Condition"] == {
            "Null": {
                "sagemaker:ModelLifeCycle:stage": "false",
                "sagemaker:ModelApprovalStatus": "true",
            }
        }


def test_golden_requests_are_kept_by_the_plan_and_read_by_who_asks_them() -> None:
    """Who asks may read no other evidence, and invoke no endpoint beyond the stack's pattern."""
    asking = [s for role, s in statements() if role == "AskGoldenFunctionRole"]
    found = {
        action: spelled_loosely(s["Resource"])
        for s in asking
        for action in s["Action"]
        if action.startswith(("s3:", "sagemaker:"))
    }
    assert found == {
        "s3:GetObject": "${EvidenceBucket.Arn}/golden/*",
        "sagemaker:InvokeEndpoint": f"{IN_SAGEMAKER}:endpoint/${{EndpointNamePattern}}",
    }
    (keeping,) = [
        s
        for role, s in statements()
        if (role, s["Action"]) == ("PlanReleaseFunctionRole", ["s3:PutObject"])
    ]
    assert spelled_loosely(keeping["Resource"]) == "${EvidenceBucket.Arn}/golden/*"


def test_only_rehearsal_endpoints_are_deleted_but_on_the_way_back() -> None:
    """What goes back may delete a first release's endpoint. Nobody else deletes what serves."""
    rehearsal = f"{IN_SAGEMAKER}:endpoint/${{EndpointNamePattern}}-rehearsal-*"
    deleting = {
        role: spelled_loosely(s["Resource"])
        for role, s in statements()
        if "sagemaker:DeleteEndpoint" in s["Action"]
    }
    assert deleting == {
        "StageCandidateFunctionRole": rehearsal,
        "SettleReleaseFunctionRole": rehearsal,
        "RollBackFunctionRole": f"{IN_SAGEMAKER}:endpoint/${{EndpointNamePattern}}",
    }
    (creating,) = [
        s["Resource"]
        for role, s in statements()
        if role == "StageCandidateFunctionRole" and "sagemaker:CreateEndpoint" in s["Action"]
    ]
    assert [each["Fn::Sub"] for each in creating] == [
        rehearsal,
        f"{IN_SAGEMAKER}:endpoint-config/${{EndpointNamePattern}}-*",
    ]


def test_captured_answers_are_read_by_who_judges() -> None:
    reading = [
        (role, s["Resource"]["Fn::If"])
        for role, s in statements()
        if "CaptureBucketArns" in str(s["Resource"])
    ]
    ((role, (condition, given, default)),) = reading
    assert (role, condition) == ("JudgeStageFunctionRole", "HasCaptureBuckets")
    assert given == {"Ref": "CaptureBucketArns"}
    assert spelled(default) == ["arn:aws:s3:::sagemaker-*", "arn:aws:s3:::sagemaker-*/*"]


IN_SAGEMAKER = "arn:${AWS::Partition}:sagemaker:${AWS::Region}:${AWS::AccountId}"


def spelled_loosely(resource: dict[str, str]) -> str:
    """A resource as the template has it."""
    return resource["Fn::Sub"]


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


def test_who_decides_by_the_settings_reads_those_of_the_stack_and_of_no_other() -> None:
    """A halt and a rollback wait for no Parameter Store."""
    deciding = {"ReviewPackage", "ResolveRequest", "PlanRelease", "Reconcile", "Sweep"}
    assert reading("${SettingsParameter}") == deciding | GOING_FORWARD


def test_whoever_goes_forward_reads_the_freeze_and_nothing_else_that_people_control() -> None:
    assert reading("${ControlPath}/freeze") == GOING_FORWARD | {"Reconcile"}
    assert TEMPLATE.read_text().count("parameter${ControlPath}") == len(GOING_FORWARD) + 1


GOING_FORWARD = {
    *("ClaimEndpoint", "JudgeStage"),
    *("StageCandidate", "ShiftTraffic", "PromoteCandidate"),
}


def reading(parameter: str) -> set[str]:
    """The functions that may read this SSM parameter."""
    name = f"arn:${{AWS::Partition}}:ssm:${{AWS::Region}}:${{AWS::AccountId}}:parameter{parameter}"
    return {
        role.removesuffix("FunctionRole")
        for role, s in statements()
        if s["Action"] == ["ssm:GetParameter"] and s["Resource"] == {"Fn::Sub": name}
    }


# ---- keys, boundaries, paths ---------------------------------------------------------------------


def on_keys(parameter: str) -> dict[str, list[dict[str, Any]]]:
    """Role -> its statements on the keys of a parameter."""
    found: dict[str, list[dict[str, Any]]] = {}
    for role, statement in statements():
        if statement["Resource"] == {"Ref": parameter}:
            found.setdefault(role, []).append(statement)
    return found


def via(statement: dict[str, Any]) -> set[str]:
    """The services through which alone a key may be used."""
    named = as_list(statement["Condition"]["StringLike"]["kms:ViaService"])
    return {each["Fn::Sub"].removesuffix(".${AWS::Region}.*") for each in named}


@pytest.mark.parametrize("function", functions())
def test_a_function_may_use_the_stacks_key_through_the_services_that_it_uses(function: str) -> None:
    (statement,) = on_keys("EncryptionKeyArn")[f"{function}Role"]
    allowed = {a for r, s in statements() if r == f"{function}Role" for a in as_list(s["Action"])}
    used = {"dynamodb"}
    used |= {"sns"} if "sns:Publish" in allowed else set()
    used |= {"sqs"} if function in BY_EVENT else set()  # on-failure destinations
    kept = [s for r, s in statements() if r == f"{function}Role" and "EvidenceBucket" in str(s)]
    used |= {"s3"} if kept else set()
    assert via(statement) == used
    writes = {"kms:GenerateDataKey"} if used > {"dynamodb"} else set()
    assert set(statement["Action"]) == {"kms:Decrypt"} | writes


def test_whoever_reads_reports_or_policies_may_decrypt_them_and_nothing_else() -> None:
    found = on_keys("ReadKeyArns")
    readers = {
        role.removesuffix("FunctionRole"): via(statement)
        for role, (statement,) in found.items()
        if statement["Action"] == ["kms:Decrypt"]
    }
    assert readers == {
        "ReviewPackage": {"s3", "ssm"},
        "ResolveRequest": {"s3", "ssm"},
        "PlanRelease": {"s3", "ssm"},
        "JudgeStage": {"s3"},
        "Reconcile": {"ssm"},
        "Sweep": {"ssm"},
    }


def test_whoever_updates_an_endpoint_may_give_sagemaker_a_grant_on_its_key() -> None:
    updating = {r for r, s in statements() if "sagemaker:UpdateEndpoint" in as_list(s["Action"])}
    found = on_keys("KmsKeyArns")
    assert set(found) == updating
    for granting, describing in found.values():
        assert granting["Action"] == ["kms:CreateGrant"]
        assert granting["Condition"]["Bool"] == {"kms:GrantIsForAWSResource": "true"}
        assert describing["Action"] == ["kms:DescribeKey"]
        assert via(granting) == via(describing) == {"sagemaker"}


def test_every_role_has_the_boundary_and_the_path() -> None:
    roles = of_type("AWS::IAM::Role")
    assert len(roles) == len(functions()) + 3
    for name, role in roles.items():
        assert (name, role["Path"]) == (name, {"Ref": "RolePath"})
        given = role["PermissionsBoundary"]
        assert given.get("Fn::If", [None, given])[1] == {"Ref": "PermissionsBoundaryArn"}


def test_everything_waits_for_the_checks_of_the_parameters() -> None:
    """What does not depend on the first log group would be made before a check has failed."""
    waiting = {name: reached(name, set()) for name in resources()}
    first = {n for n in waiting if n.endswith("Check")} | {"ParametersChecked", "FunctionLogGroup"}
    assert [n for n in waiting if n not in first and "FunctionLogGroup" not in waiting[n]] == []
    checks = {name for name in first if name.endswith("Check")}
    assert len(checks) == 8
    assert waiting["FunctionLogGroup"] == {"ParametersChecked", *checks}


def reached(name: str, seen: set[str]) -> set[str]:
    """Everything that a resource is created after."""
    resource = resources()[name]
    attribute = as_list(resource.get("DependsOn", []))
    for other in {*attribute, *_references(resource.get("Properties"))} & set(resources()):
        if other not in seen:
            seen.add(other)
            reached(other, seen)
    return seen


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        yield from (name for part in value for name in _references(part))
    if isinstance(value, dict):
        for key, part in value.items():
            if key == "Ref":
                yield part
            elif key == "Fn::GetAtt":
                yield as_list(part)[0].split(".")[0]
            elif key == "Fn::Sub":
                text = part if isinstance(part, str) else part[0]
                yield from (n.split(".")[0] for n in re.findall(r"\$\{([A-Za-z0-9.]+)\}", text))
            yield from _references(part)


def test_roles_stay_below_iams_limit_with_room_for_lists() -> None:
    """IAM: 10,240 characters of inline policies a role, blanks not counted."""
    sizes = {
        name: sum(len(json.dumps(p["PolicyDocument"]).replace(" ", "")) for p in role["Policies"])
        for name, role in of_type("AWS::IAM::Role").items()
        if "Policies" in role
    }
    assert max(sizes.values()) < 10_240 * 3 / 4, sizes
