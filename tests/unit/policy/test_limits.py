"""A policy or package beyond the stack's parameters is refused, and the parameter named."""

from typing import Any

import pytest

from penstock.domain.errors import Refused
from penstock.domain.home import Home
from penstock.domain.policy.allowed import Limits
from penstock.domain.policy.limits import check_drawn, check_limits
from penstock.domain.policy.policy import Policy
from penstock.domain.reviewing.package import Container, Package, ReportSource
from tests.worlds.setups import draw, live

ROLE = "arn:aws:iam::123456789012:role/churn-serving"
ADMIN = "arn:aws:iam::123456789012:role/admin"
KEY = "arn:aws:kms:eu-west-1:123456789012:key/1"
WEB = "https://a.s3.eu-west-1.amazonaws.com/e.json"
CHINA = "https://s3.cn-north-1.amazonaws.com.cn/a/e.json"
LIMITS = Limits(
    endpoint_pattern="churn*",
    serving_roles=("arn:aws:iam::123456789012:role/churn-*",),
    report_buckets=("arn:aws:s3:::sagemaker-*", "arn:aws:s3:::sagemaker-*/*"),
    golden_buckets=("arn:aws:s3:::golden/*",),
    kms_keys=(KEY,),
)


def policy(**serving: Any) -> Policy:
    document = {"endpoint": "churn", "approval": {"mode": "manual"}, "serving": serving}
    return Policy.model_validate(document)


def asking(s3_uri: str) -> Policy:
    """A policy with golden requests."""
    document = {"endpoint": "churn", "approval": {"mode": "manual"}, "golden": {"s3_uri": s3_uri}}
    return Policy.model_validate(document)


def package(
    model: str = "s3://sagemaker-b/m.tar.gz",
    report: str = "s3://sagemaker-b/e",
    partition: str = "aws",
    region: str = "eu-west-1",
) -> Package:
    return Package(
        arn=f"arn:{partition}:sagemaker:{region}:123456789012:model-package/churn/1",
        group="churn",
        version=1,
        region=region,
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
    check_limits(LIMITS, asking("s3://golden/churn.jsonl"), package())


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
        (asking("s3://a/g"), package(), "object s3://a/g GoldenBucketArns"),
        (policy(), package(report=WEB), f"object {WEB} ReportBucketArns"),
        (policy(), package(model=WEB), f"object {WEB} ReportBucketArns"),
        (policy(), package(report=CHINA), f"object {CHINA} ReportBucketArns"),
    ],
)
def test_what_is_outside_names_its_parameter(changed: Policy, packed: Package, beyond: str) -> None:
    what, _, parameter = beyond.rpartition(" ")
    with pytest.raises(Refused) as refused:
        check_limits(LIMITS, changed, packed)
    assert str(refused.value) == f"the stack's parameter {parameter} does not allow {what}"


def test_no_parameter_allows_nothing() -> None:
    with pytest.raises(Refused, match="ServingRoleArns"):
        check_limits(Limits(), policy(execution_role_arn=ROLE), package())


def taken_over(role: str = ROLE, key: str | None = None, of_config: str | None = None) -> None:
    """Check what a policy that names nothing takes over from an endpoint with these."""
    found = live(KmsKeyId=key, ExecutionRoleArn=of_config)
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
        ({"of_config": f"{ROLE[:-13]}admin"}, "ServingRoleArns"),
        ({"key": f"{KEY}2"}, "KmsKeyArns"),
        ({"key": "2"}, "KmsKeyArns"),
    ],
)
def test_what_is_taken_over_keeps_to_the_parameters_too(
    found: dict[str, str], parameter: str
) -> None:
    with pytest.raises(Refused, match=parameter):
        taken_over(**found)


def test_the_web_address_of_an_object_inside_passes() -> None:
    inside = "https://sagemaker-b.s3.eu-west-1.amazonaws.com/m.tar.gz"
    check_limits(LIMITS, policy(), package(model=inside, report=inside))


def test_the_bucket_of_a_prefix_is_listed_so_it_has_to_be_inside_too() -> None:
    prefix = package(model="s3://sagemaker-b/model/")
    check_limits(LIMITS, policy(), prefix)
    objects_only = LIMITS.model_copy(update={"report_buckets": ("arn:aws:s3:::sagemaker-*/*",)})
    check_limits(objects_only, policy(), package())
    with pytest.raises(Refused, match=r"ReportBucketArns does not allow .*s3://sagemaker-b/model/"):
        check_limits(objects_only, policy(), prefix)


ELSEWHERE = {"aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1"}


