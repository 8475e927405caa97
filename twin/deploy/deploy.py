"""Deploys a template into the local AWS, as CloudFormation does.

Nothing is skipped silently. An unsupported resource type or function stops the deployment, and the
census lists every property without effect.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import ClientError

from twin.core.account import ACCOUNT, REGION
from twin.deploy.parameters import ParameterError
from twin.deploy.resources import Client, Context
from twin.deploy.stack_operation import CREATORS, Operation, remove
from twin.deploy.stack_resolver import Resolver
from twin.deploy.stack_state import Present
from twin.deploy.template import BUCKET, DeployError, Template, digest, read_template

# What a resource may have beside its properties.
_ATTRIBUTES = {
    "Condition",
    "DeletionPolicy",
    "DependsOn",
    "Metadata",
    "Properties",
    "Type",
    "UpdateReplacePolicy",
}
_POLICIES = {
    "DeletionPolicy": ("Delete", "Retain", "RetainExceptOnCreate"),
    "UpdateReplacePolicy": ("Delete", "Retain"),
}
"""Snapshot is for types that the twin does not have."""
Code = dict[str, tuple[Path, tuple[Path, ...]]]


@dataclass(frozen=True)
class Deployment:
    """The result of a deployment."""

    outputs: Mapping[str, str]
    resources: Mapping[str, str]
    """Maps logical ids to physical ids (the values of Ref)."""
    census: list[str]
    """The parts of the template that have no effect in the twin."""
    code: Code
    """Maps a function's name, or `name:version`, to its folder and those of its layers."""
    lingering: list[str]
    """Physical ids of retained resources, which no stack owns any more."""


def deploy(
    template: Path,
    parameters: Mapping[str, str],
    stack: str = "penstock",
    client: Callable[[str], Client] | None = None,
    tags: Mapping[str, str] | None = None,
) -> Deployment:
    """Create every resource of the template, each after the ones that it refers to.

    Every resource that can have tags gets `tags`.

    Raises:
        DeployError: the deployment failed and was rolled back. The message has the logical id.
    """
    return Stack(stack, client, tags).deploy(template, parameters)


class Stack:
    """A stack from its first deployment to its deletion."""

    def __init__(
        self,
        name: str = "penstock",
        client: Callable[[str], Client] | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        self._context = Context(name, ACCOUNT, REGION, client or _clients(), {}, tags or {})
        self._present: dict[str, Present] = {}
        self._deployments = 0
        self._lingering: list[str] = []

    def deploy(self, template: Path, parameters: Mapping[str, str]) -> Deployment:
        """Create the stack, or update it to another template or other parameters.

        Raises:
            DeployError: it failed and was rolled back. The message has the logical id.
        """
        read = _read(template, parameters)
        self._upload(read)
        operation = Operation(self._context, self._present, self._deployments)
        self._deployments += 1
        try:
            outputs = Resolver(read, self._context.stack, operation.settle).run()
        except DeployError as error:
            error.made = operation.made
            self._lingering += operation.roll_back()
            raise
        self._lingering += operation.clean_up()
        self._present = operation.present
        return self._deployment(outputs)

    def delete(self) -> None:
        """Delete the stack, except the resources that its policies retain.

        Raises:
            DeployError: AWS refuses to delete a resource. It stays, with the ones that it needs.
        """
        left = dict(self._present)
        for logical_id, present in reversed(self._present.items()):
            try:
                if present.on_deletion == "Delete":
                    remove(self._context, present)
            except ClientError as error:
                self._present = left
                raise DeployError(f"{logical_id} cannot be deleted: {error}") from error
            del left[logical_id]
        self._present = {}

    def _upload(self, template: Template) -> None:
        """Upload a placeholder for each artefact, because Lambda requires code in S3.

        Changed content must become a new version.
        """
        self._check_artefacts()
        self._context.artefacts |= template.artefacts
        storage = self._context.client("s3")
        if not self._deployments:
            configuration = {"LocationConstraint": REGION}
            storage.create_bucket(Bucket=BUCKET, CreateBucketConfiguration=configuration)
        for key in template.artefacts:
            storage.put_object(Bucket=BUCKET, Key=key, Body=key.encode())

    def _check_artefacts(self) -> None:
        """Refuse edited folders: uploads cannot change on AWS, but the twin reads them in place."""
        for key, folder in self._context.artefacts.items():
            if not key.endswith(digest(folder)):
                raise DeployError(f"{folder} was deployed and then edited: deploy another folder")

    def _deployment(self, outputs: Mapping[str, str]) -> Deployment:
        return Deployment(
            outputs=outputs,
            resources={name: p.created.physical_id for name, p in self._present.items()},
            census=self._context.census,
            code=self._context.code,
            lingering=list(self._lingering),
        )


def _clients() -> Callable[[str], Client]:
    session: Any = boto3.session.Session(region_name=REGION)
    return cache(session.client)


def _read(template: Path, parameters: Mapping[str, str]) -> Template:
    try:
        read = read_template(template, parameters)
    except ParameterError as error:
        raise DeployError(str(error)) from error
    for logical_id, resource in read.resources.items():
        _refuse_what_is_unsupported(logical_id, resource)
    return read


def _refuse_what_is_unsupported(logical_id: str, resource: Mapping[str, Any]) -> None:
    kind = resource["Type"]
    if kind not in CREATORS:
        raise DeployError(f"{logical_id}: the twin has no resource type {kind}")
    unknown = sorted(set(resource) - _ATTRIBUTES)
    if unknown:
        raise DeployError(f"{logical_id}: no support for the attribute {unknown[0]}")
    for attribute, known in _POLICIES.items():
        if resource.get(attribute, "Delete") not in known:
            raise DeployError(f"{logical_id}: no support for {attribute} {resource[attribute]}")
