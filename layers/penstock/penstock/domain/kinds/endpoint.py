"""An endpoint as SageMaker shows it."""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from penstock.domain.kinds.pending import PendingDeployment
from penstock.domain.ledger.content import Content

IN_SERVICE = "InService"
REPAIRABLE = "UpdateRollbackFailed"
"""An update and its rollback failed. A mix serves, and another UpdateEndpoint repairs it."""
BEYOND_UPDATES = frozenset({"Failed", "UpdateRollbackFailed", "OutOfService", "Deleting"})
"""Statuses from which an endpoint does not recover by waiting (facts 3.2)."""
BROKEN = BEYOND_UPDATES - {"Deleting"}
"""Statuses that a person has to repair, or whose endpoint a person has to delete."""

ScaleIn = Literal["on", "suspended"]
"""Whether auto-scaling may remove instances."""


class ServedImage(BaseModel):
    """An image of a variant."""

    model_config = ConfigDict(defer_build=True, frozen=True)

    specified: str | None = Field(default=None, description="The image as the model names it.")
    resolved: str | None = Field(
        default=None, description="The image with the digest that it resolved to."
    )

    @property
    def digests(self) -> frozenset[str]:
        """The image's digests. Empty if only a tag is shown."""
        names = (self.specified or "", self.resolved or "")
        return frozenset(digest for name in names if (digest := name.partition("@")[2]))


class EndpointView(BaseModel):
    """One look at an endpoint."""

    model_config = ConfigDict(defer_build=True, frozen=True)

    status: str = Field(description="SageMaker's EndpointStatus.")
    content: Content = Field(description="What it shows.")
    counts: dict[str, int] = Field(default={}, description="Desired instances of each variant.")
    running: dict[str, int] = Field(default={}, description="Running instances of each variant.")
    images: dict[str, tuple[ServedImage, ...]] = Field(
        default={}, description="Images of each variant."
    )
    failure: str | None = Field(default=None, description="SageMaker's FailureReason.")
    modified: int = Field(
        default=0, description="When SageMaker last changed it, in ms. 0: unknown."
    )
    arn: str = Field(default="", description="ARN of the endpoint.")
    pending: PendingDeployment | None = Field(
        default=None, description="The change of its configuration that is under way."
    )

    @property
    def repairable(self) -> bool:
        """Whether only an UpdateEndpoint can repair it."""
        return self.status == REPAIRABLE

    @property
    def in_service(self) -> bool:
        """Whether SageMaker accepts changes now."""
        return self.status == IN_SERVICE

    @property
    def passing(self) -> bool:
        """Whether it accepts no change now, but recovers by waiting."""
        return not self.in_service and self.status not in BEYOND_UPDATES

    @property
    def condition(self) -> str:
        """Its status and SageMaker's reason, as a sentence."""
        return f"the endpoint is {self.status}: {self.failure or 'no reason given'}"

    def deploys(self, config: str) -> bool:
        """Whether a change to this configuration is under way."""
        return self.passing and self.pending is not None and self.pending.config == config

    def deploys_another(self, config: str) -> bool:
        """Whether a change to another configuration than this one is under way."""
        return self.passing and self.pending is not None and self.pending.config != config

    def instances(self, variant: str) -> int:
        """Instances of a variant that are both desired and running."""
        wanted = self.counts.get(variant, 0)
        return min(wanted, self.running.get(variant, wanted))


class LiveSetup(BaseModel):
    """What a release starts from: the present configuration and the model that it names."""

    model_config = ConfigDict(defer_build=True, frozen=True)

    config: dict[str, Any] = Field(description="Answer of DescribeEndpointConfig.")
    model: dict[str, Any] = Field(
        description="Answer of DescribeModel. Empty where the variant names no model."
    )
    counts: dict[str, int] = Field(description="Desired instances of each variant.")
    scale_in: ScaleIn | None = Field(
        default=None,
        description=(
            "Whether auto-scaling may remove instances. None: the serving variant is no "
            "scalable target."
        ),
    )
    config_tags: dict[str, str] = Field(
        default={}, description="Tags that people put on the configuration."
    )
    model_tags: dict[str, str] = Field(default={}, description="Tags that people put on the model.")
    cloudformation_stack: str | None = Field(
        default=None, description="Name of the CloudFormation stack that manages the endpoint."
    )
    ours: bool = Field(
        default=False, description="Whether a release of Penstock created the configuration."
    )
    environment: dict[str, str] | None = Field(
        default=None,
        description="Variables that people gave the model. None: every variable that it shows.",
    )

    @property
    def variant(self) -> str:
        """The name of the serving variant."""
        return str(self.config["ProductionVariants"][0]["VariantName"])

    @property
    def enhanced(self) -> bool:
        """Whether its instances publish series of their own (MetricsConfig)."""
        return bool(self.config.get("MetricsConfig", {}).get("EnableEnhancedMetrics"))

    @property
    def scaled(self) -> bool:
        """Whether auto-scaling is bound to the serving variant."""
        return self.scale_in is not None

    def scaling_in(self, scale_in: ScaleIn | None) -> "LiveSetup":
        """The same, with what auto-scaling may take away."""
        return self.model_copy(update={"scale_in": scale_in})

    def of_people(
        self, environment: dict[str, str], config_tags: dict[str, str], model_tags: dict[str, str]
    ) -> "LiveSetup":
        """The same, without what a release or a package wrote there."""
        return self.model_copy(
            update={
                "environment": environment,
                "config_tags": config_tags,
                "model_tags": model_tags,
            }
        )

    @property
    def container(self) -> dict[str, Any]:
        """The first container of the model; empty where it has none."""
        return next(iter(containers(self.model)), {})

    @property
    def peoples_environment(self) -> dict[str, str]:
        """The variables that no release and no package has set."""
        shown = dict(self.container.get("Environment") or {})
        return shown if self.environment is None else self.environment


def containers(model: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Every container of a model, however it was described."""
    found = [model.get("PrimaryContainer"), *(model.get("Containers") or [])]
    return [container for container in found if container]
