"""The fixture stack deployed into moto, on a clock that tests turn by hand."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws
from moto.awslambda_simple.models import LambdaSimpleBackend

from tests.worlds.sagemaker_bench import HandClock
from twin.core.account import REGION
from twin.core.hooks import Hooks, hooked
from twin.deploy.deploy import Deployment, deploy
from twin.dynamodb import ledger_lock
from twin.eventbridge.events import Events
from twin.iam.permissions import Permissions

TEMPLATE = Path(__file__).parent / "fixtures" / "stack" / "template.yaml"
OPERATOR = "AKIAOPERATOR00000000"
PACKAGE = "arn:aws:sagemaker:eu-west-1:123456789012:model-package/churn/7"
MOTO: Any = {
    "lambda": {"use_docker": False},
    "core": {"mock_credentials": False},
    "iam": {"load_aws_managed_policies": False},
}


@dataclass
class Stack:
    """What tests reach for."""

    clock: HandClock
    events: Events
    permissions: Permissions
    deployment: Deployment
    invocations: list[tuple[str, Any]] = field(default_factory=list)
    """What functions were invoked with: (function, payload)."""

    def __post_init__(self) -> None:
        self.client = operator_client

    def physical(self, logical_id: str) -> str:
        return self.deployment.resources[logical_id]

    def client_of(self, logical_id: str, service: str) -> Any:
        """A client with the session keys of a role of the stack."""
        role = self.client("iam").get_role(RoleName=self.physical(logical_id))["Role"]["Arn"]
        session: Any = boto3.session.Session(*self.permissions.credentials_for(role))
        return session.client(service, region_name=REGION)

    def started(self) -> list[dict[str, Any]]:
        """The inputs of all executions of the stack's state machine."""
        machine = self.deployment.outputs["ReleaseStateMachineArn"]
        states = self.client("stepfunctions")
        found = states.list_executions(stateMachineArn=machine)["executions"]
        arns = [each["executionArn"] for each in found]
        return [json.loads(states.describe_execution(executionArn=arn)["input"]) for arn in arns]

    def messages(self, logical_id: str) -> list[dict[str, Any]]:
        """Receive everything in a queue."""
        answer = self.client("sqs").receive_message(
            QueueUrl=self.physical(logical_id),
            MaxNumberOfMessages=10,
            MessageAttributeNames=["All"],
        )
        messages: list[dict[str, Any]] = answer.get("Messages", [])
        return messages

    def package_event(self, status: str = "Approved", **detail: Any) -> None:
        """Let SageMaker say that a package changed."""
        said: Mapping[str, Any] = {
            "ModelPackageArn": PACKAGE,
            "ModelPackageStatus": "Completed",
            "ModelApprovalStatus": status,
            "LastModifiedTime": "2024-01-01T00:00:00Z",
            **detail,
        }
        self.events.emit("aws.sagemaker", "SageMaker Model Package State Change", said, [PACKAGE])


@cache
def operator_client(service: str) -> Any:
    """One client per service for all tests: reading the service models takes long."""
    session: Any = boto3.session.Session(OPERATOR, "secret", region_name=REGION)
    return session.client(service)


def keys_of_operator(patch: pytest.MonkeyPatch) -> None:
    for name, value in (
        ("AWS_ACCESS_KEY_ID", OPERATOR),
        ("AWS_SECRET_ACCESS_KEY", "secret"),
        ("AWS_DEFAULT_REGION", REGION),
    ):
        patch.setenv(name, value)


@contextmanager
def stack(
    parameters: Mapping[str, str] | None = None, template: Path = TEMPLATE
) -> Iterator[Stack]:
    """Deploy, with events, permissions (not yet enabled) and the ledger's lock in place."""
    clock = HandClock()
    permissions = Permissions(OPERATOR)
    events = Events(clock, permissions.credentials_for)
    invocations: list[tuple[str, Any]] = []
    with pytest.MonkeyPatch.context() as patch, hooked() as hooks:
        keys_of_operator(patch)
        events.install(hooks)
        permissions.install(hooks)
        ledger_lock.install(hooks)
        _record_invocations(hooks, invocations)
        with mock_aws(config=MOTO):
            deployment = deploy(template, parameters or {}, client=operator_client)
            yield Stack(clock, events, permissions, deployment, invocations)


def _record_invocations(hooks: Hooks, invocations: list[tuple[str, Any]]) -> None:
    def invoke(_: object, name: str, qualifier: Any, body: str, *headers: object) -> bytes:
        invocations.append((name.rsplit(":function:", maxsplit=1)[-1], json.loads(body)))
        return b""

    hooks.set(LambdaSimpleBackend, "invoke", invoke)


def refused(call: Any, **arguments: Any) -> str:
    """Return the error code with which a call is refused."""
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    return str(caught.value.response["Error"]["Code"])
