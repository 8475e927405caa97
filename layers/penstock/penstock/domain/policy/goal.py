"""The goal of an A/B test: what the candidate is to do better, and how much better matters."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from penstock.domain.policy.section import Section
from penstock.domain.policy.signals import EITHER_VARIANT, Dimensions, Text

GoalName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,29}$")]
GoalKind = Literal["rate", "value"]
RATE_BOUNDS = (0.0, 1.0)


class GoalSection(Section):
    """A custom metric with one datum per request: its outcome, at the time of the request."""

    name: GoalName = Field(description="The goal's name in verdicts and records.")
    namespace: Text = Field(description="CloudWatch namespace.")
    metric: Text = Field(description="CloudWatch metric name.")
    dimensions: Dimensions = EITHER_VARIANT
    better: Literal["higher", "lower"] = Field(
        default="higher", description="Which mean outcome is the better one."
    )
    kind: GoalKind = Field(
        default="rate",
        description="`rate`: an outcome is 0 or 1. `value`: a number within `bounds`.",
    )
    bounds: tuple[float, float] | None = Field(
        default=None,
        description="The least and the largest outcome of a `value`. None is ever beyond them.",
    )
    least_effect: float = Field(
        gt=0,
        description="The smallest difference of the means that matters, in the outcome's unit.",
    )
    confidence: float = Field(
        default=0.95,
        gt=0.5,
        lt=1,
        description="Probability with which the interval of the effect holds at all looks at once.",
    )
    delay_minutes: int = Field(
        default=60,
        ge=0,
        le=2880,
        description="Minutes after a request until its outcome is published.",
    )

    @property
    def limits(self) -> tuple[float, float]:
        """The least and the largest outcome; 0 and 1 of a rate."""
        return self.bounds or RATE_BOUNDS

    @model_validator(mode="after")
    def _is_possible(self) -> "GoalSection":
        if self.kind == "rate" and self.bounds is not None:
            raise ValueError("`bounds` has no effect with the kind rate: its outcomes are 0 and 1")
        if self.kind == "value" and self.bounds is None:
            raise ValueError(
                "`bounds` is required with the kind value: the least and the largest outcome, "
                "such as [0, 500]"
            )
        low, high = self.limits
        if low >= high:
            raise ValueError(
                f"`bounds` must be the least outcome and then the largest, not {low:g} and {high:g}"
            )
        if self.least_effect > high - low:
            raise ValueError(
                f"`least_effect` ({self.least_effect:g}) must be at most {high - low:g}, the "
                f"largest difference of outcomes from {low:g} to {high:g}"
            )
        return self
