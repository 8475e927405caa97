"""What does not work at once: when people are told again, and what the ledger keeps of it."""

from pydantic import BaseModel, ConfigDict, Field

from penstock.domain.moments import DAY_MS, HOUR_MS

REMINDED_AFTER_MS = (HOUR_MS, 6 * HOUR_MS)
"""When people are told again; later once a day."""


class Repair(BaseModel):
    """What was tried against UpdateRollbackFailed: new shares, then one update.

    The update is noted before its call, the shares once they are answered.
    """

    model_config = ConfigDict(defer_build=True, frozen=True, extra="ignore")

    shares: bool = Field(
        default=False,
        description="Whether SageMaker accepted or refused a share of 0 for the candidate.",
    )
    incident: int | None = Field(
        default=None,
        description=(
            "When the endpoint had last been modified before the update was requested, in ms. "
            "It changes once SageMaker accepts the update."
        ),
    )
    spent: bool = Field(
        default=False, description="Whether SageMaker accepted or refused the update."
    )
    refused: str | None = Field(default=None, description="Why SageMaker refused the update.")

    def with_shares(self) -> "Repair":
        """SageMaker took or refused the share of 0."""
        return self.model_copy(update={"shares": True})

    def begun(self, modified: int) -> "Repair":
        """The update is about to be asked of an endpoint that was last modified then (ms)."""
        return self.model_copy(update={"incident": modified})

    def accepted(self) -> "Repair":
        """SageMaker accepted the update."""
        return self.model_copy(update={"spent": True})

    def refused_for(self, reason: str) -> "Repair":
        """SageMaker refused the update for good."""
        return self.model_copy(update={"spent": True, "refused": reason})

    def over(self, modified: int) -> bool:
        """Whether the one update was made; an endpoint as it was then has not seen it yet."""
        return self.spent or (self.incident is not None and self.incident != modified)


class Stuck(BaseModel):
    """A rollback that makes no progress.

    It outlives the execution that found it, so that the next one continues the reminders.
    """

    model_config = ConfigDict(defer_build=True, frozen=True, extra="ignore")

    since: int = Field(description="When the rollback began, in ms.")
    told: int = Field(description="When people were last notified, in ms.")
    why: str = Field(description="Why the release rolls back.")

    def told_at(self, now: int) -> "Stuck":
        """After people were notified at `now` (ms)."""
        return self.model_copy(update={"told": now})

    def due(self, now: int) -> bool:
        """Whether people are to be told again: after one hour, after six, then once a day."""
        return due(self.since, self.told, now)


def due(since: int, told: int, now: int) -> bool:
    """Whether a reminder came due after people were last `told` (ms) of what began at `since`."""
    return told < since + reminder(now - since)


def reminder(passed: int) -> int:
    """The last moment for a reminder in what has passed (ms); 0 where there was none yet."""
    early = (mark for mark in REMINDED_AFTER_MS if mark <= passed)
    return max((*early, passed // DAY_MS * DAY_MS))
