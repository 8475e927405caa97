"""The stack's parameters that the code reads, in one document that the template writes.

Published versions of the functions run as long as their releases, so every version reads the
document of every later deployment. Keys may be added, but none may be renamed or removed. A new key
has a default, because a failed deployment restores the old document.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from penstock.domain.errors import Refused
from penstock.domain.policy.allowed import Limits
from penstock.domain.policy.complaints import complaints


def _without_blanks(value: object) -> object:
    """CloudFormation writes an empty list as a list of one empty string."""
    return [part for part in value if part != ""] if isinstance(value, list) else value


Arns = Annotated[tuple[str, ...], BeforeValidator(_without_blanks)]


class Settings(BaseModel):
    """The settings: one field per parameter of the template, by the parameter's name."""

    model_config = ConfigDict(defer_build=True, frozen=True, extra="ignore")

    policy_path: str = Field(
        alias="PolicyPath", pattern="^/.*[^/]$", description="Parameter Store path of the policies."
    )
    control_path: str = Field(
        default="/penstock/control",
        alias="ControlPath",
        pattern="^/.*[^/]$",
        description="Parameter Store path of what people control while releases run.",
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        alias="LogLevel", description="Log level of the functions that read the settings."
    )
    endpoint_pattern: str = Field(
        alias="EndpointNamePattern",
        min_length=1,
        description="Endpoints that may be released to, in lower case, with `*`.",
    )
    serving_roles: Arns = Field(
        alias="ServingRoleArns",
        description="ARNs of execution roles that models may have, with `*`.",
    )
    report_buckets: Arns = Field(
        alias="ReportBucketArns",
        description=(
            "ARNs of buckets and objects that reports and artefacts are read from, with `*`."
        ),
    )
    golden_buckets: Arns = Field(
        default=(),
        alias="GoldenBucketArns",
        description="ARNs of buckets and objects that golden requests are read from, with `*`.",
    )
    capture_buckets: Arns = Field(
        default=(),
        alias="CaptureBucketArns",
        description="ARNs of buckets and objects that captured answers are read from, with `*`.",
    )
    kms_keys: Arns = Field(
        alias="KmsKeyArns",
        description="ARNs of keys that endpoint configurations may name, with `*`.",
    )

    @property
    def limits(self) -> Limits:
        """What a policy may request."""
        return Limits(
            endpoint_pattern=self.endpoint_pattern,
            serving_roles=self.serving_roles,
            report_buckets=self.report_buckets,
            golden_buckets=self.golden_buckets,
            capture_buckets=self.capture_buckets,
            kms_keys=self.kms_keys,
        )


def parse_settings(text: str, name: str) -> Settings:
    """Parse the settings.

    Args:
        text: The document.
        name: Name of the SSM parameter, for the refusal.

    Raises:
        Refused: Somebody edited it by hand. The sentence says what is wrong and how to fix it.
    """
    try:
        return Settings.model_validate_json(text)
    except ValidationError as error:
        found = complaints(error, Settings)
        raise Refused(
            f"the SSM parameter {name} does not have the form that the stack writes ({found}); "
            "deploy the stack again with a changed parameter, or restore the value by hand"
        ) from error
