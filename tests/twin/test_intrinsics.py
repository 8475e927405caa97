"""CloudFormation's functions and parameters."""

from typing import Any

import pytest

from twin.deploy.intrinsics import NO_VALUE, IntrinsicError, Intrinsics
from twin.deploy.parameters import ParameterError, read_parameters

VALUES = {"Stage": "prod", "Names": ["a", "b"], "AWS::Region": "eu-west-1", "Count": 3}
CONDITIONS = {
    "IsProd": {"Fn::Equals": [{"Ref": "Stage"}, "prod"]},
    "IsTest": {"Fn::Not": [{"Condition": "IsProd"}]},
    "Both": {"Fn::And": [{"Condition": "IsProd"}, {"Condition": "IsTest"}]},
    "Either": {"Fn::Or": [{"Condition": "IsProd"}, {"Condition": "IsTest"}]},
}


@pytest.fixture
def template() -> Intrinsics:
    return Intrinsics(
        VALUES,
        {"Sizes": {"prod": {"memory": 512}}},
        CONDITIONS,
        lambda name: f"ref-{name}",
        lambda name, attribute: f"{attribute}-of-{name}",
    )


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param({"Ref": "Stage"}, "prod", id="parameter"),
        pytest.param({"Ref": "Table"}, "ref-Table", id="resource"),
        pytest.param({"Fn::GetAtt": ["Table", "Arn"]}, "Arn-of-Table", id="attribute"),
        pytest.param({"Fn::GetAtt": "Table.Stream.Arn"}, "Stream.Arn-of-Table", id="dotted"),
        pytest.param(
            {"Fn::Sub": "${AWS::Region}/${Table.Arn}"}, "eu-west-1/Arn-of-Table", id="sub"
        ),
        pytest.param({"Fn::Sub": "${!Literal} $.x $$.y"}, "${Literal} $.x $$.y", id="literal"),
        pytest.param({"Fn::Sub": ["${t}!", {"t": {"Ref": "Table"}}]}, "ref-Table!", id="sub-map"),
        pytest.param({"Fn::Sub": "${Count} minutes"}, "3 minutes", id="number-in-text"),
        pytest.param({"Fn::Join": [",", {"Ref": "Names"}]}, "a,b", id="join"),
        pytest.param({"Fn::Select": [1, {"Ref": "Names"}]}, "b", id="select"),
        pytest.param({"Fn::Split": [":", "x:y"]}, ["x", "y"], id="split"),
        pytest.param({"Fn::FindInMap": ["Sizes", {"Ref": "Stage"}, "memory"]}, 512, id="map"),
        pytest.param({"Fn::If": ["IsTest", 1, 2]}, 2, id="if"),
        pytest.param({"a": {"Fn::If": ["IsTest", 1, {"Ref": "AWS::NoValue"}]}}, {}, id="no-value"),
        pytest.param([1, {"Ref": "AWS::NoValue"}, 2], [1, 2], id="no-value-in-a-list"),
        pytest.param({"Fn::ToJsonString": {"a": {"Ref": "Stage"}}}, '{"a": "prod"}', id="json"),
        pytest.param({"Condition": {"Bool": {}}}, {"Condition": {"Bool": {}}}, id="iam-condition"),
    ],
)
def test_a_value_is_resolved(template: Intrinsics, value: Any, expected: Any) -> None:
    assert template.resolve(value) == expected


def test_only_the_branch_taken_is_looked_at(template: Intrinsics) -> None:
    assert template.resolve({"Fn::If": ["IsProd", 1, {"Fn::Cidr": []}]}) == 1


@pytest.mark.parametrize(
    ("name", "expected"), [("IsProd", True), ("IsTest", False), ("Both", False), ("Either", True)]
)
def test_conditions(template: Intrinsics, name: str, expected: bool) -> None:
    assert template.condition(name) is expected


@pytest.mark.parametrize(
    "value",
    [
        pytest.param({"Fn::Cidr": ["10.0.0.0/8", 1, 8]}, id="unknown-function"),
        pytest.param({"Fn::If": ["Nothing", 1, 2]}, id="unknown-condition"),
        pytest.param({"Fn::Sub": "${Names}"}, id="a-list-is-no-text"),
    ],
)
def test_what_is_unknown_is_refused(template: Intrinsics, value: Any) -> None:
    with pytest.raises(IntrinsicError):
        template.resolve(value)


def test_no_value_is_not_none() -> None:
    assert NO_VALUE is not None


@pytest.mark.parametrize(
    ("spec", "given", "expected"),
    [
        pytest.param({"Type": "String", "Default": "x"}, None, "x", id="default"),
        pytest.param({"Type": "String", "Default": "x"}, "", "", id="given"),
        pytest.param({"Type": "Number", "Default": 15}, "20", 20, id="number"),
        pytest.param({"Type": "CommaDelimitedList"}, "a, b", ["a", "b"], id="list"),
    ],
)
def test_a_parameter_has_a_value(spec: dict[str, Any], given: str | None, expected: Any) -> None:
    assert read_parameters({"P": spec}, {} if given is None else {"P": given}) == {"P": expected}


@pytest.mark.parametrize(
    ("spec", "given"),
    [
        pytest.param({"Type": "String"}, {}, id="no-value"),
        pytest.param({"Type": "String"}, {"Other": "x"}, id="unknown"),
        pytest.param({"Type": "Number"}, {"P": "x"}, id="no-number"),
        pytest.param({"Type": "Number", "MinValue": 2}, {"P": "1"}, id="too-small"),
        pytest.param({"Type": "String", "AllowedValues": ["a"]}, {"P": "b"}, id="not-allowed"),
        pytest.param({"Type": "String", "AllowedPattern": "[a-z]+"}, {"P": "b1"}, id="pattern"),
        pytest.param({"Type": "String", "MaxLength": 1}, {"P": "bb"}, id="too-long"),
        pytest.param({"Type": "AWS::SSM::Parameter::Value<String>"}, {"P": "b"}, id="type"),
    ],
)
def test_a_parameter_is_refused(spec: dict[str, Any], given: dict[str, str]) -> None:
    with pytest.raises(ParameterError):
        read_parameters({"P": spec}, given)
