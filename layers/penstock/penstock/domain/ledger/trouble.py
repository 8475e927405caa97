"""One thing that cannot be handled, as the ledger remembers it."""

from pydantic import BaseModel, ConfigDict, Field

from penstock.domain.errors import PenstockError, Refused, Unavailable

TROUBLE_PATIENCE_MS = 60 * 60 * 1000
"""How long AWS may not answer about one thing before people are notified, in ms."""


class Trouble(BaseModel):
    """One thing that the sweep cannot handle, as the ledger remembers it."""

    model_config = ConfigDict(defer_build=True, frozen=True, extra="ignore")

    about: str = Field(description="Name of the thing.")
    cause: str = Field(description="Tells one trouble from another.")
    reason: str = Field(description="What people read.")
    since: int = Field(description="When it began, in ms.")
    told: bool = Field(default=False, description="Whether people were notified.")

    def as_told(self) -> "Trouble":
        """After people were notified."""
        return self.model_copy(update={"told": True})

    def due(self, now: int) -> bool:
        """Whether people have to be notified now."""
        patience = TROUBLE_PATIENCE_MS if self.cause == Unavailable.__name__ else 0
        return not self.told and now - self.since >= patience


def trouble(about: str, error: Exception, before: Trouble | None, now: int) -> Trouble:
    """The trouble to remember for an error. A repeated one keeps its beginning.

    A refusal is identified by its sentence. Other errors carry AWS's messages, whose identifiers
    differ from call to call, and are identified by their class.
    """
    known = before is not None and before.cause == _cause(error)
    if before is not None and known:
        return before
    return Trouble(about=about, cause=_cause(error), reason=sentence(error), since=now)


def sentence(error: Exception) -> str:
    """The error as people read it. An unexpected one is shown by its class, without its text."""
    if isinstance(error, PenstockError):
        return str(error) or type(error).__name__
    return f"an unexpected error ({type(error).__name__}); the log has the details"


def _cause(error: Exception) -> str:
    if isinstance(error, Refused):
        return str(error)
    kind = Unavailable if isinstance(error, Unavailable) else type(error)
    return kind.__name__
