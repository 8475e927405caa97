"""The settings of the stack: what a deployment writes, and what becomes of what it did not."""

import json

import boto3
import pytest
from botocore.config import Config

from penstock.adapters.stack_settings import StackSettings
from penstock.domain.errors import Refused, Unavailable
from penstock.domain.policy.allowed import Limits
from tests.worlds.settings import NAME, SETTINGS, document


class Stack:
    """The parameter, as a deployment and as a careless hand leave it."""

    def __init__(self) -> None:
        once = Config(retries={"total_max_attempts": 1})
        self.ssm = boto3.client("ssm", region_name="eu-west-1", config=once)
        self.settings = StackSettings(self.ssm, NAME)

    def write(self, text: str) -> None:
        self.ssm.put_parameter(Name=NAME, Value=text, Type="String", Overwrite=True)

    def deploy(self, **changed: object) -> None:
        self.write(document(**changed))


@pytest.fixture
def stack(aws: None) -> Stack:
    made = Stack()
    made.deploy()
    return made


def test_settings_are_limits_a_path_and_a_level(stack: Stack) -> None:
    assert stack.settings.policy_path() == "/penstock/policies"
    assert stack.settings.current().log_level == "INFO"
    assert stack.settings.limits() == Limits(
        endpoint_pattern="*",
        serving_roles=tuple(SETTINGS["ServingRoleArns"]),
        report_buckets=tuple(SETTINGS["ReportBucketArns"]),
        golden_buckets=tuple(SETTINGS["GoldenBucketArns"]),
        capture_buckets=tuple(SETTINGS["CaptureBucketArns"]),
        kms_keys=(),
    )


@pytest.mark.parametrize(
    ("name", "value", "limits"),
    [
        ("EndpointNamePattern", "churn-*", {"endpoint_pattern": "churn-*"}),
        (
            "ServingRoleArns",
            ["arn:aws:iam::*:role/a"],
            {"serving_roles": ("arn:aws:iam::*:role/a",)},
        ),
        ("ServingRoleArns", [""], {"serving_roles": ()}),
        ("ReportBucketArns", ["arn:aws:s3:::b/*"], {"report_buckets": ("arn:aws:s3:::b/*",)}),
        ("GoldenBucketArns", ["arn:aws:s3:::b/*"], {"golden_buckets": ("arn:aws:s3:::b/*",)}),
        ("KmsKeyArns", ["key-1", "key-2"], {"kms_keys": ("key-1", "key-2")}),
    ],
)
def test_a_deployment_is_in_force_for_the_next_invocation(
    stack: Stack, name: str, value: object, limits: dict[str, object]
) -> None:
    before = stack.settings.limits()
    stack.deploy(**{name: value})
    assert stack.settings.limits() == before  # one invocation sees one state of the stack
    stack.settings.forget()
    assert stack.settings.limits() == before.model_copy(update=limits)


def test_settings_of_a_later_version_are_read_by_the_code_of_an_earlier_one(stack: Stack) -> None:
    stack.deploy(ToBeInventedArns=["x"])
    stack.settings.forget()
    assert stack.settings.policy_path() == "/penstock/policies"


def test_what_is_known_of_them_is_what_this_invocation_has_read(stack: Stack) -> None:
    assert stack.settings.known is None
    assert stack.settings.current() == stack.settings.known
    stack.settings.forget()
    assert stack.settings.known is None


def test_settings_that_are_gone_are_unavailable_and_not_missing(stack: Stack) -> None:
    """Missing would mean a group without a policy, which is nobody's business."""
    stack.ssm.delete_parameter(Name=NAME)
    said = "the stack's settings cannot be read: AWS refused GetParameter: "
    with pytest.raises(Unavailable, match=said):
        stack.settings.limits()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "Invalid JSON"),
        ("[]", "object"),
        (json.dumps({k: v for k, v in SETTINGS.items() if k != "KmsKeyArns"}), "KmsKeyArns: this"),
        (document(ServingRoleArns="arn"), "ServingRoleArns: must be a valid array"),
        (document(LogLevel="LOUD"), "LogLevel: must be 'DEBUG', 'INFO', 'WARNING' or 'ERROR'"),
        (document(PolicyPath="/penstock/"), "PolicyPath: must match"),
        (document(EndpointNamePattern=""), "EndpointNamePattern: must have at least 1 character"),
    ],
)
def test_what_a_careless_hand_left_is_refused_by_name(stack: Stack, text: str, says: str) -> None:
    stack.write(text)
    with pytest.raises(Refused) as refused:
        stack.settings.current()
    assert f"the SSM parameter {NAME} does not have the form that the stack writes" in str(
        refused.value
    )
    assert says in str(refused.value)
