"""The policy's `lifecycle`: what the registry shows of a package while Penstock releases it."""

from pydantic import Field

from penstock.domain.policy.section import Section
from penstock.domain.policy.serving import AwsName


class LifecycleSection(Section):
    """Names of the stages that Penstock writes to `ModelLifeCycle`, as SageMaker takes them.

    Letters, digits and hyphens, at most 63, the first one no hyphen (botocore: EntityName).
    """

    staging: AwsName = Field(default="Staging", description="Stage of a package in its release.")
    production: AwsName = Field(default="Production", description="Stage of what serves.")
    retired: AwsName = Field(
        default="Retired",
        description=(
            "Stage of what was replaced, and of a package that was rolled back and had no stage "
            "before."
        ),
    )
