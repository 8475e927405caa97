"""The approval of the package that serves was revoked: what is noted of it on the gate."""

from pydantic import BaseModel, ConfigDict, Field


class Revocation(BaseModel):
    """A package serves and is Rejected. Noted once, until another package serves or it is
    approved again.
    """

    model_config = ConfigDict(defer_build=True, frozen=True, extra="ignore")

    package: str = Field(description="ARN of the package.")
    at: int = Field(description="When it was noticed, in ms.")
    goes_back: bool = Field(
        description="Whether an earlier release is to serve instead, as soon as it can."
    )
    says: str | None = Field(
        default=None,
        description="What people are told. None while a rollback is going to tell them.",
    )

    def stays(self, says: str) -> "Revocation":
        """There is nothing to go back to any more, so the package keeps serving."""
        return self.model_copy(update={"goes_back": False, "says": says})

    def overtaken(self, rejected_at: int | None) -> bool:
        """Whether a rejection at `rejected_at` (ms, in whole seconds) is a later one than this."""
        return rejected_at is not None and rejected_at > self.at
