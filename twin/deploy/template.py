"""Reads a SAM template as `sam package` and CloudFormation's SAM transform do."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from samtranslator.model.exceptions import InvalidDocumentException
from samtranslator.translator.managed_policy_translator import ManagedPolicyLoader
from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import intrinsics_multi_constructor

from twin.deploy.parameters import read_parameters

BUCKET = "twin-artefacts"
_SECTIONS = {
    "AWSTemplateFormatVersion",
    "Conditions",
    "Description",
    "Globals",
    "Mappings",
    "Metadata",
    "Outputs",
    "Parameters",
    "Resources",
    "Transform",
}
# The properties of SAM resource types with a local path that `sam package` would upload.
_LOCAL = {
    "AWS::Serverless::Function": "CodeUri",
    "AWS::Serverless::LayerVersion": "ContentUri",
    "AWS::Serverless::StateMachine": "DefinitionUri",
}
_FOLDERS_LEFT_OUT = {"__pycache__"}


class DeployError(Exception):
    """The template would not deploy on AWS, or it needs something that the twin lacks.

    `made` has the logical ids of the resources that were created and rolled back.
    """

    made: tuple[str, ...] = ()


@dataclass(frozen=True)
class Template:
    """A CloudFormation template after the SAM transform, with its parameters."""

    resources: Mapping[str, Any]
    outputs: Mapping[str, Any]
    conditions: Mapping[str, Any]
    mappings: Mapping[str, Any]
    parameters: Mapping[str, Any]
    artefacts: Mapping[str, Path] = field(default_factory=dict)
    """The uploads: maps a key in the artefact bucket to the file or folder to run."""


def read_template(path: Path, parameters: Mapping[str, str]) -> Template:
    """Read, check and transform a template. Its local paths are relative to the template."""
    source = _load(path)
    if where := next(_nulls(source), None):
        raise DeployError(f"{path.name}: 'null' values are not allowed in templates: {where}")
    unknown = sorted(set(source) - _SECTIONS)
    if unknown:
        raise DeployError(f"{path.name}: no support for the section {', '.join(unknown)}")
    values = read_parameters(source.get("Parameters", {}), parameters)
    artefacts = _package(source["Resources"], path.parent)
    transformed = _transform(source, values)
    return Template(
        resources=transformed["Resources"],
        outputs=transformed.get("Outputs", {}),
        conditions=transformed.get("Conditions", {}),
        mappings=transformed.get("Mappings", {}),
        parameters=values,
        artefacts=artefacts,
    )


def _nulls(part: Any, where: str = "") -> Iterator[str]:
    """Yield the places of null in a template, which CloudFormation refuses."""
    if part is None:
        yield where
    inside = (
        part.items()
        if isinstance(part, dict)
        else enumerate(part)
        if isinstance(part, list)
        else ()
    )
    for name, value in inside:
        yield from _nulls(value, f"{where}/{name}")


class _Loader(yaml.SafeLoader):
    """YAML as CloudFormation reads it: short intrinsics, dates as text, no duplicate keys."""

    yaml_implicit_resolvers = {  # noqa: RUF012  # the attribute PyYAML looks for
        first: [(tag, pattern) for tag, pattern in found if tag != "tag:yaml.org,2002:timestamp"]
        for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [key.value for key, _ in node.value]
        twice = sorted({key for key in keys if keys.count(key) > 1 and key != "<<"})
        if twice:
            raise DeployError(f"line {node.start_mark.line + 1}: duplicate key {twice[0]}")
        return super().construct_mapping(node, deep)


_Loader.add_multi_constructor("!", intrinsics_multi_constructor)


def _load(path: Path) -> dict[str, Any]:
    try:
        source = yaml.load(path.read_text(), Loader=_Loader)  # noqa: S506  # a SafeLoader
    except yaml.YAMLError as error:
        raise DeployError(f"{path.name} is not YAML: {error}") from error
    if not isinstance(source, dict) or "Resources" not in source:
        raise DeployError(f"{path.name} has no Resources")
    return source


def _package(resources: dict[str, Any], root: Path) -> dict[str, Path]:
    """Replace every local path by bucket and key, as `sam package` does."""
    artefacts = {}
    for logical_id, resource in resources.items():
        name = _LOCAL.get(resource["Type"])
        if name is None:
            continue
        properties = resource["Properties"]
        local = root / _local_path(logical_id, name, properties)
        runs = _what_runs(local, resource)
        key = f"{logical_id}-{digest(runs)}"
        artefacts[key] = runs
        properties[name] = {"Bucket": BUCKET, "Key": key}
    return artefacts


def _local_path(logical_id: str, name: str, properties: Mapping[str, Any]) -> str:
    value = properties.get(name)
    if not isinstance(value, str) or "://" in value:
        raise DeployError(f"{logical_id}: {name} must be a local path, not {value!r}")
    return value


def _what_runs(local: Path, resource: Mapping[str, Any]) -> Path:
    """Return the folder for the import path.

    `sam build` copies a layer with a BuildMethod into `python/`. A layer without one already has
    that folder.
    """
    if resource["Type"] != "AWS::Serverless::LayerVersion":
        return local.resolve()
    method = resource.get("Metadata", {}).get("BuildMethod")
    if method is None:
        return (local / "python").resolve()
    if not str(method).startswith("python3."):
        raise DeployError(f"layer {local.name}: no support for BuildMethod {method}")
    return local.resolve()


def digest(local: Path) -> str:
    """Digest the content of a file or folder. Changed content is a new version, as on AWS."""
    if not local.exists():
        raise DeployError(f"{local} does not exist")
    digest = hashlib.sha256()
    for file in _files(local):
        digest.update(str(file.relative_to(local.parent)).encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def _files(local: Path) -> list[Path]:
    if local.is_file():
        return [local]
    found = [file for file in local.rglob("*") if file.is_file()]
    return sorted(file for file in found if not _FOLDERS_LEFT_OUT.intersection(file.parts))


class _ManagedPolicies(ManagedPolicyLoader):  # type: ignore[misc]  # samtranslator has no types
    """Knows no short names of managed policies: the template has ARNs."""

    def __init__(self) -> None:
        super().__init__(iam_client=None)

    def load(self) -> dict[str, str]:
        return {}


def _transform(source: dict[str, Any], parameters: Mapping[str, Any]) -> dict[str, Any]:
    try:
        transformed: dict[str, Any] = transform(source, dict(parameters), _ManagedPolicies())
    except InvalidDocumentException as error:
        causes = "; ".join(cause.message for cause in error.causes)
        raise DeployError(f"the SAM transform refuses the template: {causes}") from error
    return transformed
