"""The environment of a function, as a typed model."""

from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict, Field

from penstock.domain.home import Home


class Environment(BaseModel):
    """The names of what the template makes, as it passes them to every function.

    Lambda freezes them with each published version, so a parameter of the stack does not belong
    here: `penstock.domain.policy.settings` has those.
    """

    model_config = ConfigDict(defer_build=True, frozen=True, extra="ignore")

    ledger_table: str = Field(
        alias="LEDGER_TABLE", description="Name of the ledger's DynamoDB table."
    )
    evidence_bucket: str = Field(
        alias="EVIDENCE_BUCKET", description="Name of the evidence bucket."
    )
    topic_arn: str = Field(alias="TOPIC_ARN", description="ARN of the SNS topic.")
    state_machine_arn: str = Field(
        alias="STATE_MACHINE_ARN", description="ARN of the release state machine."
    )
    review_function: str = Field(
        alias="REVIEW_FUNCTION", description="Name and alias of the review function."
    )
    reconcile_function: str = Field(
        alias="RECONCILE_FUNCTION", description="Name and alias of the reconcile function."
    )
    settings_parameter: str = Field(
        alias="SETTINGS_PARAMETER",
        description="Name of the SSM parameter with the stack's settings.",
    )
    account: str = Field(alias="ACCOUNT_ID", description="Id of this account.")
    region: str = Field(alias="AWS_REGION", description="This region.")

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
