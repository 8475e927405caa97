"""The parameters of the stack that the code reads, as the template writes them into one document.

Published versions of the functions run for as long as their releases do, so every version reads
the document of every later deployment: keys may be added, and none renamed or taken away. A new
key has a default, for the document that a failed deployment puts back.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from penstock.domain.errors import Refused
from penstock.domain.policy.complaints import complaints
from penstock.domain.policy.limits import Limits


def _without_blanks(value: object) -> object:
    """CloudFormation has no empty list: it writes one as a list of one empty text."""
    return [part for part in value if part != ""] if isinstance(value, list) else value


Arns = Annotated[tuple[str, ...], BeforeValidator(_without_blanks)]


class Settings(BaseModel):
    """One field for each parameter of the template, by the parameter's name."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    policy_path: str = Field(alias="PolicyPath", pattern="^/.*[^/]$")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(alias="LogLevel")
    endpoint_pattern: str = Field(alias="EndpointNamePattern", min_length=1)
    serving_roles: Arns = Field(alias="ServingRoleArns")
    report_buckets: Arns = Field(alias="ReportBucketArns")
    kms_keys: Arns = Field(alias="KmsKeyArns")

    @property
    def limits(self) -> Limits:
        """What a policy may ask for."""
        return Limits(
            endpoint_pattern=self.endpoint_pattern,
            serving_roles=self.serving_roles,
            report_buckets=self.report_buckets,
            kms_keys=self.kms_keys,
        )


def parse_settings(text: str, name: str) -> Settings:
    """The settings in this text; `name` (of the SSM parameter) only names it in the refusal.

    Raises:
        Refused: somebody edited it by hand; the sentence says what is wrong and how to mend it.
    """
    try:
        return Settings.model_validate_json(text)
    except ValidationError as error:
        found = complaints(error, Settings)
        raise Refused(
            f"the SSM parameter {name} does not have the form that the stack writes ({found}); "
            "deploy the stack again with a changed parameter, or restore the value by hand"
        ) from error
