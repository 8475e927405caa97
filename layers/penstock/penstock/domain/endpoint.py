"""An endpoint as SageMaker shows it."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from penstock.domain.content import Content

IN_SERVICE = "InService"
BEYOND_UPDATES = frozenset({"Failed", "UpdateRollbackFailed", "OutOfService", "Deleting"})
"""From these an endpoint does not come back by waiting (facts 3.2)."""
BROKEN = BEYOND_UPDATES - {"Deleting"}
"""What a person has to mend, or delete; what is being deleted will be gone."""

ScaleIn = Literal["on", "suspended"]
"""Whether auto-scaling may take instances away."""


class EndpointView(BaseModel):
    """One look: status, content; per variant instances wanted and running, and the image."""

    model_config = ConfigDict(frozen=True)

    status: str
    content: Content
    counts: dict[str, int] = {}
    running: dict[str, int] = {}
    images: dict[str, str] = {}
    failure: str | None = None

    @property
    def in_service(self) -> bool:
        """Whether SageMaker takes changes now."""
        return self.status == IN_SERVICE

    @property
    def condition(self) -> str:
        """What it is in, and why, as SageMaker says."""
        return f"the endpoint is {self.status}: {self.failure or 'no reason given'}"

    def instances(self, variant: str) -> int:
        """How many instances a variant can be counted on to have."""
        wanted = self.counts.get(variant, 0)
        return min(wanted, self.running.get(variant, wanted))


class LiveSetup(BaseModel):
    """What a new configuration starts from: the live one, and the model it names.

    Both are the answers of DescribeEndpointConfig and DescribeModel, so nothing that a person set
    up there is lost; `counts` are the instances wanted now. `scale_in` is None
    where the serving variant is no scalable target. Tags are those of people: not AWS's, not ours.
    """

    model_config = ConfigDict(frozen=True)

    config: dict[str, Any]
    model: dict[str, Any]
    counts: dict[str, int]
    scale_in: ScaleIn | None = None
    config_tags: dict[str, str] = {}
    model_tags: dict[str, str] = {}
    cloudformation_stack: str | None = None

    @property
    def variant(self) -> str:
        """The name of the serving variant."""
        return str(self.config["ProductionVariants"][0]["VariantName"])

    @property
    def scaled(self) -> bool:
        """Whether auto-scaling is bound to the serving variant."""
        return self.scale_in is not None
