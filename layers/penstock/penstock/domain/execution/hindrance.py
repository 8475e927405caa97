"""Transient failures of AWS during a release: how often a task is tried again, and for how
long.
"""

from pydantic import BaseModel, ConfigDict, Field

from penstock.domain.moments import HOUR_MS

PATIENCE_MS = 2 * HOUR_MS
"""Retry budget of a release, in ms. A release that nobody can watch for so long rolls back."""
PROMOTED_PATIENCE_MS = 24 * HOUR_MS
"""Retry budget of a promotion, in ms. Every step passed, and nobody could watch its rollback
either.
"""
TOLD_AFTER_MS = HOUR_MS // 2
_WAITS = (*[30] * 10, *[60] * 55, *[300] * 12)
"""Average seconds between tries: for five minutes, the rest of an hour, and another hour."""
LONGEST_WAIT = 600
"""Average seconds between later tries. With a third more it is still shorter than a lease,
which every try renews.
"""


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
        """After one more failed try."""
        passed = 0 if self.at is None else max(0, now - self.at)
        return self.model_copy(
            update={"tries": self.tries + 1, "spent": self.spent + passed, "at": now}
        )

    def over(self) -> "Hindered":
        """After a task succeeded. The spent time is not refunded, because history events are
        counted.
        """
        return self.model_copy(update={"at": None})

    def as_told(self) -> "Hindered":
        """After people were notified."""
        return self.model_copy(update={"told": True})

    @property
    def between(self) -> tuple[int, int]:
        """Least and most seconds before the next try. They are spread, because many are
        throttled together.
        """
        mean = _WAITS[self.tries - 1] if self.tries <= len(_WAITS) else LONGEST_WAIT
        return mean * 2 // 3, mean * 4 // 3


def most_tries(patience_ms: int) -> int:
    """How many tries fit into a retry budget (ms) if every pause is the shortest."""
    hindered, now = Hindered(), 0
    while hindered.spent < patience_ms:
        hindered = hindered.again(now)
        now += hindered.between[0] * 1000
    return hindered.tries
