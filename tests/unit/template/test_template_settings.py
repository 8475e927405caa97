"""What the parameters of the stack say reaches the code by one document, and by nothing frozen."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from penstock.domain.policy.settings import Settings, parse_settings
from tests.worlds.deployed import PSEUDO, functions, resources, source
from tests.worlds.settings import NAME, SETTINGS
from twin.deploy.intrinsics import Intrinsics
from twin.deploy.parameters import read_parameters

FOUR_KILOBYTES = 4096  # AWS: a value of the standard tier; the advanced tier holds twice that
CHANGED = {
    "PolicyPath": "/shop/policies",
    "ControlPath": "/shop/control",
    "LogLevel": "DEBUG",
    "EndpointNamePattern": "churn-*",
    "ServingRoleArns": "arn:aws:iam::123456789012:role/a,arn:aws:iam::*:role/b",
    "ReportBucketArns": "arn:aws:s3:::a,arn:aws:s3:::a/*",
    "GoldenBucketArns": "arn:aws:s3:::b,arn:aws:s3:::b/*",
    "CaptureBucketArns": "arn:aws:s3:::c,arn:aws:s3:::c/*",
    "KmsKeyArns": "arn:aws:kms:eu-west-1:123456789012:key/1",
}


def written(**parameters: str) -> str:
    """The document that a deployment with these parameters writes."""
    values = read_parameters(source()["Parameters"], parameters)
    value = resources()["SettingsParameter"]["Properties"]["Value"]
    resolver = Intrinsics({**PSEUDO, **values}, {}, source()["Conditions"], _none, _none)
    text: str = resolver.resolve(value)
    return text


def _none(*names: str) -> Any:
    raise AssertionError(f"{names} is no parameter")


def test_the_document_of_the_defaults_is_the_one_that_the_tests_use() -> None:
    assert json.loads(written()) == SETTINGS


def test_every_setting_is_a_parameter_of_the_template_and_is_written() -> None:
    names = {field.alias for field in Settings.model_fields.values()}
    assert names <= set(source()["Parameters"])
    assert names == set(json.loads(written())) == set(CHANGED)


@pytest.mark.parametrize("name", CHANGED)
def test_another_value_of_a_parameter_is_another_setting(name: str) -> None:
    before, after = (parse_settings(written(**p), NAME) for p in ({}, {name: CHANGED[name]}))
    (field,) = [n for n, f in Settings.model_fields.items() if f.alias == name]
    expected = getattr(after, field)
    assert expected != getattr(before, field)
    assert after == before.model_copy(update={field: expected})


def test_lists_of_arns_that_fill_a_parameter_of_cloudformation_still_fit() -> None:
    """CloudFormation takes 4,096 characters a parameter; what is beyond 8 KB SSM refuses."""
    arns = ",".join(f"arn:aws:iam::123456789012:role/serving-{n:03}" for n in range(85))
    assert len(arns) <= FOUR_KILOBYTES
    document = written(ServingRoleArns=arns)
    assert FOUR_KILOBYTES < len(document) < 2 * FOUR_KILOBYTES
    assert resources()["SettingsParameter"]["Properties"]["Tier"] == "Intelligent-Tiering"
    assert len(parse_settings(document, NAME).serving_roles) == 85


def test_no_environment_has_a_parameter_s_value() -> None:
    """A published version freezes its environment."""
    for name, function in functions().items():
        frozen = set(_named(function["Environment"])) & set(source()["Parameters"])
        assert (name, frozen) == (name, set())


def _named(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from (each for key, each in value.items() if key == "Ref")
    if isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _named(part)


def test_the_name_never_changes_because_versions_remember_it() -> None:
    assert resources()["SettingsParameter"]["Properties"]["Name"] == {
        "Fn::Sub": "/penstock/settings/${AWS::StackName}"
    }
