"""Resolves the properties of resources, and orders them by their dependencies."""

from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import ClientError, ParamValidationError

from twin.core.account import ACCOUNT, REGION
from twin.core.hooks import NotSupportedByTwin
from twin.deploy.intrinsics import NO_VALUE, IntrinsicError, Intrinsics
from twin.deploy.resources import Created
from twin.deploy.template import DeployError, Template
from twin.iam.managed_policies import UnknownManagedPolicy

Settle = Callable[[str, Mapping[str, Any], Mapping[str, Any]], Created]
"""Creates or updates a resource, given its logical id, template and resolved properties."""
_REFUSALS = (
    ClientError,
    IntrinsicError,
    KeyError,
    NotSupportedByTwin,
    ParamValidationError,
    UnknownManagedPolicy,
    ValueError,
)


class Resolver:
    """Resolves one template once."""

    def __init__(self, template: Template, stack: str, settle: Settle) -> None:
        self._template = template
        self._settle = settle
        self._settled: dict[str, Created] = {}
        self._under_way: list[str] = []
        self._intrinsics = Intrinsics(
            {**_pseudo_parameters(stack), **template.parameters},
            template.mappings,
            template.conditions,
            self._reference,
            self._attribute,
        )

    def run(self) -> dict[str, str]:
        """Settle every resource whose condition holds. Return the outputs.

        Raises:
            DeployError: a resource failed. The message has its logical id.
        """
        for logical_id in self._template.resources:
            if self._wanted(logical_id):
                self._ensure(logical_id)
        return self._outputs()

    def _wanted(self, logical_id: str) -> bool:
        condition = self._template.resources[logical_id].get("Condition")
        return condition is None or self._intrinsics.condition(condition)

    def _ensure(self, logical_id: str) -> Created:
        if logical_id not in self._settled:
            if logical_id in self._under_way:
                circle = " -> ".join([*self._under_way, logical_id])
                raise DeployError(f"circular dependency: {circle}")
            self._under_way.append(logical_id)
            self._settled[logical_id] = self._resolved(logical_id)
            self._under_way.pop()
        return self._settled[logical_id]

    def _resolved(self, logical_id: str) -> Created:
        resource = self._template.resources[logical_id]
        for dependency in _as_list(resource.get("DependsOn", [])):
            if self._wanted(dependency):
                self._ensure(dependency)
        try:
            properties = self._intrinsics.resolve(resource.get("Properties", {}))
            return self._settle(logical_id, resource, properties)
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
