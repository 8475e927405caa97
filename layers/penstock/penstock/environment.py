"""The environment of a function, as a typed model."""

from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict, Field

from penstock.domain.reviewing.package import Home


class Environment(BaseModel):
    """The names of what the template makes, as it passes them to every function.

    Lambda freezes them with each published version, so a parameter of the stack does not belong
    here: `penstock.domain.policy.settings` has those.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    ledger_table: str = Field(alias="LEDGER_TABLE")
    evidence_bucket: str = Field(alias="EVIDENCE_BUCKET")
    topic_arn: str = Field(alias="TOPIC_ARN")
    state_machine_arn: str = Field(alias="STATE_MACHINE_ARN")
    review_function: str = Field(alias="REVIEW_FUNCTION")
    settings_parameter: str = Field(alias="SETTINGS_PARAMETER")
    account: str = Field(alias="ACCOUNT_ID")
    region: str = Field(alias="AWS_REGION")

    @property
    def home(self) -> Home:
        """Where this Penstock works; the partition is that of the stack's own ARNs."""
        return Home(self.account, self.region, self.topic_arn.split(":")[1])


def read_environment(variables: Mapping[str, str]) -> Environment:
    """The names among these environment variables.

    Raises:
        pydantic.ValidationError: the template does not pass what the code needs.
    """
    return Environment.model_validate(dict(variables))
