"""A deployment under way, as DescribeEndpoint shows it in PendingDeploymentSummary."""

import re

from pydantic import BaseModel, ConfigDict, Field

_BAKING = "Baking"
_WITH_TRAFFIC = frozenset({"ActivatingTraffic", _BAKING})
_ENABLED = re.compile(r"traffic enabled on (?P<part>full )?.*?(?P<count>\d+) instance")
"""SageMaker tells how much of the new fleet has traffic only in this sentence (facts 1.4):
"Baking for 180 seconds (TerminationWaitInSeconds) with traffic enabled on full capacity of 2
instance(s)."
"""


class VariantStatus(BaseModel):
    """What SageMaker is doing with a variant of the new configuration."""

    model_config = ConfigDict(defer_build=True, frozen=True)

    status: str = Field(description="SageMaker's VariantStatus.")
    message: str = Field(default="", description="Its sentence. Empty if there is none.")
    since: int = Field(default=0, description="When it began, in ms. 0: unknown.")


class PendingDeployment(BaseModel):
    """The new fleet. Only changes of the configuration have one."""

    model_config = ConfigDict(defer_build=True, frozen=True)

    config: str = Field(description="Name of the new configuration.")
    since: int = Field(default=0, description="When the deployment began, in ms. 0: unknown.")
    instances: int = Field(default=0, description="Instances that the new fleet is to have.")
    statuses: tuple[VariantStatus, ...] = Field(default=(), description="Steps in progress.")

    @property
    def has_traffic(self) -> bool:
        """Whether the new fleet takes requests, as far as SageMaker says. Unknown counts as yes."""
        known = [each.status for each in self.statuses]
        return not known or any(status in _WITH_TRAFFIC for status in known)

    @property
    def baking(self) -> VariantStatus | None:
        """The step that waits with traffic on the new fleet. None if there is none."""
        return next((each for each in self.statuses if each.status == _BAKING), None)

    @property
    def percent(self) -> float | None:
        """The part of the new fleet's capacity that takes requests, in percent.

        None before it does, between two steps, and where SageMaker does not say it.
        """
        found = self.baking and _ENABLED.search(self.baking.message)
        if not found:
            return None
        if found["part"]:
            return 100.0
        count = int(found["count"])
        return round(100 * count / self.instances, 2) if count <= self.instances else None