@pytest.mark.parametrize(("partition", "region"), ELSEWHERE.items())
def test_every_partition_has_objects_roles_and_keys_of_its_own(partition: str, region: str) -> None:
    allowed = Limits(
        serving_roles=(f"arn:{partition}:iam::*:role/*-serving",),
        report_buckets=(f"arn:{partition}:s3:::sagemaker-*/*",),
        kms_keys=(f"arn:{partition}:kms:{region}:123456789012:key/*",),
    )
    there = package(partition=partition, region=region)
    role = ROLE.replace("aws", partition)
    key = f"arn:{partition}:kms:{region}:123456789012:key/1"
    check_limits(allowed, policy(execution_role_arn=role, kms_key_arn=key), there)
    assert Home("1", region, partition).key("2") == f"arn:{partition}:kms:{region}:1:key/2"
    with pytest.raises(Refused, match="ReportBucketArns"):
        check_limits(allowed, policy(), package())


CAPTURE = {"percent": 1, "destination_s3_uri": "s3://sagemaker-b/c"}


@pytest.mark.parametrize(
    ("serving", "reason"),
    [
        (
            {"execution_role_arn": ROLE.replace("aws", "aws-cn")},
            "serving.execution_role_arn is an ARN of the partition aws-cn; this stack works in aws",
        ),
        (
            {"execution_role_arn": ROLE.replace("123456789012", "210987654321")},
            "serving.execution_role_arn names a role in account 210987654321; this stack works in "
            "account 123456789012, and a role can be passed only within its own account",
        ),
        (
            {"kms_key_arn": KEY.replace("eu-west-1", "eu-central-1")},
            "serving.kms_key_arn names a key in eu-central-1; this stack works in "
            "eu-west-1, and a key can be used only in its own region",
        ),
        (
            {"kms_key_arn": KEY.replace("aws", "aws-us-gov")},
            "serving.kms_key_arn is an ARN of the partition aws-us-gov; this stack works in aws",
        ),
        (
            {"data_capture": {**CAPTURE, "kms_key_arn": KEY.replace("west", "north")}},
            "serving.data_capture.kms_key_arn names a key in eu-north-1; this stack works in "
            "eu-west-1, and a key can be used only in its own region",
        ),
    ],
)
def test_what_sagemaker_cannot_use_from_here_names_the_key_of_the_policy(
    serving: dict[str, Any], reason: str
) -> None:
    everything = Limits(serving_roles=("*",), report_buckets=("*",), kms_keys=("*",))
    with pytest.raises(Refused) as refused:
        check_limits(everything, policy(**serving), package())
    assert str(refused.value) == reason


def named(endpoint: str, pattern: str) -> None:
    allowed = LIMITS.model_copy(update={"endpoint_pattern": pattern})
    check_limits(allowed, policy().model_copy(update={"endpoint": endpoint}), package())


LONG = "a" * 30 + "-" + "b" * 32


@pytest.mark.parametrize(
    ("endpoint", "pattern"),
    [("churn", "churn"), ("c" * 44, "c" * 44), (LONG, "*"), (LONG, "a" * 30 + "*")],
)
def test_names_that_a_release_makes_fit_the_pattern(endpoint: str, pattern: str) -> None:
    named(endpoint, pattern)


@pytest.mark.parametrize("pattern", [LONG, "*-" + "b" * 32, "a*" + "b" * 22])
def test_an_endpoint_whose_cut_names_fall_outside_the_pattern_is_refused(pattern: str) -> None:
    with pytest.raises(Refused, match="too long for the stack's parameter EndpointNamePattern"):
        named(LONG, pattern)


# ---- rehearsals ----------------------------------------------------------------------------------


def rehearsing(endpoint: str) -> Policy:
    golden = {"s3_uri": "s3://golden/churn.jsonl"}
    document = {"endpoint": endpoint, "approval": {"mode": "manual"}, "golden": golden}
    return Policy.model_validate({**document, "rollout": {"rehearse": True}})


@pytest.mark.parametrize(
    ("endpoint", "pattern"),
    [("churn", "*"), ("churn", "churn*"), ("Churn-EU", "churn-*"), ("c" * 63, "c*")],
)
def test_a_rehearsal_inside_the_pattern_passes(endpoint: str, pattern: str) -> None:
    limits = LIMITS.model_copy(update={"endpoint_pattern": pattern})
    check_limits(limits, rehearsing(endpoint), package())


@pytest.mark.parametrize(
    ("endpoint", "pattern"),
    [("churn", "churn"), ("churn-prod", "*-prod"), ("c" * 60, "c" * 43 + "*")],
)
def test_a_rehearsal_outside_the_pattern_is_refused(endpoint: str, pattern: str) -> None:
    limits = LIMITS.model_copy(update={"endpoint_pattern": pattern})
    with pytest.raises(Refused, match=r"rollout.rehearse creates endpoints such as .*-rehearsal-"):
        check_limits(limits, rehearsing(endpoint), package())
