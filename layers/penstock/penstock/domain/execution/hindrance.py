"""AWS's trouble in the middle of a release: how often it is asked again, and for how long."""

from pydantic import BaseModel, ConfigDict, Field

HOUR_MS = 3_600_000
PATIENCE_MS = 2 * HOUR_MS
"""Of one release, in all: what nobody can look at for so long goes back while it still can."""
PROMOTED_PATIENCE_MS = 24 * HOUR_MS
"""Of a promotion: every step spoke for it, and taking it back would be as unwatched as it is."""
TOLD_AFTER_MS = HOUR_MS // 2
_WAITS = (*[30] * 10, *[60] * 55, *[300] * 12)
"""Seconds between tries, on average: five minutes, the rest of an hour, another hour."""
LONGEST_WAIT = 600
"""Seconds, and a third more at most: less than a lease lasts, which every try renews."""


class Hindered(BaseModel):
    """How much AWS's transient failures have held this execution up."""

    model_config = ConfigDict(defer_build=True, frozen=True)

    tries: int = Field(default=0, description="Tasks that did nothing because of them.")
    spent: int = Field(default=0, description="Time that passed meanwhile, in ms. It only grows.")
    at: int | None = Field(
        default=None, description="When the last such task ran, in ms. None once a task succeeded."
    )
    told: bool = Field(default=False, description="Whether people were notified.")

    def again(self, now: int) -> "Hindered":
        """One more try that came to nothing."""
        passed = 0 if self.at is None else max(0, now - self.at)
        return self.model_copy(
            update={"tries": self.tries + 1, "spent": self.spent + passed, "at": now}
        )

    def over(self) -> "Hindered":
        """A task got through. What was spent stays spent: history events are counted."""
        return self.model_copy(update={"at": None})

    def as_told(self) -> "Hindered":
        """People were told."""
        return self.model_copy(update={"told": True})

    @property
    def between(self) -> tuple[int, int]:
        """Seconds before the next try, at least and at most: many are throttled together."""
        mean = _WAITS[self.tries - 1] if self.tries <= len(_WAITS) else LONGEST_WAIT
        return mean * 2 // 3, mean * 4 // 3


def most_tries(patience_ms: int) -> int:
    """How many tries there are before a patience is over, if every pause were the shortest."""
    hindered, now = Hindered(), 0
    while hindered.spent < patience_ms:
        hindered = hindered.again(now)
        now += hindered.between[0] * 1000
    return hindered.tries
