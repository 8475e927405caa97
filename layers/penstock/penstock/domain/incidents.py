"""What the ledger keeps of a way back that does not work at once."""

from pydantic import BaseModel, ConfigDict


class Repair(BaseModel):
    """What was tried against UpdateRollbackFailed, noted before each call: one update, not more.

    `shares`: the candidate's share was asked to be 0. `incident`: when the endpoint was last
    modified (ms) as the update was about to be asked for; it changes once SageMaker accepts it.
    `spent`: it accepted or refused the update, in which case `refused` is why.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    shares: bool = False
    incident: int | None = None
    spent: bool = False
    refused: str | None = None

    def over(self, modified: int) -> bool:
        """Whether the one update was made; an endpoint as it was then has not seen it yet."""
        return self.spent or (self.incident is not None and self.incident != modified)
