"""The keys of the policy's `rollout` that an A/B test reads."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from penstock.domain.policy.goal import GoalSection
from penstock.domain.policy.section import Section

EXPERIMENT_SHARE = 50.0  # percent: there the comparison is sharpest
EXPERIMENT_DAYS = 14


def hundredths(percent: float) -> float:
    """Check that a share can be set.

    Raises:
        ValueError: It has more than two decimals.
    """
    if round(percent, 2) != percent:
        raise ValueError("must have at most two decimals: weights are integers out of 10,000")
    return percent


ExperimentShare = Annotated[float, Field(ge=1, le=EXPERIMENT_SHARE), AfterValidator(hundredths)]


class ExperimentKeys(Section):
    """How long candidate and live are held beside each other, and what that is to find out."""

    goal: GoalSection | None = Field(
        default=None,
        description="The business metric that decides an A/B test. The strategy ab requires it.",
    )
    share: ExperimentShare = Field(
        default=EXPERIMENT_SHARE,
        description="Percent of the requests that the candidate has while the goal is tested.",
    )
    max_days: int = Field(
        default=EXPERIMENT_DAYS,
        ge=1,
        le=60,
        description="Days at that share after which the test ends without a decision.",
    )
    on_no_difference: Literal["keep_live", "promote"] = Field(
        default="keep_live",
        description=(
            "What happens if there is no relevant difference, or none was found in `max_days`."
        ),
    )
