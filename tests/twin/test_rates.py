"""How fast and how large: what AWS takes of calls, and what it answers to more."""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.twin.small_bench import small
from tests.twin.stack_bench import refused
from twin.cloud import Twin
from twin.core.account import REGION
from twin.core.rates import RATES, Bucket, Buckets, Rate, Slots

NOW = 1_790_000_000.0
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "lambda.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}
EVERYTHING = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
}


def test_a_bucket_gives_its_burst_and_then_its_rate() -> None:
    bucket = Bucket(Rate(burst=3, per_second=2))
    assert [bucket.take(NOW) for _ in range(5)] == [True, True, True, False, False]
    assert [bucket.take(NOW + 1) for _ in range(3)] == [True, True, False]
    assert [bucket.take(NOW + 3600) for _ in range(4)] == [True, True, True, False]


def test_what_others_leave_is_at_least_a_call_at_a_time() -> None:
    assert Rate(20, 10).share(0.5) == Rate(10, 5)
    assert Rate(3, 3).share(0.1).burst == 1
    buckets = Buckets(part=0.1)
    assert [buckets.take("cloudwatch", "DescribeAlarms", NOW) for _ in range(2)] == [True, False]


def test_calls_in_no_order_of_time_have_so_many_a_second() -> None:
    slots = Slots(Rate(burst=3, per_second=2))
    assert [slots.take(NOW + 9) for _ in range(4)] == [True, True, True, False]
    assert [slots.take(NOW) for _ in range(3)] == [True, True, False]


def test_a_refused_call_costs_no_token() -> None:
    bucket = Bucket(Rate(burst=1, per_second=1))
    assert bucket.take(NOW)
    assert not any(bucket.take(NOW + 0.1 * n) for n in range(1, 10))
    assert bucket.take(NOW + 1.1)


def test_time_that_goes_back_gives_nothing() -> None:
    bucket = Bucket(Rate(burst=1, per_second=1))
    assert bucket.take(NOW)
    assert not bucket.take(NOW - 60)
    assert not bucket.take(NOW)


def test_each_api_has_a_bucket_and_parameter_store_one_for_reading() -> None:
    buckets = Buckets()
    for operation in ("PutMetricAlarm", "DeleteAlarms"):
        assert [buckets.take("cloudwatch", operation, NOW) for _ in range(4)][2:] == [True, False]
    reads = [
        buckets.take("ssm", ("GetParameter", "GetParametersByPath")[n % 2], NOW) for n in range(41)
    ]
    assert reads == [True] * 40 + [False]
    assert all(buckets.take("dynamodb", "GetItem", NOW) for _ in range(9999))
    assert buckets.throttled == {
        "cloudwatch PutMetricAlarm": 1,
        "cloudwatch DeleteAlarms": 1,
        "ssm GetParameter": 1,
    }


def test_rates_are_of_operations_that_there_are() -> None:
    for service, rates in RATES.items():
        session: Any = boto3.session.Session()
        model = session.client(service, region_name=REGION).meta.service_model
        assert set(rates) - {"parameters"} <= set(model.operation_names)


class Account(NamedTuple):
    twin: Twin
    role: str

    def client(self, service: str) -> Any:
        """Of a role that may do everything; nothing is tried again."""
        keys = self.twin.permissions.credentials_for(self.role)
        session: Any = boto3.session.Session(*keys)
        return session.client(service, region_name=REGION)


@pytest.fixture(scope="module")
def account() -> Iterator[Account]:
    with small() as twin:
        iam = twin.client("iam")
        made = iam.create_role(RoleName="r", AssumeRolePolicyDocument=json.dumps(TRUST))
        iam.put_role_policy(RoleName="r", PolicyName="p", PolicyDocument=json.dumps(EVERYTHING))
        yield Account(twin, made["Role"]["Arn"])


