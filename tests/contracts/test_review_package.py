"""The review function as Lambda runs it: an event in, a decision on the package out."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws
from pydantic import ValidationError

from functions.review_package import app
from tests.fakes.lambda_context import Context
from tests.worlds.ledger_table import made_table
from tests.worlds.settings import NAME, document

EVENTS = Path(__file__).parents[2] / "events"
MODELS = "sagemaker-eu-west-1-123456789012"
POLICY = {
    "endpoint": "churn",
    "approval": {"bars": [{"metric": "binary_classification_metrics.auc", "at_least": 0.85}]},
}


@pytest.fixture(scope="module", autouse=True)
def stack() -> Iterator[None]:
    """What the template makes, as far as the review needs it."""
    with pytest.MonkeyPatch.context() as environment, mock_aws():
        for name, value in {
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_REGION": "eu-west-1",
            "AWS_DEFAULT_REGION": "eu-west-1",
            "ACCOUNT_ID": "123456789012",
            "LEDGER_TABLE": "ledger",
            "EVIDENCE_BUCKET": "evidence",
            "TOPIC_ARN": boto3.client("sns", "eu-west-1").create_topic(Name="t")["TopicArn"],
            "STATE_MACHINE_ARN": "arn:aws:states:eu-west-1:123456789012:stateMachine:release",
            "REVIEW_FUNCTION": "review_package",
            "RECONCILE_FUNCTION": "reconcile",
            "SETTINGS_PARAMETER": NAME,
        }.items():
            environment.setenv(name, value)
        create_resources()
        yield


def create_resources() -> None:
    s3 = boto3.client("s3")
    for bucket in (MODELS, "evidence"):
        s3.create_bucket(
            Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
        )
    made_table()
    ssm = boto3.client("ssm")
    ssm.put_parameter(Name=NAME, Value=document(), Type="String")
    ssm.put_parameter(Name="/penstock/policies/churn", Value=json.dumps(POLICY), Type="String")
    boto3.client("sagemaker").create_model_package_group(ModelPackageGroupName="churn")


def registered(auc: float) -> dict[str, Any]:
    """Register a version; answers the event that SageMaker sends of it."""
    event: dict[str, Any] = json.loads((EVENTS / "package_registered.json").read_text())
    detail = event["detail"]
    s3 = boto3.client("s3")
    report = json.dumps({"binary_classification_metrics": {"auc": {"value": auc}}})
    s3.put_object(Bucket=MODELS, Key="churn/7/evaluation.json", Body=report.encode())
    s3.put_object(Bucket=MODELS, Key="churn/7/model.tar.gz", Body=b"model")
    created = boto3.client("sagemaker").create_model_package(
        ModelPackageGroupName="churn",
        ModelApprovalStatus="PendingManualApproval",
        InferenceSpecification=detail["InferenceSpecification"],
        ModelMetrics=detail["ModelMetrics"],
    )
    detail["ModelPackageArn"] = created["ModelPackageArn"]
    return event


def shown(event: dict[str, Any]) -> dict[str, Any]:
    arn = event["detail"]["ModelPackageArn"]
    answer = dict(boto3.client("sagemaker").describe_model_package(ModelPackageName=arn))
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}


@pytest.mark.parametrize(("auc", "status"), [(0.9, "Approved"), (0.8, "Rejected")])
def test_a_registered_package_is_decided_and_says_why(auc: float, status: str) -> None:
    event = registered(auc)
    app.handler(event, Context())
    package = shown(event)
    assert package["ModelApprovalStatus"] == status
    assert f"binary_classification_metrics.auc is {auc}" in package["ApprovalDescription"]
    uri = package["CustomerMetadataProperties"]["penstock.evidence"]
    key = uri.removeprefix("s3://evidence/")
    kept = json.loads(boto3.client("s3").get_object(Bucket="evidence", Key=key)["Body"].read())
    assert kept["bars"][0]["value"] == auc


def test_the_same_event_again_changes_nothing() -> None:
    event = registered(0.9)
    app.handler(event, Context())
    before = shown(event)
    app.handler(event, Context())
    assert shown(event) == before


@pytest.mark.parametrize(
    "updated",
    [
        pytest.param(["CustomerMetadataProperties", "ApprovalDescription"], id="our-own-write"),
        pytest.param(["ModelLifeCycle"], id="life-cycle"),
    ],
)
def test_an_event_of_another_edit_is_left_alone(updated: list[str]) -> None:
    event = registered(0.9)
    event["detail"]["UpdatedModelPackageFields"] = updated
    app.handler(event, Context())
    assert shown(event)["ModelApprovalStatus"] == "PendingManualApproval"


@pytest.mark.parametrize("event", [{}, {"source": "aws.s3"}, {"source": "aws.sagemaker"}])
def test_a_malformed_event_fails_and_so_reaches_the_dead_letters(event: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        app.handler(event, Context())
