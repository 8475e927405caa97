"""Model packages as the registry shows them."""

from typing import Any

from penstock.domain.reviewing.package import Container, Package

ACCOUNT, REGION = "123456789012", "eu-west-1"


def arn_of(group: str, version: int) -> str:
    """The ARN of a version of a group."""
    return f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:model-package/{group}/{version}"


def approved_package(group: str, version: int, at: int, **changes: Any) -> Package:
    """Registered, complete and approved at one moment (ms), with one container; but for this."""
    package = Package(
        arn=arn_of(group, version),
        group=group,
        version=version,
        region=REGION,
        account=ACCOUNT,
        status="Completed",
        approval="Approved",
        created_at=at,
        last_modified=at,
        containers=(Container(image="image:1"),),
        has_inference_spec=True,
    )
    return package.model_copy(update=changes)
