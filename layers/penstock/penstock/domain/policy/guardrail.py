"""The keys of the policy's `rollout` with which SageMaker shifts by itself."""

from pydantic import Field, model_validator

from penstock.domain.planning.deployment import (
    LONGEST_DEPLOYMENT,
    MOST_PERCENT,
    TRAFFIC,
    Shifting,
    TrafficKind,
    TrafficName,
)
from penstock.domain.policy.section import Section

SIZE_PERCENT = 10
WAIT_MINUTES = 10
MOST_WAIT_MINUTES = 60
_USUAL: TrafficName = "canary"


class GuardrailKeys(Section):
    """How SageMaker shifts (strategy guardrail). What is left out has the default of its kind."""

    traffic: TrafficName | None = Field(
        default=None,
        description="How a guardrail shifts the capacity. Default with the strategy: canary.",
    )
    size_percent: int | None = Field(
        default=None,
        ge=1,
        le=MOST_PERCENT,
        description=(
            "Capacity of a canary, a linear step or a rolling batch, in percent. Default: 10."
        ),
    )
    wait_minutes: int | None = Field(
        default=None,
        ge=0,
        le=MOST_WAIT_MINUTES,
        description="Minutes that SageMaker waits between two steps. Default: 10.",
    )
    termination_minutes: int | None = Field(
        default=None,
        ge=0,
        le=MOST_WAIT_MINUTES,
        description=(
            "Minutes that the old fleet stays after the last step, so that SageMaker can go back "
            "to it. Default: 10."
        ),
    )

    @model_validator(mode="after")
    def _is_possible_traffic(self) -> "GuardrailKeys":
        kind = self._kind
        for key, why in kind.lacks:
            if getattr(self, key) is not None:
                raise ValueError(f"`{key}` has no effect with traffic {kind.name}: {why}")
        if self.size_percent is not None and self.size_percent < kind.least_percent:
            raise ValueError(
                f"`size_percent` must be {kind.least_percent} to {MOST_PERCENT} with traffic "
                f"{kind.name}: SageMaker takes no other step"
            )
        if kind.moves == "each":
            self._check_waits(kind)
        return self

    def _check_waits(self, kind: TrafficKind) -> None:
        """Check that the waits leave SageMaker time for the rest, whatever the fleet is."""
        written = self.guardrail
        steps = -(-100 // written.size_percent)
        waited = steps if kind.rolls else steps - 1
        waits = waited * written.wait_minutes + written.termination_minutes
        if waits >= LONGEST_DEPLOYMENT:
            raise ValueError(
                f"the waits of {steps} steps take {waits} minutes, and SageMaker ends a "
                f"deployment after {LONGEST_DEPLOYMENT}: use larger steps or a shorter "
                "`wait_minutes`"
            )

    @property
    def _kind(self) -> TrafficKind:
        return TRAFFIC[self.traffic or _USUAL]

    @property
    def guardrail(self) -> Shifting:
        """What is written of it, with the defaults of its kind of traffic."""
        kind = self._kind
        lacks = [key for key, _ in kind.lacks]

        def known(key: str, default: int, without: int) -> int:
            written: int | None = getattr(self, key)
            if written is not None:
                return written
            return without if key in lacks else default

        return Shifting(
            kind.name,
            known("size_percent", SIZE_PERCENT, 100),
            known("wait_minutes", WAIT_MINUTES, 0),
            known("termination_minutes", WAIT_MINUTES, 0),
        )
