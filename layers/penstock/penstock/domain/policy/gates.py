"""The policy's `gates`: where a release waits for people."""

from pydantic import Field, model_validator

from penstock.domain.ledger.people import GateName
from penstock.domain.policy.section import Section

MOST_HOURS = 14 * 24
MOST_APPROVALS = 10


class GateSection(Section):
    """One place at which a release waits for people."""

    at: GateName = Field(description="Where the release waits.")
    hours: int = Field(
        ge=1,
        le=MOST_HOURS,
        description="Hours within which people have to answer. Then the release is rolled back.",
    )
    approvals: int = Field(
        default=1, ge=1, le=MOST_APPROVALS, description="How many different people have to approve."
    )
    staged: bool = Field(
        default=False,
        description=(
            "With before_traffic: whether the candidate's instances are up while the release waits."
        ),
    )

    @model_validator(mode="after")
    def _is_possible(self) -> "GateSection":
        if self.staged and self.at != "before_traffic":
            raise ValueError("`staged` has no effect before the promotion")
        return self


def gates_problem(gates: tuple[GateSection, ...]) -> str | None:
    """Why a policy cannot have these gates; None if it can."""
    places = [gate.at for gate in gates]
    twice = next((at for at in places if places.count(at) > 1), None)
    return twice and f"gates: {twice} appears twice"
