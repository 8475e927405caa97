"""Nothing that is deployed names a partition, and everything made lies in the stack's own."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from samtranslator.translator import arn_generator

from tests.worlds.deployed import PSEUDO, ROOT
from twin.deploy.intrinsics import NO_VALUE, Intrinsics
from twin.deploy.template import read_template

DEPLOYED = [
    ROOT / "template.yaml",
    ROOT / "samconfig.toml",
    *(ROOT / "statemachine").rglob("*.json"),
    *(ROOT / "functions").rglob("*.py"),
    *(ROOT / "layers").rglob("*.py"),
]
PLACES = {"aws": "eu-west-1", "aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1"}
PARAMETERS = {
    "EncryptionKeyArn": "arn:{partition}:kms:{region}:123456789012:key/1",
    "KmsKeyArns": "arn:{partition}:kms:{region}:123456789012:key/2",
    "ReadKeyArns": "arn:{partition}:kms:{region}:123456789012:key/3",
    "PermissionsBoundaryArn": "arn:{partition}:iam::123456789012:policy/limits",
}


def test_no_deployed_file_has_an_arn_of_one_partition() -> None:
    assert len(DEPLOYED) > 100
    named = {str(file.relative_to(ROOT)): _named(file.read_text()) for file in DEPLOYED}
    assert {file: found for file, found in named.items() if found} == {}


def _named(text: str) -> list[str]:
    """`aws[a-z-]*` of a pattern is no partition."""
    return re.findall(r"arn:aws(?:-cn|-us-gov|-iso\w*)?:", text)


@pytest.fixture
def fresh_transform() -> Iterator[None]:
    """SAM's transform remembers the region it first ran in."""
    remembered = vars(arn_generator)["_get_region_from_session"]
    remembered.cache_clear()
    yield
    remembered.cache_clear()


@pytest.mark.usefixtures("fresh_transform")
@pytest.mark.parametrize(("partition", "region"), PLACES.items())
def test_everything_made_lies_in_the_partition_of_the_stack(
    partition: str, region: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = set(arns(resolved(partition, region, monkeypatch)))
    assert len(found) > 25
    assert [arn for arn in found if not arn.startswith(f"arn:{partition}:")] == []


def resolved(partition: str, region: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The template's resources as CloudFormation resolves them there, references by name."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", region)
    given = {n: v.format(partition=partition, region=region) for n, v in PARAMETERS.items()}
    read = read_template(ROOT / "template.yaml", given)
    pseudo = {**PSEUDO, "AWS::Partition": partition, "AWS::Region": region}
    values = {**pseudo, "AWS::NoValue": NO_VALUE, **read.parameters}
    intrinsics = Intrinsics(values, {}, read.conditions, lambda n: n, lambda n, a: f"{n}.{a}")
    return {n: intrinsics.resolve(r.get("Properties", {})) for n, r in read.resources.items()}


def arns(value: Any) -> Iterator[str]:
    yield from re.findall(r'arn:[^"\\^(]+', json.dumps(value))
