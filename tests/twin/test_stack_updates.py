"""A stack over its life: what an update changes in place, replaces, keeps and takes away."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.twin.small_bench import small
from tests.twin.stack_bench import operator_client
from tests.twin.stack_life import Account, alive
from twin.deploy.deploy import Stack
from twin.deploy.stack_changes import Change
from twin.deploy.template import DeployError

ROLE = """
Resources:
  Role:
    Type: AWS::IAM::Role
    UpdateReplacePolicy: KEPT
    Properties:
      Path: PATH
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement:
          - {Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: sts:AssumeRole}
"""
CODE = """
Parameters:
  Word: {Type: String, Default: one}
Resources:
  Worker:
    Type: AWS::Serverless::Function
    UpdateReplacePolicy: KEPT
    Properties:
      FunctionName: worker
      CodeUri: code
      Handler: app.handler
      Runtime: python3.13
      AutoPublishAlias: live
      VersionDescription: !Sub "${Layer}"
      Layers: [!Ref Layer]
      Environment: {Variables: {WORD: !Ref Word}}
  Layer:
    Type: AWS::Serverless::LayerVersion
    Properties: {ContentUri: layer}
"""


@pytest.fixture
def account(tmp_path: Path) -> Iterator[Account]:
    folder = tmp_path / "sources"
    for part in ("code", "layer/python"):
        (folder / part).mkdir(parents=True)
        (folder / part / "app.py").write_text("one")
    with alive():
        yield Account(Stack(client=operator_client), folder)


def queue(name: str, more: str = "") -> str:
    return f"  {name}: {{Type: AWS::SQS::Queue, Properties: {{QueueName: {name.lower()}}}{more}}}\n"


BROKEN = queue("Broken").replace("broken", "'?'")


def queues(account: Account) -> list[str]:
    found = account.client("sqs").list_queues().get("QueueUrls", [])
    return sorted(url.rsplit("/", 1)[-1] for url in found)


# ---- versions ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kept", "left"), [("Retain", ["1", "2"]), ("Delete", ["2"])], ids=["kept", "deleted"]
)
def test_a_version_of_another_description_is_replaced(
    account: Account, kept: str, left: list[str]
) -> None:
    template = CODE.replace("KEPT", kept)
    account.deploy(template)
    account.code("layer/python", "two")
    account.deploy(template)
    assert account.versions() == left
    alias = account.client("lambda").get_alias(FunctionName="worker", Name="live")
    assert alias["FunctionVersion"] == "2"


@pytest.mark.parametrize("kept", ["Retain", "Delete"])
def test_a_version_of_another_logical_id_keeps_the_one_before(account: Account, kept: str) -> None:
    """SAM's own way: its Versions are removed from the template, and have DeletionPolicy Retain."""
    template = CODE.replace("KEPT", kept)
    account.deploy(template)
    account.code("code", "two")
    account.deploy(template)
    account.code("code", "three")
    account.deploy(template)
    assert account.versions() == ["1", "2", "3"]


def test_a_version_is_what_it_was_when_it_was_published(account: Account) -> None:
    template = CODE.replace("KEPT", "Retain")
    before = account.deploy(template)
    folder, layers = before.code["worker:1"]
    account.code("layer/python", "two")
    after = account.deploy(template, Word="two")
    assert after.code["worker:1"] == (folder, layers) != after.code["worker:2"]
    client = account.client("lambda")
    words = [
        client.get_function_configuration(FunctionName="worker", Qualifier=version)["Environment"]
        for version in ("1", "2")
    ]
    assert words == [{"Variables": {"WORD": "one"}}, {"Variables": {"WORD": "two"}}]


def test_a_parameter_changes_the_function_and_publishes_nothing(account: Account) -> None:
    """SAM compares texts: `!Ref Word` is the same text whatever Word is."""
    template = CODE.replace("KEPT", "Retain")
    account.deploy(template)
    account.deploy(template, Word="two")
    assert account.versions() == ["1"]


def test_numbers_of_deleted_versions_are_not_used_again(account: Account) -> None:
    template = CODE.replace("KEPT", "Delete")
    account.deploy(template)
    for text in ("two", "three"):
        account.code("layer/python", text)
        account.deploy(template)
    assert account.versions() == ["3"]


def test_a_version_of_what_is_published_already_is_refused(account: Account) -> None:
    template = CODE.replace("KEPT", "Retain")
    account.deploy(template)
    again = template.replace('"${Layer}"', '"${Layer} again"')
    with pytest.raises(DeployError, match=r"A version for this Lambda function exists \( 1 \)"):
        account.deploy(again)


def test_a_version_that_an_alias_names_cannot_be_deleted(account: Account) -> None:
    account.deploy(CODE.replace("KEPT", "Retain"))
    with pytest.raises(ClientError, match="ResourceConflictException"):
        account.client("lambda").delete_function(FunctionName="worker", Qualifier="1")


def test_code_that_was_deployed_and_then_edited_is_refused(account: Account) -> None:
    account.deploy(CODE.replace("KEPT", "Retain"))
    (account.folder / "code" / "app.py").write_text("two")
    with pytest.raises(DeployError, match="was deployed and then edited"):
        account.deploy(CODE.replace("KEPT", "Retain"), Word="two")


