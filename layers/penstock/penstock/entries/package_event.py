"""SageMaker Model Package State Change: the event that triggers a review."""

from collections.abc import Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from penstock.domain.moments import read_moment

APPROVAL_FIELD = "ModelApprovalStatus"
_SAY_NOTHING = frozenset({"ApprovalDescription", "CustomerMetadataProperties", "ModelLifeCycle"})
"""Fields whose edits do not concern a review. The review itself writes the first two."""


class PackageDetail(BaseModel):
    """The parts of the detail that matter. AWS may add others, and sends null for absent ones."""

    model_config = ConfigDict(defer_build=True, frozen=True, extra="ignore")

    model_package_arn: str = Field(
        alias="ModelPackageArn", min_length=1, description="ARN of the package."
    )
    approval: str | None = Field(
        default=None, alias="ModelApprovalStatus", description="The new approval status."
    )
    updated_fields: Sequence[str | None] | None = Field(
        default=None,
        alias="UpdatedModelPackageFields",
        description="Fields that the change updated. May be absent, null or empty.",
    )
    last_modified: Any = Field(
        default=None,
        alias="LastModifiedTime",
        description="When the package was changed, in any of AWS's formats.",
    )


class PackageChanged(BaseModel):
    """The event, from SageMaker or replayed by ourselves (nobody may send `aws.` sources)."""

    model_config = ConfigDict(defer_build=True, frozen=True, extra="ignore")

    account: str | None = Field(
        default=None, description="Account of the event. Absent in events of our own."
    )
    source: Literal["aws.sagemaker", "penstock"] = Field(
        description="SageMaker, or Penstock where it replays an event."
    )
    detail_type: Literal["SageMaker Model Package State Change"] = Field(
        alias="detail-type", description="The event's type."
    )
    detail: PackageDetail = Field(description="The package.")

    @property
    def edited(self) -> frozenset[str]:
        """The updated fields. Empty if the package was created, or if it is unknown.

        AWS documents the values but not the form of a registration: the field may be absent, null
        or empty then (facts 1.2, 1.5).
        """
        return frozenset(field for field in self.detail.updated_fields or () if field)

    @property
    def concerns_approval(self) -> bool:
        """Whether the package was created or its approval changed.

        Metadata edits fire the event too (facts 1.2).
        """
        return not self.edited or APPROVAL_FIELD in self.edited

    @property
    def concerns_review(self) -> bool:
        """Whether the package was created, or changed in a field that a review reads.

        A specification may be added later.
        """
        return not self.edited or bool(self.edited - _SAY_NOTHING)

    @property
    def at(self) -> int | None:
        """When the package was changed, in ms, rounded down to seconds by AWS. None: unknown."""
        return read_moment(self.detail.last_modified)
