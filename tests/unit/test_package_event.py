"""Which package events lead to a review."""

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from penstock.domain.reviewing.review import ReviewOutcome
from penstock.package_event import PackageChanged, reviewing

EVENTS = Path(__file__).parents[2] / "events"
ARN = "arn:aws:sagemaker:eu-west-1:123456789012:model-package/churn/7"


def event(name: str = "package_registered", **detail: object) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text())
    document["detail"] |= detail
    return document


def answered(document: object) -> ReviewOutcome:
    def review(arn: str, *, asked: bool) -> ReviewOutcome:
        return ReviewOutcome(arn, "approved", "looked at")

    return reviewing(review)(PackageChanged.model_validate(document))


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(event(), id="registered"),
        pytest.param(event("package_approved"), id="approved"),
        pytest.param(event("package_rejected"), id="rejected"),
        pytest.param(event(UpdatedModelPackageFields=None), id="null-means-absent"),
        pytest.param(event() | {"source": "penstock"}, id="replayed-by-us"),
        pytest.param(event(SomethingNew={"a": None}), id="something-new-from-aws"),
    ],
)
def test_a_new_package_or_a_changed_approval_is_reviewed(document: dict[str, Any]) -> None:
    assert answered(document) == ReviewOutcome(ARN, "approved", "looked at")


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        pytest.param(
            event("package_metadata_only"),
            "only CustomerMetadataProperties, ApprovalDescription changed",
            id="our-own-write",
        ),
        pytest.param(
            event(UpdatedModelPackageFields=["ModelLifeCycle"]),
            "only ModelLifeCycle changed",
            id="life-cycle",
        ),
        pytest.param(
            event(UpdatedModelPackageFields=[]), "only nothing changed", id="nothing-changed"
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
