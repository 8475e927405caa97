"""The event about a review."""

from typing import Literal

from pydantic import Field

from penstock.domain.execution.announcements import EndpointAnnouncement
from penstock.domain.reviewing.bars import BarResult
from penstock.domain.reviewing.review import ReviewDecision


class ModelPackageReviewed(EndpointAnnouncement):
    """A package was reviewed against the bars of its policy."""

    detail_type = "Model Package Reviewed"

    model_package_arn: str = Field(description="ARN of the reviewed model package version.")
    group: str = Field(description="Name of the model package group, as the registry spells it.")
    decision: ReviewDecision = Field(
        description="What the review decided. `left_pending`: a person has to decide."
    )
    mode: Literal["automatic", "manual"] = Field(description="The policy's `approval.mode`.")
    passed: bool = Field(description="Whether every bar passed.")
    bars: tuple[BarResult, ...] = Field(description="The result of each bar.")
    policy_version: str = Field(description="Version of the SSM parameter that holds the policy.")
    evidence_uri: str = Field(description="S3 URI of the whole record of the review.")

    @property
    def for_people(self) -> bool:
        """Only where a person has to decide."""
        return self.decision == "left_pending"
