"""What is deployed, as read from its sources: the template before and after SAM's transform."""

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from samtranslator.yaml_helper import yaml_parse

from twin.core.account import ACCOUNT, REGION
from twin.deploy.template import read_template

ROOT = Path(__file__).parents[2]
TEMPLATE = ROOT / "template.yaml"
MACHINE = ROOT / "statemachine" / "release.asl.json"
BY_EVENT = (
    "ReviewPackageFunction",
    "HaltReleaseFunction",
    "ReconcileFunction",
    "SweepFunction",
)
"""Functions that rules and the sweep call; the state machine calls the others."""
PSEUDO = {
    "AWS::AccountId": ACCOUNT,
    "AWS::Partition": "aws",
    "AWS::Region": REGION,
    "AWS::StackName": "penstock",
    "AWS::URLSuffix": "amazonaws.com",
}


@cache
def source() -> dict[str, Any]:
    """The template as written; short intrinsics in their long form."""
    read: dict[str, Any] = yaml_parse(TEMPLATE.read_text())
    return read


@cache
def resources() -> Mapping[str, Any]:
    """Every resource that CloudFormation is given, with every parameter at its default."""
    return transformed(TEMPLATE)


def transformed(template: Path) -> Mapping[str, Any]:
    """The resources of a template after the transform, which wants a region."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("AWS_DEFAULT_REGION", REGION)
        return read_template(template, {}).resources


def of_type(kind: str) -> dict[str, Any]:
    """Logical id -> properties of every resource of a type, transformed."""
    return {n: r.get("Properties", {}) for n, r in resources().items() if r["Type"] == kind}


def functions() -> dict[str, Any]:
    """Logical id -> properties of every function."""
    return of_type("AWS::Lambda::Function")


def statements() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every statement that gives a permission, with the role that it is for."""
    for name, role in of_type("AWS::IAM::Role").items():
        for policy in role.get("Policies", []):
            for statement in policy["PolicyDocument"]["Statement"]:
                # A conditional statement is absent unless there are keys.
                yield name, statement.get("Fn::If", [None, statement])[1]


def as_list(value: Any) -> list[Any]:
    """What IAM lets stand for a list of one."""
    return value if isinstance(value, list) else [value]


@cache
def machine() -> dict[str, Any]:
    """The state machine, substitutions still in it."""
    read: dict[str, Any] = json.loads(MACHINE.read_text())
    return read


def spelled(value: Any) -> Any:
    """Fill in pseudo parameters; any other intrinsic stays."""
    if isinstance(value, list):
        return [spelled(part) for part in value]
    if not isinstance(value, dict):
        return value
    if list(value) == ["Fn::Sub"]:
        return re.sub(r"\$\{(.+?)\}", lambda match: PSEUDO[match[1]], value["Fn::Sub"])
    return {key: spelled(part) for key, part in value.items()}


def pattern(rule: Mapping[str, Any]) -> Any:
    """A rule's event pattern; as JSON text in the template where it holds null."""
    written = spelled(rule["EventPattern"])
    return json.loads(written) if isinstance(written, str) else written
