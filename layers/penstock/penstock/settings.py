"""The environment of a function, as a typed model."""

from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict, Field, field_validator

from penstock.domain.limits import Limits
from penstock.domain.package import Home


class Settings(BaseModel):
    """What the template passes to every function."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    ledger_table: str = Field(alias="LEDGER_TABLE")
    evidence_bucket: str = Field(alias="EVIDENCE_BUCKET")
    topic_arn: str = Field(alias="TOPIC_ARN")
    state_machine_arn: str = Field(alias="STATE_MACHINE_ARN")
    review_function: str = Field(alias="REVIEW_FUNCTION")
    policy_path: str = Field(alias="POLICY_PATH")
    account: str = Field(alias="ACCOUNT_ID")
    region: str = Field(alias="AWS_REGION")
    endpoint_pattern: str = Field(alias="ENDPOINT_NAME_PATTERN")
    serving_roles: tuple[str, ...] = Field(alias="SERVING_ROLE_ARNS")
    report_buckets: tuple[str, ...] = Field(alias="REPORT_BUCKET_ARNS")
    kms_keys: tuple[str, ...] = Field(alias="KMS_KEY_ARNS")

    @field_validator("serving_roles", "report_buckets", "kms_keys", mode="before")
    @classmethod
    def _listed(cls, value: object) -> object:
        """CloudFormation joins lists with commas; an empty one is an empty text."""
        return tuple(part for part in value.split(",") if part) if isinstance(value, str) else value

    @property
    def home(self) -> Home:
        """Where this Penstock works; the partition is that of the stack's own ARNs."""
        return Home(self.account, self.region, self.topic_arn.split(":")[1])

    @property
    def limits(self) -> Limits:
        """What the stack's parameters allow."""
        return Limits(
            endpoint_pattern=self.endpoint_pattern,
            serving_roles=self.serving_roles,
            report_buckets=self.report_buckets,
            kms_keys=self.kms_keys,
        )


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Settings from environment variables.

    Raises:
        pydantic.ValidationError: the template does not pass what the code needs.
    """
    return Settings.model_validate(dict(environment))
