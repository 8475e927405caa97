"""What the twin replaces in moto's IAM and S3: still there, and still needed."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws
from moto.core import errors
from moto.core.authorization import ActionAuthenticatorMixin
from moto.core.responses import BaseResponse
from moto.iam.models import AWSManagedPolicy, iam_backends
from moto.s3.exceptions import S3AccessDeniedError
from moto.s3.models import FakeBucket
from moto.s3.responses import S3Response
from moto.sts.models import sts_backends

from tests.twin.stack_bench import MOTO, keys_of_operator, refused
from twin.core.account import ACCOUNT, REGION

TLS_ONLY = {
    "Version": "2012-10-17",
    "Statement": {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": "*",
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    },
}


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    keys_of_operator(monkeypatch)
    with mock_aws(config=MOTO):
        yield boto3.session.Session(region_name=REGION)


def test_the_hooked_names_exist() -> None:
    for owner, name in (
        (BaseResponse, "_authenticate_and_authorize_normal_action"),
        (S3Response, "_authenticate_and_authorize_s3_action"),
        (S3Response, "serialized"),
        (FakeBucket, "get_permission"),
        (AWSManagedPolicy, "from_data"),
    ):
        assert callable(getattr(owner, name))
    assert isinstance(errors.COMMON_ERROR_CODES, list)


def test_what_is_read_of_a_request_exists() -> None:
    response: Any = S3Response()
    assert response.boto3_service_name == "s3"
    for name in ("_get_action", "serialized"):
        assert callable(getattr(response, name))


def test_roles_keep_their_documents_where_the_twin_reads_them(session: Any) -> None:
    iam = session.client("iam")
    trust = json.dumps({"Version": "2012-10-17", "Statement": []})
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=trust)
    allow = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": allow})
    iam.put_role_policy(RoleName="r", PolicyName="p", PolicyDocument=document)
    role = iam_backends[ACCOUNT]["aws"].get_role("r")
    assert [json.loads(each)["Statement"]["Effect"] for each in role.policies.values()] == ["Allow"]
    assert role.managed_policies == {}


def test_stock_moto_takes_a_condition_that_does_not_hold_for_a_deny(session: Any) -> None:
    s3 = session.client("s3")
    s3.create_bucket(Bucket="bucket", CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_bucket_policy(Bucket="bucket", Policy=json.dumps(TLS_ONLY))
    assert refused(s3.put_object, Bucket="bucket", Key="k", Body=b"") == "403"


def test_stock_moto_gives_answers_to_head_a_body(
    session: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def deny(*_: object, **__: object) -> None:
        raise S3AccessDeniedError

    monkeypatch.setattr(S3Response, "_authenticate_and_authorize_s3_action", deny)
    assert refused(session.client("s3").head_object, Bucket="bucket", Key="k") == "AccessDenied"


def test_stock_moto_judges_every_table_as_all_tables(session: Any) -> None:
    iam = session.client("iam")
    trust = json.dumps({"Version": "2012-10-17", "Statement": []})
    role = iam.create_role(RoleName="r", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    table = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/t"
    allow = {"Effect": "Allow", "Action": "dynamodb:*", "Resource": table}
    document = json.dumps({"Version": "2012-10-17", "Statement": allow})
    iam.put_role_policy(RoleName="r", PolicyName="p", PolicyDocument=document)
    made = sts_backends[ACCOUNT]["aws"].assume_role(REGION, "s", role, "", 900, "")
    keys = (made.access_key_id, made.secret_access_key, made.session_token)
    ledger = boto3.session.Session(*keys, region_name=REGION).client("dynamodb")
    enable = ActionAuthenticatorMixin.set_initial_no_auth_action_count(0)
    # Denied although allowed, and in XML, which a JSON client reads as a bare 403.
    assert enable(lambda: refused(ledger.describe_table, TableName="t"))() == "403"
