"""The ARN of a package, and whether it is ours."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.domain.errors import Refused
from penstock.domain.package import Home, PackageArn, parse_package_arn

HOME = Home("123456789012", "eu-west-1")
ARN = "arn:aws:sagemaker:eu-west-1:123456789012:model-package/churn/7"


def test_a_versioned_package_of_ours() -> None:
    expected = PackageArn(ARN, "123456789012", "eu-west-1", "churn", 7)
    assert parse_package_arn(ARN, HOME) == expected


@pytest.mark.parametrize("partition", ["aws", "aws-cn", "aws-us-gov"])
def test_every_partition(partition: str) -> None:
    assert parse_package_arn(ARN.replace("aws", partition, 1)).version == 7


@pytest.mark.parametrize(
    "arn",
    [
        "",
        "churn",
        "churn/7",
        ARN.removesuffix("/7"),
        ARN.replace("/7", "/0"),
        ARN.replace("/7", "/07"),
        ARN.replace("/7", "/x"),
        ARN + "/1",
        ARN + "\n",
        " " + ARN,
        ARN.replace("churn", "churn-"),
        ARN.replace("churn", "a" * 64),
        ARN.replace("sagemaker", "s3"),
        ARN.replace("model-package/", "model-package-group/"),
        ARN.replace("123456789012", "12345678901"),
        ARN.replace("7", "\N{ARABIC-INDIC DIGIT SEVEN}"),
    ],
)
def test_anything_else_is_refused(arn: str) -> None:
    with pytest.raises(Refused, match="is not the ARN of a versioned model package"):
        parse_package_arn(arn)


@pytest.mark.parametrize(
    ("ours", "theirs"), [("123456789012", "999999999999"), ("eu-west-1", "us-east-1")]
)
def test_another_account_or_region_is_refused(ours: str, theirs: str) -> None:
    with pytest.raises(Refused, match=f"belongs to account .*{theirs}|in {theirs}"):
        parse_package_arn(ARN.replace(ours, theirs), HOME)


@given(st.text())
def test_any_text_is_parsed_or_refused(text: str) -> None:
    with pytest.raises(Refused):
        parse_package_arn(text)
