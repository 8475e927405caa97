"""SageMaker Model Package State Change: the event that brings a package to the review."""

from collections.abc import Callable, Sequence
from typing import Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field

from penstock.domain.reviewing.review import ReviewOutcome

APPROVAL_FIELD = "ModelApprovalStatus"


class PackageDetail(BaseModel):
    """The parts of the detail that matter; AWS may add others, and sends null for absent ones."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    model_package_arn: str = Field(alias="ModelPackageArn", min_length=1)
    approval: str | None = Field(default=None, alias="ModelApprovalStatus")
    updated_fields: Sequence[str] | None = Field(default=None, alias="UpdatedModelPackageFields")


class PackageChanged(BaseModel):
    """The event, from SageMaker or replayed by ourselves (nobody may send `aws.` sources)."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    source: Literal["aws.sagemaker", "penstock"]
    detail_type: Literal["SageMaker Model Package State Change"] = Field(alias="detail-type")
    detail: PackageDetail

    @property
    def concerns_approval(self) -> bool:
        """Created, or its approval changed: metadata edits fire the event too (facts 1.2)."""
        updated = self.detail.updated_fields
        return updated is None or APPROVAL_FIELD in updated


class Review(Protocol):
    """Reviews one package; `asked`: by Penstock itself, and not by an event of AWS's."""

    def __call__(self, arn: str, *, asked: bool) -> ReviewOutcome: ...


def reviewing(
    review: Review,
) -> Callable[[PackageChanged], ReviewOutcome]:
    """Answer events with a review; those that only tell of other edits are ignored."""

    def answer(event: PackageChanged) -> ReviewOutcome:
        arn = event.detail.model_package_arn
        if not event.concerns_approval:
            edited = ", ".join(event.detail.updated_fields or ()) or "nothing"
            return ReviewOutcome(arn, "ignored", f"only {edited} changed")
        return review(arn, asked=event.source == "penstock")

    return answer
