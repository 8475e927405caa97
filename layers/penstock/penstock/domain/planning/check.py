"""One release alarm."""

from collections.abc import Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from penstock.domain.kinds.series import Statistic

PERIODS, NEEDED = 3, 2
"""Two breaching minutes of the last three; one-minute alarms need 2-4 minutes (facts 4.4)."""


class Check(BaseModel):
    """A metric-math alarm. It fires when the last formula exceeds the threshold often enough."""

    model_config = ConfigDict(defer_build=True, frozen=True)

    name: str = Field(description="Name of the alarm.")
    description: str = Field(description="Description of the alarm.")
    series: Mapping[str, Statistic] = Field(description="Statistics, by the ids that formulas use.")
    formulas: Mapping[str, str] = Field(
        description="Metric math, by the ids that later formulas use."
    )
    threshold: float = Field(description="Fraction of the requests.")
    periods: int = Field(default=PERIODS, description="Latest minutes that are looked at.")
    needed: int = Field(default=NEEDED, description="How many of them have to breach.")
    silence: Literal["ignore", "notBreaching"] = Field(
        default="ignore", description="What a minute without data counts as."
    )
