"""Deploys a template into the local AWS: what CloudFormation does, minus what moto lacks.

Nothing is skipped: an unsupported resource type or function stops the deployment, and a property
without effect is listed in the census.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import ClientError, ParamValidationError

from twin.account import ACCOUNT, REGION
from twin.hooks import NotSupportedByTwin
from twin.intrinsics import NO_VALUE, IntrinsicError, Intrinsics
from twin.managed_policies import UnknownManagedPolicy
from twin.parameters import ParameterError
from twin.resources import Client, Context, Created, Properties, create
from twin.resources_control import CREATORS as _CONTROL
from twin.resources_lambda import CREATORS as _LAMBDA
from twin.resources_storage import CREATORS as _STORAGE
from twin.template import BUCKET, DeployError, Template, read_template

# What a resource may have beside its properties. Retention has no effect: nothing is deleted.
_ATTRIBUTES = {
    "Condition",
    "DeletionPolicy",
    "DependsOn",
    "Metadata",
    "Properties",
    "Type",
    "UpdateReplacePolicy",
}
_REFUSALS = (
    ClientError,
    IntrinsicError,
    KeyError,
    NotSupportedByTwin,
    ParamValidationError,
    UnknownManagedPolicy,
    ValueError,
)


@dataclass(frozen=True)
class Deployment:
    """What a deployment made."""

    outputs: Mapping[str, str]
    resources: Mapping[str, str]
    """Logical id -> physical id (what Ref answers)."""
    census: list[str]
    """What of the template has no effect in the twin."""
    code: Mapping[str, tuple[Path, tuple[Path, ...]]]
    """Function name -> its folder and the folders of its layers."""


def deploy(
    template: Path,
    parameters: Mapping[str, str],
    stack: str = "penstock",
    client: Callable[[str], Client] | None = None,
    tags: Mapping[str, str] | None = None,
) -> Deployment:
    """Create every resource of the template, each after what it refers to.

    `tags` go to every resource that can have tags. Raises DeployError naming the logical id, and
    leaves what exists by then, as there is no way on.
    """
    try:
        read = read_template(template, parameters)
    except ParameterError as error:
        raise DeployError(str(error)) from error
    return _Deployer(read, stack, client or _clients(), tags or {}).run()


def _clients() -> Callable[[str], Client]:
    session: Any = boto3.session.Session(region_name=REGION)
    return cache(session.client)


class _Deployer:
    def __init__(
        self,
        template: Template,
        stack: str,
        client: Callable[[str], Client],
        tags: Mapping[str, str],
    ) -> None:
        self._template = template
        self._context = Context(stack, ACCOUNT, REGION, client, template.artefacts, tags)
        self._creators = {**_LAMBDA, **_STORAGE, **_CONTROL}
        self._created: dict[str, Created] = {}
        self._under_way: list[str] = []
        self._intrinsics = Intrinsics(
            {**_pseudo_parameters(stack), **template.parameters},
            template.mappings,
            template.conditions,
            self._reference,
            self._attribute,
        )

    def run(self) -> Deployment:
        self._refuse_what_is_unsupported()
        self._upload()
        for logical_id in self._template.resources:
            if self._wanted(logical_id):
                self._ensure(logical_id)
        return Deployment(
            outputs=self._outputs(),
            resources={name: made.physical_id for name, made in self._created.items()},
            census=self._context.census,
            code=self._context.code,
        )

    def _refuse_what_is_unsupported(self) -> None:
        for logical_id, resource in self._template.resources.items():
            kind = resource["Type"]
            if kind not in self._creators:
                raise DeployError(f"{logical_id}: the twin has no resource type {kind}")
            unknown = sorted(set(resource) - _ATTRIBUTES)
            if unknown:
                raise DeployError(f"{logical_id}: no support for the attribute {unknown[0]}")

    def _upload(self) -> None:
        """Upload stand-ins: Lambda wants code in S3, and other content must be another version."""
        storage = self._context.client("s3")
        configuration = {"LocationConstraint": REGION}
        storage.create_bucket(Bucket=BUCKET, CreateBucketConfiguration=configuration)
        for key in self._template.artefacts:
            storage.put_object(Bucket=BUCKET, Key=key, Body=key.encode())

    def _wanted(self, logical_id: str) -> bool:
        condition = self._template.resources[logical_id].get("Condition")
        return condition is None or self._intrinsics.condition(condition)

    def _ensure(self, logical_id: str) -> Created:
        if logical_id not in self._created:
            if logical_id in self._under_way:
                circle = " -> ".join([*self._under_way, logical_id])
                raise DeployError(f"circular dependency: {circle}")
            self._under_way.append(logical_id)
            self._created[logical_id] = self._create(logical_id)
            self._under_way.pop()
        return self._created[logical_id]

    def _create(self, logical_id: str) -> Created:
        resource = self._template.resources[logical_id]
        for dependency in _as_list(resource.get("DependsOn", [])):
            if self._wanted(dependency):
                self._ensure(dependency)
        try:
            values = self._intrinsics.resolve(resource.get("Properties", {}))
            self._context.logical_id, self._context.kind = logical_id, resource["Type"]
            return create(self._creators[resource["Type"]], self._context, Properties(values))
        except _REFUSALS as error:
            raise DeployError(f"{logical_id} ({resource['Type']}): {error}") from error

    def _reference(self, name: str) -> str:
        return self._existing(name).physical_id

    def _attribute(self, name: str, attribute: str) -> str:
        attributes = self._existing(name).attributes
        if attribute not in attributes:
            raise IntrinsicError(f"{name} has no attribute {attribute}")
        return attributes[attribute]

    def _existing(self, name: str) -> Created:
        if name not in self._template.resources:
            raise IntrinsicError(f"there is no resource or parameter {name}")
        if not self._wanted(name):
            raise IntrinsicError(f"{name} does not exist: its condition is false")
        return self._ensure(name)

    def _outputs(self) -> dict[str, str]:
        outputs = {}
        for name, output in self._template.outputs.items():
            if "Condition" in output and not self._intrinsics.condition(output["Condition"]):
                continue
            try:
                value = self._intrinsics.resolve(output["Value"])
            except IntrinsicError as error:
                raise DeployError(f"output {name}: {error}") from error
            outputs[name] = str(value)
        return outputs


def _pseudo_parameters(stack: str) -> dict[str, Any]:
    return {
        "AWS::AccountId": ACCOUNT,
        "AWS::NoValue": NO_VALUE,
        "AWS::Partition": "aws",
        "AWS::Region": REGION,
        "AWS::StackId": f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/{stack}/twin",
        "AWS::StackName": stack,
        "AWS::URLSuffix": "amazonaws.com",
    }


def _as_list(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)
