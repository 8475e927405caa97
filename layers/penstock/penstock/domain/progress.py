"""How far one execution is: the watch in hand, a wait for the endpoint, the cause of a rollback."""

from typing import Literal

from pydantic import BaseModel, ConfigDict


class Phase(BaseModel):
    """The watch in hand: since when (ms) the share is verified, what was last said about it."""

    model_config = ConfigDict(frozen=True)

    since: int
    asked: bool = False
    verdict: str | None = None


class Why(BaseModel):
    """Why a release is rolled back."""

    model_config = ConfigDict(frozen=True)

    kind: Literal["halt", "verdict", "newer", "failure", "recovery", "rollback", "stray", "tidy"]
    reason: str

    @property
    def of_an_ended_release(self) -> bool:
        """Whether the release in hand had ended before: its record keeps how."""
        return self.kind in {"stray", "tidy"}


class Waiting(BaseModel):
    """A wait for the endpoint: since when (ms), how often tried, whether people know."""

    model_config = ConfigDict(frozen=True)

    since: int
    tries: int = 0
    told: bool = False