# ---- replacement, removal, deletion --------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "old", "new", "replaces"),
    [
        ("AWS::IAM::Role", {"Path": "/"}, {"Path": "/a/"}, True),
        ("AWS::IAM::Role", {"Policies": []}, {"Policies": [{}]}, False),
        ("AWS::Lambda::Function", {"MemorySize": 1}, {"MemorySize": 2}, False),
        ("AWS::Lambda::Version", {"Description": "a"}, {"Description": "b"}, True),
        ("AWS::Lambda::Alias", {"FunctionVersion": "1"}, {"FunctionVersion": "2"}, False),
        ("AWS::Lambda::LayerVersion", {"Content": {"S3Key": "a"}}, {"Content": {}}, True),
        ("AWS::StepFunctions::StateMachine", {"RoleArn": "a"}, {"RoleArn": "b"}, False),
        ("AWS::StepFunctions::StateMachine", {"StateMachineType": "STANDARD"}, {}, True),
        ("AWS::SSM::Parameter", {"Value": "a"}, {"Value": "b"}, False),
        ("AWS::SSM::Parameter", {"Name": "a"}, {"Name": "b"}, True),
        ("AWS::DynamoDB::Table", {"SSESpecification": {}}, {}, False),
        ("AWS::Events::Rule", {"ScheduleExpression": "a"}, {"ScheduleExpression": "b"}, False),
    ],
)
def test_which_changes_replace_is_in_the_schema_of_the_type(
    kind: str, old: dict[str, Any], new: dict[str, Any], replaces: bool
) -> None:
    assert Change(kind, old, new).replaces is replaces


def role(path: str, kept: str = "Delete", name: str = "") -> str:
    named = f"RoleName: {name}\n      Path: {path}" if name else f"Path: {path}"
    return ROLE.replace("KEPT", kept).replace("Path: PATH", named)


@pytest.mark.parametrize(("kept", "paths"), [("Delete", ["/b/"]), ("Retain", ["/a/", "/b/"])])
def test_what_is_replaced_is_deleted_unless_its_policy_keeps_it(
    account: Account, kept: str, paths: list[str]
) -> None:
    before = account.deploy(role("/a/", kept)).resources["Role"]
    after = account.deploy(role("/b/", kept))
    assert after.resources["Role"] != before
    assert after.lingering == ([before] if kept == "Retain" else [])
    roles = account.client("iam").list_roles()["Roles"]
    assert sorted(role["Path"] for role in roles) == paths


def test_what_has_a_name_of_its_own_cannot_be_replaced(account: Account) -> None:
    account.deploy(role("/a/", name="mine"))
    with pytest.raises(DeployError, match="custom-named resource requires replacing"):
        account.deploy(role("/b/", name="mine"))


def test_a_resource_may_not_change_its_type(account: Account) -> None:
    account.deploy("Resources:\n" + queue("A"))
    with pytest.raises(DeployError, match="A: an update may not change its type"):
        account.deploy("Resources:\n  A: {Type: AWS::SNS::Topic}\n")


def test_what_the_template_has_no_more_goes_unless_its_policy_keeps_it(account: Account) -> None:
    kept = queue("B", ", DeletionPolicy: Retain") + queue(
        "C", ", DeletionPolicy: RetainExceptOnCreate"
    )
    account.deploy("Resources:\n" + queue("A") + kept + queue("D"))
    account.deploy("Resources:\n" + queue("D"))
    assert queues(account) == ["b", "c", "d"]
    account.stack.delete()
    assert queues(account) == ["b", "c"]


def test_a_first_deployment_that_fails_keeps_what_has_retain_alone(account: Account) -> None:
    made = queue("A") + queue("B", ", DeletionPolicy: Retain")
    made += queue("C", ", DeletionPolicy: RetainExceptOnCreate")
    with pytest.raises(DeployError, match="Broken"):
        account.deploy(f"Resources:\n{made}{BROKEN}")
    assert queues(account) == ["b"]


def test_an_update_that_fails_is_taken_back(account: Account) -> None:
    parameter = (
        "  Said: {Type: AWS::SSM::Parameter, Properties: {Name: /said, Type: String, Value: %s}}\n"
    )
    account.deploy("Resources:\n" + parameter % "one" + queue("A"))
    with pytest.raises(DeployError, match="Broken"):
        account.deploy("Resources:\n" + parameter % "two" + queue("B") + BROKEN)
    said = account.client("ssm").get_parameter(Name="/said")["Parameter"]["Value"]
    assert (said, queues(account)) == ("one", ["a"])
    account.deploy("Resources:\n" + parameter % "three")
    assert queues(account) == []


@pytest.mark.parametrize("name", ["UpdateReplacePolicy", "DeletionPolicy"])
def test_a_policy_that_nobody_knows_is_refused(account: Account, name: str) -> None:
    with pytest.raises(DeployError, match=f"no support for {name} Keep"):
        account.deploy("Resources:\n" + queue("A", f", {name}: Keep"))


def test_a_change_that_no_updater_takes_stops_the_update(account: Account) -> None:
    account.deploy("Resources:\n  A: {Type: AWS::SQS::Queue}\n")
    with pytest.raises(DeployError, match=r"a change of AWS::SQS::Queue\.Tags"):
        account.deploy("Resources:\n  A: {Type: AWS::SQS::Queue, Properties: {Tags: []}}\n")


def test_a_function_whose_role_is_gone_cannot_run() -> None:
    with small() as twin:
        stack, iam = twin.resources, twin.client("iam")
        name = stack["WorkerRole"]
        for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]:
            iam.delete_role_policy(RoleName=name, PolicyName=policy)
        for policy in iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]:
            iam.detach_role_policy(RoleName=name, PolicyArn=policy["PolicyArn"])
        iam.delete_role(RoleName=name)
        with pytest.raises(ClientError, match="cannot be assumed by Lambda"):
            twin.client("lambda").invoke(FunctionName=stack["Worker"], Payload=b"{}")
