"""Which package events lead to a review."""

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from penstock.domain.home import Home
from penstock.domain.reviewing.review import ReviewOutcome
from penstock.entries.package_event import PackageChanged
from penstock.entries.review_events import reviewing

EVENTS = Path(__file__).parents[3] / "events"
ODD: tuple[Any, ...] = (None, "", "null", True, [], {}, -1, 0, 10**30, float("inf"))
HOME = Home("123456789012", "eu-west-1")
ARN = "arn:aws:sagemaker:eu-west-1:123456789012:model-package/churn/7"


def event(name: str = "package_registered", **detail: object) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text())
    document["detail"] |= detail
    return document


def answered(document: object) -> ReviewOutcome:
    def review(arn: str, *, asked: bool) -> ReviewOutcome:
        return ReviewOutcome(arn, "approved", "looked at")

    return reviewing(review, HOME)(PackageChanged.model_validate(document))


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(event(), id="registered"),
        pytest.param(event("package_approved"), id="approved"),
        pytest.param(event("package_rejected"), id="rejected"),
        pytest.param(event(UpdatedModelPackageFields=None), id="null-means-absent"),
        pytest.param(event(UpdatedModelPackageFields=[]), id="empty-means-absent"),
        pytest.param(event(UpdatedModelPackageFields=[None]), id="null-in-a-list-means-absent"),
        pytest.param(event(UpdatedModelPackageFields=["InferenceSpecification"]), id="completed"),
        pytest.param(event(UpdatedModelPackageFields=["sourceUri"]), id="another-source"),
        pytest.param(event(UpdatedModelPackageFields=["InventedLater"]), id="unheard-of"),
        pytest.param(
            event(UpdatedModelPackageFields=["ModelLifeCycle", "sourceUri"]), id="among-others"
        ),
        pytest.param(event() | {"account": None}, id="no-account"),
        pytest.param(event() | {"source": "penstock"}, id="replayed-by-us"),
        pytest.param(event(SomethingNew={"a": None}), id="something-new-from-aws"),
    ],
)
def test_what_changes_what_is_reviewed_is_looked_at(document: dict[str, Any]) -> None:
    assert answered(document) == ReviewOutcome(ARN, "approved", "looked at")


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        pytest.param(
            event("package_metadata_only"),
            "only ApprovalDescription, CustomerMetadataProperties changed",
            id="our-own-write",
        ),
        pytest.param(
            event(UpdatedModelPackageFields=["ModelLifeCycle"]),
            "only ModelLifeCycle changed",
            id="life-cycle",
        ),
        pytest.param(
            event() | {"account": "210987654321"},
            "the event is of account 210987654321",
            id="another-account",
        ),
    ],
)
def test_other_edits_are_ignored_with_a_reason(document: dict[str, Any], reason: str) -> None:
    assert answered(document) == ReviewOutcome(ARN, "ignored", reason)


@pytest.mark.parametrize(
    "document",
    [
        pytest.param({}, id="empty"),
        pytest.param([], id="list"),
        pytest.param(None, id="null"),
        pytest.param("event", id="text"),
        pytest.param(event() | {"source": "aws.cloudwatch"}, id="other-source"),
        pytest.param(event() | {"source": "me.sagemaker"}, id="foreign-source"),
        pytest.param(event() | {"detail-type": "SageMaker Endpoint State Change"}, id="other-type"),
        pytest.param(event() | {"detail": None}, id="no-detail"),
        pytest.param(event() | {"detail": {}}, id="empty-detail"),
        pytest.param(event(ModelPackageArn=None), id="null-arn"),
        pytest.param(event(ModelPackageArn=""), id="empty-arn"),
        pytest.param(event(ModelPackageArn=7), id="number-for-arn"),
        pytest.param(event(UpdatedModelPackageFields=7), id="number-for-fields"),
    ],
)
def test_a_malformed_event_is_an_error_that_reaches_the_dead_letters(document: object) -> None:
    with pytest.raises(ValidationError):
        answered(document)


@pytest.mark.parametrize(
    ("time", "at"),
    [
        ("2026-03-01T00:00:00Z", 1_772_323_200_000),
        (1_772_323_200_000, 1_772_323_200_000),
        (1_772_323_200.0, 1_772_323_200_000),
        *((odd, None) for odd in ODD),
    ],
)
def test_a_time_is_read_in_every_form_that_aws_has(time: object, at: int | None) -> None:
    assert PackageChanged.model_validate(event(LastModifiedTime=time)).at == at


@pytest.mark.parametrize(
    "fields", [None, [], ["ModelApprovalStatus"], ["x", "ModelApprovalStatus"]]
)
def test_what_may_be_an_approval_concerns_it(fields: object) -> None:
    changed = PackageChanged.model_validate(event(UpdatedModelPackageFields=fields))
    assert changed.concerns_approval
