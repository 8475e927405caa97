"""What the roles of the stack may do, and how a refusal looks to them."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from tests.twin.stack_bench import Stack, refused, stack
from twin.core.account import REGION
from twin.core.hooks import NotSupportedByTwin
from twin.iam.permissions import Judged

BUS = "arn:aws:events:eu-west-1:123456789012:event-bus/default"


@pytest.fixture(scope="module")
def aws() -> Iterator[Stack]:
    with stack() as deployed:
        deployed.permissions.enabled = True
        yield deployed


def key(value: str) -> dict[str, Any]:
    return {"pk": {"S": value}, "sk": {"S": "x"}}


def test_a_role_may_do_what_its_policies_allow(aws: Stack) -> None:
    table = aws.physical("Ledger")
    aws.client_of("StepFunctionRole", "dynamodb").put_item(TableName=table, Item=key("a"))
    arn = f"arn:aws:dynamodb:eu-west-1:123456789012:table/{table}"
    used = Judged(aws.physical("StepFunctionRole"), "dynamodb:PutItem", arn)
    assert used in aws.permissions.used


def test_what_no_policy_allows_is_denied_and_recorded(aws: Stack) -> None:
    sagemaker = aws.client_of("ReviewFunctionRole", "sagemaker")
    code = refused(sagemaker.delete_endpoint, EndpointName="Churn")
    assert code == "AccessDeniedException"
    denied = Judged(
        aws.physical("ReviewFunctionRole"),
        "sagemaker:DeleteEndpoint",
        "arn:aws:sagemaker:eu-west-1:123456789012:endpoint/churn",
    )
    assert denied in aws.permissions.denied


@pytest.mark.parametrize(
    ("service", "call", "arguments", "code"),
    [
        ("dynamodb", "delete_item", {"TableName": "t", "Key": key("a")}, "AccessDeniedException"),
        ("events", "put_events", {"Entries": [{"Source": "x"}]}, "AccessDeniedException"),
        ("ssm", "get_parameter", {"Name": "/p"}, "AccessDeniedException"),
        ("lambda", "invoke", {"FunctionName": "f"}, "AccessDeniedException"),
        ("cloudwatch", "describe_alarms", {}, "AccessDenied"),
        ("sns", "publish", {"TopicArn": "arn:aws:sns:x:1:t", "Message": "m"}, "AuthorizationError"),
        ("sqs", "receive_message", {"QueueUrl": "https://sqs/1/q"}, "AccessDenied"),
        ("s3", "get_object", {"Bucket": "b", "Key": "k"}, "AccessDenied"),
        ("s3", "head_object", {"Bucket": "b", "Key": "k"}, "403"),
        ("stepfunctions", "send_task_success", {"taskToken": "t", "output": "{}"}, "AccessDenied"),
        ("application-autoscaling", "describe_scalable_targets", {}, "AccessDenied"),
    ],
)
def test_each_service_refuses_in_its_own_words(
    aws: Stack, service: str, call: str, arguments: dict[str, Any], code: str
) -> None:
    if service == "application-autoscaling":
        arguments = {"ServiceNamespace": "sagemaker"}
    client = aws.client_of("ReleaseStateMachineApprovedRole", service)
    found = refused(getattr(client, call), **arguments)
    assert found.removesuffix("Exception") == code.removesuffix("Exception")


def test_an_index_needs_its_own_permission(aws: Stack) -> None:
    table = aws.physical("Ledger")
    query = {
        "TableName": table,
        "KeyConditionExpression": "pk = :pk",
        "ExpressionAttributeValues": {":pk": {"S": "a"}},
    }
    ledger = aws.client_of("StepFunctionRole", "dynamodb")
    assert refused(ledger.query, **query) == "AccessDeniedException"
    on_index = {**query, "KeyConditionExpression": "waiting = :pk", "IndexName": "waiting"}
    assert ledger.query(**on_index)["Items"] == []


def test_a_transaction_needs_the_permission_of_each_of_its_items(aws: Stack) -> None:
    table = aws.physical("Ledger")
    ledger = aws.client_of("StepFunctionRole", "dynamodb")
    put = {"Put": {"TableName": table, "Item": key("b")}}
    ledger.transact_write_items(TransactItems=[put])
    delete = {"Delete": {"TableName": table, "Key": key("b")}}
    assert refused(ledger.transact_write_items, TransactItems=[delete]) == "AccessDeniedException"


def test_objects_are_judged_by_bucket_and_key(aws: Stack) -> None:
    bucket = aws.deployment.outputs["EvidenceBucketName"]
    s3 = aws.client_of("StepFunctionRole", "s3")
    s3.put_object(Bucket=bucket, Key="a/b.json", Body=b"{}")
    assert s3.get_object(Bucket=bucket, Key="a/b.json")["Body"].read() == b"{}"
    assert refused(s3.delete_object, Bucket=bucket, Key="a/b.json") == "AccessDenied"
    assert refused(s3.list_objects_v2, Bucket=bucket) == "AccessDenied"


def test_a_missing_object_is_forbidden_to_those_who_may_not_list(aws: Stack) -> None:
    bucket = aws.deployment.outputs["EvidenceBucketName"]
    s3 = aws.client_of("StepFunctionRole", "s3")
    assert refused(s3.get_object, Bucket=bucket, Key="none") == "AccessDenied"
    assert refused(s3.head_object, Bucket=bucket, Key="none") == "403"


def test_managed_policies_count(aws: Stack) -> None:
    logs = aws.client_of("ReviewFunctionRole", "logs")
    logs.create_log_group(logGroupName="/aws/lambda/review")


def test_condition_keys_of_the_call_count(aws: Stack) -> None:
    role = aws.physical("HaltFunctionRole")
    document = """{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Resource": "*",
        "Action": "cloudwatch:PutMetricData",
        "Condition": {"StringEquals": {"cloudwatch:namespace": "Shop"}}}}"""
    iam = aws.client("iam")
    iam.put_role_policy(RoleName=role, PolicyName="metrics", PolicyDocument=document)
    cloudwatch = aws.client_of("HaltFunctionRole", "cloudwatch")
    data = [{"MetricName": "sales", "Value": 1.0}]
    cloudwatch.put_metric_data(Namespace="Shop", MetricData=data)
    denied = refused(cloudwatch.put_metric_data, Namespace="Other", MetricData=data)
    assert denied == "AccessDenied"


def test_a_model_needs_the_permission_to_pass_its_role_and_to_tag(aws: Stack) -> None:
    role = aws.physical("HaltFunctionRole")
    allow = '{"Effect": "Allow", "Resource": "*", "Action": "sagemaker:CreateModel"}'
    document = '{"Version": "2012-10-17", "Statement": [%s]}'
    iam = aws.client("iam")
    iam.put_role_policy(RoleName=role, PolicyName="m", PolicyDocument=document % allow)
    create = aws.client_of("HaltFunctionRole", "sagemaker").create_model
    passed = "arn:aws:iam::123456789012:role/serving"
    assert refused(create, ModelName="m", ExecutionRoleArn=passed) == "AccessDeniedException"
    assert aws.permissions.denied[-1].action == "iam:PassRole"
    tags = [{"Key": "owner", "Value": "me"}]
    assert refused(create, ModelName="m", ExecutionRoleArn=passed, Tags=tags)
    assert aws.permissions.denied[-1].action == "sagemaker:AddTags"


WITHOUT_A_TAG: dict[str, Any] = {
    "Effect": "Deny",
    "Action": ["sagemaker:CreateModelPackageGroup", "cloudwatch:PutMetricAlarm", "iam:CreateRole"],
    "Resource": "*",
    "Condition": {"Null": {"aws:RequestTag/team": "true"}},
}


@pytest.fixture
def tags_wanted(aws: Stack) -> Iterator[None]:
    """The organisation denies whatever is created without a team, to the operator as well."""
    aws.permissions.control([{"Version": "2012-10-17", "Statement": [WITHOUT_A_TAG]}])
    yield
    aws.permissions.control([])


@pytest.mark.usefixtures("tags_wanted")
@pytest.mark.parametrize(
    ("service", "call", "given", "code"),
    [
        (
            "sagemaker",
            "create_model_package_group",
            {"ModelPackageGroupName": "tagged"},
            "AccessDeniedException",
        ),
        (
            "cloudwatch",
            "put_metric_alarm",
            {
                "AlarmName": "tagged",
                "MetricName": "m",
                "Namespace": "n",
                "Statistic": "Sum",
                "Period": 60,
                "EvaluationPeriods": 1,
                "Threshold": 1.0,
                "ComparisonOperator": "GreaterThanThreshold",
            },
            "AccessDenied",
        ),
        (
            "iam",
            "create_role",
            {"RoleName": "tagged", "AssumeRolePolicyDocument": "{}"},
            "AccessDenied",
        ),
    ],
)
def test_an_organisation_denies_what_is_created_without_its_tag(
    aws: Stack, service: str, call: str, given: dict[str, Any], code: str
) -> None:
    create = getattr(aws.client(service), call)
    assert refused(create, **given) == code
    assert refused(create, **given, Tags=[{"Key": "owner", "Value": "me"}]) == code
    create(**given, Tags=[{"Key": "team", "Value": "ml"}])


@pytest.mark.usefixtures("tags_wanted")
def test_an_organisation_s_tag_is_wanted_of_nothing_else(aws: Stack) -> None:
    assert aws.client("sagemaker").list_models()["Models"] == []
    aws.client("sns").create_topic(Name="untagged")


@pytest.mark.parametrize("other", [{"Effect": "Allow"}, {"Resource": "arn:aws:sagemaker:*"}])
def test_a_control_policy_that_would_be_judged_otherwise_is_not_taken(
    aws: Stack, other: dict[str, Any]
) -> None:
    with pytest.raises(NotSupportedByTwin, match="a service control policy other than"):
        aws.permissions.control([{"Version": "2012-10-17", "Statement": [WITHOUT_A_TAG | other]}])


def test_unknown_keys_are_not_recognised(aws: Stack) -> None:
    session: Any = boto3.session.Session("AKIASTRANGER00000000", "secret", region_name=REGION)
    ssm = session.client("ssm")
    assert refused(ssm.get_parameter, Name="/p") == "UnrecognizedClientException"


def test_a_key_with_another_token_is_not_recognised(aws: Stack) -> None:
    role = aws.client("iam").get_role(RoleName=aws.physical("HaltFunctionRole"))["Role"]["Arn"]
    access_key, secret, _ = aws.permissions.credentials_for(role)
    session: Any = boto3.session.Session(access_key, secret, "other", region_name=REGION)
    assert refused(session.client("ssm").get_parameter, Name="/p") == "UnrecognizedClientException"


def test_everybody_may_ask_who_they_are(aws: Stack) -> None:
    identity = aws.client_of("HaltFunctionRole", "sts").get_caller_identity()
    assert f"assumed-role/{aws.physical('HaltFunctionRole')}/" in identity["Arn"]


def test_a_call_whose_permissions_are_unknown_stops_the_twin(aws: Stack) -> None:
    with pytest.raises(NotSupportedByTwin, match="sagemaker:CreateTrainingPlan"):
        aws.client_of("HaltFunctionRole", "sagemaker").create_training_plan(
            TrainingPlanName="p", TrainingPlanOfferingId="o"
        )
    assert "sagemaker:CreateTrainingPlan" in aws.permissions.unsupported[-1]


def test_a_role_is_assumed_only_by_whom_it_trusts(aws: Stack) -> None:
    role = aws.client("iam").get_role(RoleName=aws.physical("HaltFunctionRole"))["Role"]["Arn"]
    aws.permissions.credentials_for(role, service="lambda.amazonaws.com")
    with pytest.raises(PermissionError, match=r"events.amazonaws.com"):
        aws.permissions.credentials_for(role, service="events.amazonaws.com")


def test_the_operator_may_do_everything(aws: Stack) -> None:
    assert aws.client("sagemaker").list_models()["Models"] == []