def test_a_service_may_be_throttled_for_minutes(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    cloudwatch, sagemaker = account.client("cloudwatch"), account.client("sagemaker")
    account.twin.throttling.off()
    account.twin.throttling.throttle("cloudwatch", 5)
    assert refusal(cloudwatch, "describe_alarms") == "Throttling"
    assert refusal(sagemaker, "list_endpoints") == ""
    assert account.twin.client("cloudwatch").describe_alarms()
    account.twin.clock.sleep(301)
    assert refusal(cloudwatch, "describe_alarms") == ""


@pytest.mark.parametrize(
    ("service", "call", "code"),
    [
        ("sagemaker", "list_endpoints", "ThrottlingException"),
        ("cloudwatch", "describe_alarms", "Throttling"),
    ],
)
def test_more_calls_than_an_account_takes_are_throttled_once_that_is_asked_for(
    account: Account, service: str, call: str, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    of_role, of_operator = account.client(service), account.twin.client(service)
    account.twin.throttling.off()
    for _ in range(30):
        getattr(of_role, call)()
    buckets = account.twin.throttling.on()
    codes = {refusal(of_role, call) for _ in range(30)}
    assert codes == {"", code}
    assert sum(buckets.throttled.values()) > 0
    for _ in range(30):
        getattr(of_operator, call)()
    account.twin.clock.sleep(60)
    assert refusal(of_role, call) == ""


def refusal(client: Any, call: str) -> str:
    try:
        getattr(client, call)()
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return ""


@pytest.mark.parametrize(
    ("tier", "size", "code"),
    [
        ("Standard", 4096, ""),
        ("Standard", 4097, "ValidationException"),
        ("Advanced", 8192, ""),
        ("Advanced", 8193, "ValidationException"),
    ],
)
def test_a_parameter_has_its_size(account: Account, tier: str, size: int, code: str) -> None:
    ssm = account.twin.client("ssm")
    given = {"Name": "/p", "Value": "x" * size, "Type": "String", "Tier": tier, "Overwrite": True}
    if code:
        assert refused(ssm.put_parameter, **given) == code
    else:
        ssm.put_parameter(**given)


def test_parameters_come_ten_a_page(account: Account) -> None:
    ssm = account.twin.client("ssm")
    for n in range(12):
        ssm.put_parameter(Name=f"/many/{n}", Value="x", Type="String")
    assert len(ssm.get_parameters_by_path(Path="/many")["Parameters"]) == 10
    assert refused(ssm.get_parameters_by_path, Path="/many", MaxResults=11) == "ValidationException"


def test_messages_are_counted_in_bytes(account: Account) -> None:
    sns = account.twin.client("sns")
    topic = sns.create_topic(Name="t")["TopicArn"]
    sns.publish(TopicArn=topic, Message="é" * 131_072)
    assert refused(sns.publish, TopicArn=topic, Message="é" * 131_073) == "InvalidParameter"


@pytest.mark.parametrize("call", ["put_item", "update_item"])
def test_an_item_holds_400_kb(account: Account, call: str) -> None:
    dynamo = account.twin.client("dynamodb")
    if "big" not in dynamo.list_tables()["TableNames"]:
        dynamo.create_table(
            TableName="big",
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
    key, text = {"pk": {"S": "a"}}, {"S": "x" * 409_600}
    given: dict[str, Any] = {"Item": {**key, "v": text}}
    if call == "update_item":
        given = {"Key": key, "UpdateExpression": "SET v = :v"}
        given["ExpressionAttributeValues"] = {":v": text}
    assert refused(getattr(dynamo, call), TableName="big", **given) == "ValidationException"


def test_a_container_s_environment_has_its_size(account: Account) -> None:
    sagemaker = account.twin.client("sagemaker")
    environment = {f"NAME_{n:02}": "x" * 1000 for n in range(33)}
    given = {
        "ModelName": "large",
        "ExecutionRoleArn": account.role,
        "PrimaryContainer": {"Image": "i", "Environment": environment},
    }
    assert refused(sagemaker.create_model, **given) == "ValidationException"


def test_endpoints_come_ten_a_page_unless_more_are_asked_for(account: Account) -> None:
    """A hundred at most: botocore's model says so, and the twin holds requests to it."""
    sagemaker = account.twin.client("sagemaker")
    assert sagemaker.list_endpoints(MaxResults=100)["Endpoints"] == []
    assert refused(sagemaker.list_endpoints, MaxResults=101) == "ValidationException"
