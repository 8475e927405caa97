"""The policy's `golden`: recorded requests whose answers are known."""

from typing import Annotated

from pydantic import Field, StringConstraints

from penstock.domain.policy.section import Section

LONGEST_ANSWER = 60
"""Seconds; SageMaker waits no longer for an answer of a container (facts 3.6)."""
ObjectUri = Annotated[str, StringConstraints(pattern=r"^s3://[^/]+/(.*[^/])$", max_length=1024)]


class GoldenSection(Section):
    """Golden requests: the candidate is asked them before it serves anybody."""

    s3_uri: ObjectUri = Field(
        description=(
            "S3 URI of a file with one request a line, as JSON; within the stack's "
            "GoldenBucketArns. It is read when the release is planned."
        )
    )
    at_least: float = Field(
        default=1.0, gt=0, le=1, description="Share of the requests that has to pass."
    )
    timeout_seconds: int = Field(
        default=LONGEST_ANSWER,
        ge=1,
        le=LONGEST_ANSWER,
        description="How long one answer is waited for, in seconds.",
    )
