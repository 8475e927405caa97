"""Our template, deployed again with another value of each parameter: what is kept and published."""

import json
import re
from pathlib import Path

from tests.twin.parameters import EVERYTHING, KEY, POLICY, ROLE
from tests.twin.stack_bench import operator_client
from tests.twin.stack_life import alive
from tests.worlds.deployed import TEMPLATE, functions, source
from tests.worlds.redeployed import copied, longer
from twin.core.account import REGION
from twin.deploy.deploy import Deployment, Stack
from twin.iam import keys
from twin.iam.policy_language import check

CHANGED = {
    "PolicyPath": "/shop/policies",
    "NotificationEmail": "ops@example.com",
    "ControlPath": "/ml/control",
    "SweepMinutes": "1",
    "LogLevel": "DEBUG",
    "LogRetentionDays": "7",
    "EndpointNamePattern": "churn-*",
    "ServingRoleArns": ROLE,
    "ReportBucketArns": "arn:aws:s3:::models/*",
    "GoldenBucketArns": "arn:aws:s3:::golden/*",
    "CaptureBucketArns": "arn:aws:s3:::captured/*",
    "KmsKeyArns": KEY,
    "ReadKeyArns": KEY,
    "EncryptionKeyArn": KEY,
    "PermissionsBoundaryArn": POLICY,
    "RolePath": "/ml/",
    "Architecture": "x86_64",
}
PUBLISHING = {"RolePath", "Architecture"}
"""Parameters that change what Lambda freezes in a version: its role, its layers."""


def versions(deployment: Deployment) -> set[str]:
    client = operator_client("lambda")
    names = [deployment.resources[name] for name in functions()]
    found = [client.list_versions_by_function(FunctionName=name)["Versions"] for name in names]
    return {v["FunctionArn"] for each in found for v in each if v["Version"] != "$LATEST"}


def called(deployment: Deployment) -> set[str]:
    machine = deployment.outputs["ReleaseStateMachineArn"]
    described = operator_client("stepfunctions").describe_state_machine(stateMachineArn=machine)
    return set(re.findall(r"arn:aws:lambda:[^\"]+:\d+", described["definition"]))


def roles_of(versions: set[str]) -> set[str]:
    """The ARNs of the roles that these versions take on."""
    client = operator_client("lambda")
    return {client.get_function_configuration(FunctionName=arn)["Role"] for arn in versions}


def furnish() -> None:
    """A key and a boundary, as a company has them."""
    logs = {
        "Effect": "Allow",
        "Principal": {"Service": f"logs.{REGION}.amazonaws.com"},
        "Action": "kms:*",
        "Resource": "*",
    }
    key = {**keys.DELEGATED, "Statement": [*keys.DELEGATED["Statement"], logs]}
    check(key)
    keys.create("1", key)
    operator_client("iam").create_policy(PolicyName="limits", PolicyDocument=json.dumps(EVERYTHING))


def test_each_parameter_changes_what_it_is_for_and_deletes_no_version() -> None:
    with alive():
        furnish()
        stack, parameters = Stack(client=operator_client), dict[str, str]()
        deployed = stack.deploy(TEMPLATE, {})
        begun, published = called(deployed), set[str]()
        for name, value in CHANGED.items():
            known, before = versions(deployed), called(deployed)
            deployed = stack.deploy(TEMPLATE, parameters := parameters | {name: value})
            assert known <= versions(deployed), name
            if called(deployed) != before:
                assert called(deployed).isdisjoint(before), name
                published.add(name)
        assert published == PUBLISHING
        assert begun < versions(deployed)
        there = {role["Arn"] for role in operator_client("iam").list_roles()["Roles"]}
        assert roles_of(versions(deployed)) < there


def test_every_parameter_is_tried() -> None:
    assert set(CHANGED) == set(source()["Parameters"])


def test_a_changed_layer_publishes_all_and_a_changed_handler_its_own(tmp_path: Path) -> None:
    with alive():
        stack = Stack(client=operator_client)
        first = stack.deploy(TEMPLATE, {})
        begun, known = called(first), versions(first)
        shared = longer("layers/penstock/penstock/domain/ledger/gate.py")
        second = stack.deploy(copied(tmp_path / "second", shared), {})
        then, there = called(second), versions(second)
        assert then.isdisjoint(begun)
        assert len(there) == 2 * len(known)
        own = longer("functions/judge_stage/app.py")
        third = stack.deploy(copied(tmp_path / "third", shared, own), {})
        assert [arn.split(":")[-2] for arn in called(third) - then] == ["penstock-JudgeStage"]
        assert begun <= known < there < versions(third)
