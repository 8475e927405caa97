"""The keys of the policy's `rollout` about a shadow: it answers copies, for nobody."""

from pydantic import Field

from penstock.domain.policy.section import WEEK, Section

SHADOW_PERCENT = 100


class ShadowKeys(Section):
    """How long the candidate answers copies before anything else happens, and of how much."""

    shadow_minutes: int = Field(
        default=0,
        ge=0,
        le=WEEK,
        description=(
            "Minutes in which the candidate answers copies of the requests, before the strategy's "
            "first step. The strategy shadow requires them. 0: none."
        ),
    )
    shadow_percent: int = Field(
        default=SHADOW_PERCENT,
        ge=1,
        le=100,
        description="Percent of the requests of which it gets copies in these minutes.",
    )

    @property
    def copied(self) -> float:
        """The percentage of the requests that a shadow gets copies of; 0 without a shadow."""
        return self.shadow_percent if self.shadow_minutes else 0

    def shadow_problem(self) -> str | None:
        """Why the keys do not fit together; None if they do."""
        if not self.shadow_minutes and self.shadow_percent != SHADOW_PERCENT:
            return "`shadow_percent` has no effect without `shadow_minutes`"
        return None
