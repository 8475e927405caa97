"""Model packages: versions, approval, metadata, and the events about each."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError, ParamValidationError

from tests.worlds.sagemaker_bench import DIGEST, IMAGE, ROLE, Bench, bench, refusal
from twin.core.hooks import NotSupportedByTwin

ARN = "arn:aws:sagemaker:eu-west-1:123456789012:model-package/churn/1"
CONTAINER = {"Image": IMAGE, "ModelDataUrl": "s3://artefacts/model.tar.gz"}
INFERENCE = {
    "Containers": [CONTAINER],
    "SupportedContentTypes": ["text/csv"],
    "SupportedResponseMIMETypes": ["text/csv"],
}


@pytest.fixture
def aws() -> Iterator[Bench]:
    with bench() as made:
        made.sagemaker.images.register(IMAGE, [], DIGEST)
        made.client.create_model_package_group(ModelPackageGroupName="Churn")
        yield made


def create(aws: Bench, **more: Any) -> str:
    request = {"ModelPackageGroupName": "Churn", "InferenceSpecification": INFERENCE, **more}
    arn: str = aws.client.create_model_package(**request)["ModelPackageArn"]
    return arn


def update(aws: Bench, **changes: Any) -> None:
    aws.client.update_model_package(ModelPackageArn=ARN, **changes)


def describe(aws: Bench) -> dict[str, Any]:
    described: dict[str, Any] = aws.client.describe_model_package(ModelPackageName=ARN)
    return described


def test_versions_count_up_within_their_group(aws: Bench) -> None:
    assert create(aws) == ARN
    assert create(aws).endswith("/churn/2")


def test_approval_defaults_to_pending(aws: Bench) -> None:
    create(aws)
    assert describe(aws)["ModelApprovalStatus"] == "PendingManualApproval"


def test_registration_sends_an_event_without_updated_fields(aws: Bench) -> None:
    create(aws, ModelApprovalStatus="Approved", CustomerMetadataProperties={"a": "b"})
    (event,) = aws.events
    assert event.detail_type == "SageMaker Model Package State Change"
    assert event.resources == [ARN]
    assert event.detail["ModelPackageGroupName"] == "Churn"
    assert event.detail["ModelPackageVersion"] == 1
    assert event.detail["ModelPackageStatus"] == "Completed"
    assert event.detail["ModelApprovalStatus"] == "Approved"
    assert event.detail["CreationTime"] == "2023-11-14T22:13:20Z"
    assert event.detail["LastModifiedTime"] == event.detail["CreationTime"]
    assert "UpdatedModelPackageFields" not in event.detail
    assert "CustomerMetadataProperties" not in event.detail


def test_registration_resolves_the_image(aws: Bench) -> None:
    create(aws)
    assert describe(aws)["InferenceSpecification"]["Containers"][0]["ImageDigest"] == DIGEST


def test_approval_keeps_everything_else_and_says_what_changed(aws: Bench) -> None:
    create(aws, CustomerMetadataProperties={"a": "b"})
    aws.clock.advance(90)
    update(aws, ModelApprovalStatus="Approved", ApprovalDescription="clears the bars")
    described = describe(aws)
    assert described["CustomerMetadataProperties"] == {"a": "b"}
    assert described["LastModifiedTime"].timestamp() == aws.clock.now()
    detail = aws.events[-1].detail
    assert detail["LastModifiedTime"] == "2023-11-14T22:14:50Z"
    assert set(detail["UpdatedModelPackageFields"]) == {
        "ModelApprovalStatus",
        "ApprovalDescription",
    }


def test_our_own_metadata_comes_back_as_an_event(aws: Bench) -> None:
    create(aws, ModelApprovalStatus="Approved")
    update(aws, CustomerMetadataProperties={"penstock.decision": "approved"})
    detail = aws.events[-1].detail
    assert detail["ModelApprovalStatus"] == "Approved"
    assert detail["UpdatedModelPackageFields"] == ["CustomerMetadataProperties"]


def test_metadata_is_merged_by_key_and_removed_by_key(aws: Bench) -> None:
    create(aws, CustomerMetadataProperties={"a": "1", "b": "1"})
    update(aws, CustomerMetadataProperties={"b": "2", "c": "2"})
    assert describe(aws)["CustomerMetadataProperties"] == {"a": "1", "b": "2", "c": "2"}
    update(aws, CustomerMetadataPropertiesToRemove=["a", "c"])
    assert describe(aws)["CustomerMetadataProperties"] == {"b": "2"}
    assert describe(aws)["ModelApprovalStatus"] == "PendingManualApproval"


@pytest.mark.parametrize(
    "changes",
    [
        {"CustomerMetadataProperties": {"key": 'no "quotes"'}},
        {"CustomerMetadataProperties": {"key": "no, commas"}},
        {"CustomerMetadataProperties": {"key": "{}"}},
        {"CustomerMetadataProperties": {"key": "x" * 257}},
        {"CustomerMetadataProperties": {str(number): "x" for number in range(51)}},
        {"ApprovalDescription": "x" * 1025},
        {"ModelApprovalStatus": "Fine"},
    ],
)
def test_values_outside_the_service_limits_are_refused(aws: Bench, changes: dict[str, Any]) -> None:
    create(aws)
    with refusal(says="failed to satisfy constraint"):
        update(aws, **changes)


def test_a_version_has_neither_name_nor_tags(aws: Bench) -> None:
    with refusal():
        create(aws, ModelPackageName="named")
    with refusal():
        create(aws, Tags=[{"Key": "a", "Value": "b"}])


def test_a_missing_package_says_so(aws: Bench) -> None:
    with refusal(says="does not exist"):
        describe(aws)


def test_without_a_group_versions_are_not_listed(aws: Bench) -> None:
    create(aws)
    listed = aws.client.list_model_packages()["ModelPackageSummaryList"]
    assert listed == []


def test_versions_are_listed_oldest_first(aws: Bench) -> None:
    for _ in range(3):
        create(aws)
        aws.clock.advance(1)
    update(aws, ModelApprovalStatus="Approved")
    listed = aws.client.list_model_packages(ModelPackageGroupName="Churn")
    versions = [found["ModelPackageVersion"] for found in listed["ModelPackageSummaryList"]]
    assert versions == [1, 2, 3]
    approved = aws.client.list_model_packages(
        ModelPackageGroupName="Churn", ModelApprovalStatus="Approved", SortOrder="Descending"
    )
    assert [found["ModelPackageArn"] for found in approved["ModelPackageSummaryList"]] == [ARN]


def test_a_package_need_not_be_completed(aws: Bench) -> None:
    create(aws, ModelApprovalStatus="Approved")
    aws.sagemaker.registry.set_status(ARN, "InProgress")
    assert describe(aws)["ModelPackageStatus"] == "InProgress"
    assert aws.events[-1].detail["ModelPackageStatus"] == "InProgress"


def test_only_an_approved_package_becomes_a_model(aws: Bench) -> None:
    create(aws)
    request = {
        "ModelName": "one",
        "ExecutionRoleArn": ROLE,
        "Containers": [{"ModelPackageName": ARN}],
    }
    with refusal(says="ModelApprovalStatus"):
        aws.client.create_model(**request)
    update(aws, ModelApprovalStatus="Approved")
    aws.client.create_model(**request)
    described = aws.client.describe_model(ModelName="one")
    assert described["Containers"][0]["ModelPackageName"] == ARN


def test_what_the_twin_would_not_keep_is_refused_loudly(aws: Bench) -> None:
    create(aws)
    with pytest.raises(NotSupportedByTwin, match="ClientToken"):
        update(aws, ClientToken="once")
    with pytest.raises(NotSupportedByTwin, match="changes nothing"):
        update(aws)


def test_a_group_that_does_not_exist_is_not_listed(aws: Bench) -> None:
    with refusal(says="does not exist"):
        aws.client.list_model_packages(ModelPackageGroupName="other")


STAGE = {"Stage": "Staging", "StageStatus": "InProgress", "StageDescription": "release 1"}


def test_a_stage_keeps_everything_else_and_says_what_changed(aws: Bench) -> None:
    """AWS: an event whose only updated field is ModelLifeCycle, with the approval as it is."""
    create(aws, ModelApprovalStatus="Approved", CustomerMetadataProperties={"a": "b"})
    aws.events.clear()
    update(aws, ModelLifeCycle=STAGE)
    described = describe(aws)
    assert described["ModelLifeCycle"] == STAGE
    assert described["ModelApprovalStatus"] == "Approved"
    assert described["CustomerMetadataProperties"] == {"a": "b"}
    (event,) = aws.events
    assert event.detail["UpdatedModelPackageFields"] == ["ModelLifeCycle"]
    assert event.detail["ModelLifeCycle"] == STAGE
    assert event.detail["ModelApprovalStatus"] == "Approved"


def test_a_stage_can_be_given_at_registration_and_is_listed(aws: Bench) -> None:
    create(aws, ModelLifeCycle=STAGE)
    (listed,) = aws.client.list_model_packages(ModelPackageGroupName="Churn")[
        "ModelPackageSummaryList"
    ]
    assert describe(aws)["ModelLifeCycle"] == listed["ModelLifeCycle"] == STAGE


@pytest.mark.parametrize(
    "life",
    [
        {"Stage": "Staging"},
        {"StageStatus": "Active"},
        {"Stage": "", "StageStatus": "Active"},
        {"Stage": "a b", "StageStatus": "Active"},
        {"Stage": "-a", "StageStatus": "Active"},
        {"Stage": "a" * 64, "StageStatus": "Active"},
        {"Stage": "a", "StageStatus": "b", "StageDescription": "x" * 1025},
    ],
)
def test_a_stage_outside_the_service_limits_is_refused(aws: Bench, life: dict[str, str]) -> None:
    create(aws)
    with pytest.raises((ClientError, ParamValidationError)):
        update(aws, ModelLifeCycle=life)
