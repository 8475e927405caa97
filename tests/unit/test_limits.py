"""A policy or package beyond the stack's parameters is refused, and the parameter named."""

from typing import Any

import pytest

from penstock.domain.blueprint import draw
from penstock.domain.errors import Refused
from penstock.domain.limits import Limits, check_drawn, check_limits
from penstock.domain.package import Container, Home, Package, ReportSource
from penstock.domain.policy import Policy
from tests.unit.setups import live

ROLE = "arn:aws:iam::123456789012:role/churn-serving"
ADMIN = "arn:aws:iam::123456789012:role/admin"
KEY = "arn:aws:kms:eu-west-1:123456789012:key/1"
LIMITS = Limits(
    endpoint_pattern="churn*",
    serving_roles=("arn:aws:iam::123456789012:role/churn-*",),
    report_buckets=("arn:aws:s3:::sagemaker-*", "arn:aws:s3:::sagemaker-*/*"),
    kms_keys=(KEY,),
)


def policy(**serving: Any) -> Policy:
    document = {"endpoint": "churn", "approval": {"mode": "manual"}, "serving": serving}
    return Policy.model_validate(document)


def package(
    model: str = "s3://sagemaker-b/m.tar.gz", report: str = "s3://sagemaker-b/e"
) -> Package:
    return Package(
        arn="arn",
        group="churn",
        version=1,
        region="eu-west-1",
        account="123456789012",
        status="Completed",
        approval="Approved",
        created_at=0,
        last_modified=0,
        containers=(Container(image="i", model_data_url=model), Container(image="j")),
        reports={"model_quality": ReportSource(uri=report)},
    )


def test_what_is_inside_passes() -> None:
    check_limits(LIMITS, policy(execution_role_arn=ROLE, kms_key_arn=KEY), package())
    check_limits(LIMITS, policy(), package())


def test_endpoints_are_compared_in_lower_case() -> None:
    upper = policy().model_copy(update={"endpoint": "CHURN-eu"})
    check_limits(LIMITS, upper, package())


@pytest.mark.parametrize(
    ("changed", "packed", "beyond"),
    [
        (
            policy().model_copy(update={"endpoint": "fraud"}),
            package(),
            "endpoint fraud EndpointNamePattern",
        ),
        (policy(execution_role_arn=ADMIN), package(), f"role {ADMIN} ServingRoleArns"),
        (policy(kms_key_arn=f"{KEY}2"), package(), f"key {KEY}2 KmsKeyArns"),
        (policy(), package(model="s3://a/m.tar.gz"), "object s3://a/m.tar.gz ReportBucketArns"),
        (policy(), package(report="s3://a/e.json"), "object s3://a/e.json ReportBucketArns"),
    ],
)
def test_what_is_outside_names_its_parameter(changed: Policy, packed: Package, beyond: str) -> None:
    what, _, parameter = beyond.rpartition(" ")
    with pytest.raises(Refused) as refused:
        check_limits(LIMITS, changed, packed)
    assert str(refused.value) == f"{what} is outside the stack's parameter {parameter}"


def test_no_parameter_allows_nothing() -> None:
    with pytest.raises(Refused, match="ServingRoleArns"):
        check_limits(Limits(), policy(execution_role_arn=ROLE), package())


def taken_over(role: str = ROLE, key: str | None = None) -> None:
    """Check what a policy that names nothing takes over from an endpoint with these."""
    found = live(KmsKeyId=key)
    found = found.model_copy(update={"model": {**found.model, "ExecutionRoleArn": role}})
    drawn = draw(policy(), package(), "0123456789", found, None)
    check_drawn(LIMITS, drawn, Home("123456789012", "eu-west-1"))


@pytest.mark.parametrize("key", [None, KEY, "1", "alias/endpoints", f"{KEY[:-5]}alias/endpoints"])
def test_what_is_taken_over_may_name_its_key_in_any_way(key: str | None) -> None:
    taken_over(key=key)


@pytest.mark.parametrize(
    ("found", "parameter"),
    [
        ({"role": f"{ROLE[:-13]}admin"}, "ServingRoleArns"),
        ({"key": f"{KEY}2"}, "KmsKeyArns"),
        ({"key": "2"}, "KmsKeyArns"),
    ],
)
def test_what_is_taken_over_keeps_to_the_parameters_too(
    found: dict[str, str], parameter: str
) -> None:
    with pytest.raises(Refused, match=parameter):
        taken_over(**found)
