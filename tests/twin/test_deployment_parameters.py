"""A wrong parameter stops the deployment of our template before anything is made, by its name."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from moto import mock_aws

from tests.twin.parameters import EVERYTHING, KEY, POLICY, ROLE
from tests.twin.stack_bench import MOTO, keys_of_operator, operator_client
from tests.worlds.sagemaker_bench import HandClock
from twin.core.hooks import hooked
from twin.deploy.deploy import Deployment, deploy
from twin.deploy.template import DeployError
from twin.eventbridge.events import Events
from twin.iam import keys

TEMPLATE = Path(__file__).parents[2] / "template.yaml"
ELSEWHERE = KEY.replace("eu-west-1", "eu-central-1")
CHINA = "arn:aws-cn:kms:cn-north-1:123456789012:key/1"


@pytest.fixture(autouse=True)
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    keys_of_operator(monkeypatch)
    with hooked() as hooks:
        Events(HandClock()).install(hooks)
        with mock_aws(config=MOTO):
            yield


def deployed(**parameters: str) -> Deployment:
    return deploy(TEMPLATE, parameters, client=operator_client)


def made() -> list[Any]:
    """Everything that there is of what would be kept, run or cost."""
    return [
        operator_client("dynamodb").list_tables()["TableNames"],
        [b["Name"] for b in operator_client("s3").list_buckets()["Buckets"]][1:],  # the code's
        operator_client("sns").list_topics()["Topics"],
        operator_client("sqs").list_queues().get("QueueUrls", []),
        operator_client("lambda").list_functions()["Functions"],
        operator_client("stepfunctions").list_state_machines()["stateMachines"],
        operator_client("events").list_rules()["Rules"],
        operator_client("logs").describe_log_groups()["logGroups"],
        operator_client("iam").list_roles()["Roles"],
    ]


NOTHING: list[Any] = [[]] * 9
WRONG = {
    "EncryptionKeyArn": ("churn", f"{KEY},{KEY}", KEY.replace("key/", "alias/"), ELSEWHERE, CHINA),
    "KmsKeyArns": ("1", KEY.replace("key/", "alias/"), f"{KEY},{ELSEWHERE}", CHINA, f"{KEY},"),
    "ReadKeyArns": ("*", ROLE, f"{ELSEWHERE},{KEY}", CHINA),
    "ServingRoleArns": (
        *("churn-serving", ROLE.replace("role", "user"), ROLE.replace("aws", "aws-cn")),
        *(ROLE.replace("123456789012", "210987654321"), f"{ROLE},{KEY}"),
    ),
    "GoldenBucketArns": ("models", "s3://models/*", KEY, "arn:aws-us-gov:s3:::models/*"),
    "CaptureBucketArns": ("models", "s3://models/*", KEY, "arn:aws-us-gov:s3:::models/*"),
    "ReportBucketArns": ("models", "s3://models/*", KEY, "arn:aws-us-gov:s3:::models/*"),
    "PermissionsBoundaryArn": (
        *("limits", ROLE, POLICY, POLICY.replace("aws", "aws-cn"), f"{POLICY},{POLICY}"),
    ),
    "RolePath": ("", "ml", "/ml", "/a b/"),
    "Architecture": ("", "arm", "ARM64"),
}


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, values in WRONG.items() for value in values]
)
def test_a_wrong_parameter_is_refused_by_name_and_nothing_is_made(name: str, value: str) -> None:
    with pytest.raises(DeployError, match=name) as refused:
        deployed(**{name: value})
    assert [made for made in refused.value.made if not made.endswith("Check")] == []
    assert made() == NOTHING


def test_a_key_that_does_not_exist_is_found_by_the_first_log_group() -> None:
    with pytest.raises(DeployError, match=f"FunctionLogGroup.*{KEY} does not exist"):
        deployed(EncryptionKeyArn=KEY)
    assert made() == NOTHING


def test_a_key_that_does_not_let_logs_in_is_found_by_the_first_log_group() -> None:
    key = keys.create("1")
    with pytest.raises(DeployError, match=r"FunctionLogGroup.* not allowed to be used with"):
        deployed(EncryptionKeyArn=key)
    assert made() == NOTHING


def test_right_parameters_pass() -> None:
    iam = operator_client("iam")
    iam.create_policy(PolicyName="limits", PolicyDocument=json.dumps(EVERYTHING))
    stack = deployed(
        KmsKeyArns=f"{KEY},arn:aws:kms:*:*:key/*",
        ReadKeyArns=KEY,
        ServingRoleArns=f"{ROLE},arn:aws:iam::*:role/*-serving",
        ReportBucketArns="arn:aws:s3:::models,arn:aws:s3:::models/*",
        PermissionsBoundaryArn=POLICY,
        RolePath="/ml/penstock/",
        Architecture="x86_64",
    )
    checks = {"KmsKeyArns", "ReadKeyArns", "ServingRoleArns", "ReportBucketArns"}
    assert {name for name in stack.resources if name.endswith("Check")} == {
        *(f"{name}Check" for name in checks),
        "PermissionsBoundaryArnCheck",
    }
    role = stack.resources["ReviewPackageFunctionRole"]
    assert iam.get_role(RoleName=role)["Role"]["Path"] == "/ml/penstock/"


def test_lists_that_make_a_role_too_large_for_iam_are_refused_as_iam_does() -> None:
    role, key = f"{ROLE}-{{:04}}", f"{KEY}{{:04}}"
    roles = ",".join(role.format(n) for n in range(70))
    many = ",".join(key.format(n) for n in range(70))
    with pytest.raises(DeployError, match="Maximum policy size of 10240 bytes exceeded for role"):
        deployed(ServingRoleArns=roles, KmsKeyArns=many)


TAGS = {"team": "ml", "cost-centre": "4711"}


def test_the_tags_of_the_stack_reach_everything_that_can_have_tags() -> None:
    stack = deploy(TEMPLATE, {}, client=operator_client, tags=TAGS)
    table = operator_client("dynamodb").describe_table(TableName=stack.resources["LedgerTable"])
    found = operator_client("dynamodb").list_tags_of_resource(
        ResourceArn=table["Table"]["TableArn"]
    )
    assert {tag["Key"]: tag["Value"] for tag in found["Tags"]} == TAGS
    role = operator_client("iam").list_role_tags(
        RoleName=stack.resources["ReleaseStateMachineStartRole"]
    )
    assert {tag["Key"]: tag["Value"] for tag in role["Tags"]} == TAGS
    settings = operator_client("ssm").list_tags_for_resource(
        ResourceType="Parameter", ResourceId=stack.resources["SettingsParameter"]
    )
    assert {tag["Key"]: tag["Value"] for tag in settings["TagList"]} == TAGS
