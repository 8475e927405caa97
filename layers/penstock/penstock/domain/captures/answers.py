"""What a release remembers of the answers that it has compared. Its document carries it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field

from penstock.domain.moments import HOUR_MS, MINUTE_MS

if TYPE_CHECKING:  # every document carries what is remembered, and only the judge joins
    from penstock.domain.captures.joining import Joined

LATE_MS = 10 * MINUTE_MS
"""Captured data is delivered some minutes late (facts 3.8): so long the minutes are waited for."""
LATEST_MS = HOUR_MS
"""What is delivered later than that is not compared."""
LEAST_MS, MOST_MS = 5 * MINUTE_MS, 15 * MINUTE_MS
"""Minutes that are joined at a time. A file holds those before and after, and is read again."""


class Answers(BaseModel):
    """The answers of two fleets that were compared so far."""

    model_config = ConfigDict(defer_build=True, frozen=True, extra="ignore")

    fleets: str = Field(description="The configuration whose fleets are compared.")
    until: int = Field(description="Answers before this time (ms) are compared.")
    pairs: int = Field(default=0, description="Pairs of answers to the same request.")
    differing: int = Field(default=0, description="Pairs that differ.")
    unmatched: int = Field(default=0, description="Answers whose InferenceId only one side has.")
    nameless: int = Field(default=0, description="Answers without an InferenceId.")
    repeated: int = Field(default=0, description="Answers whose InferenceId came more than once.")
    unread: int = Field(default=0, description="Lines that are no captured answers.")
    live: int = Field(default=0, description="Captured answers of live.")
    candidate: int = Field(default=0, description="Captured answers of the candidate.")
    cut: bool = Field(default=False, description="Whether there was more than can be read.")
    noted: bool = Field(default=False, description="Whether the evidence bucket has some of it.")

    def due(self, now: int) -> tuple[int, int] | None:
        """The time (ms) whose answers are to be joined: the latest there is. None: not yet.

        Looks may be farther apart than MOST_MS. What lies between is not compared: it is left out
        by the clock, and not by what was answered.
        """
        end = (now - LATE_MS) // MINUTE_MS * MINUTE_MS
        first = max(self.until, end - MOST_MS)
        return (first, end) if end - first >= LEAST_MS else None

    def after(self, joined: Joined, until: int, *, whole: bool) -> Answers:
        """After the answers up to `until` (ms) were joined, all of them if it is `whole`."""
        return self.model_copy(
            update={
                "until": until,
                "pairs": self.pairs + joined.pairs,
                "differing": self.differing + joined.differing,
                "unmatched": self.unmatched + joined.unmatched,
                "nameless": self.nameless + joined.nameless,
                "repeated": self.repeated + joined.repeated,
                "unread": self.unread + joined.unread,
                "live": self.live + joined.live,
                "candidate": self.candidate + joined.candidate,
                "cut": self.cut or not whole,
            }
        )

    def kept(self) -> Answers:
        """After the evidence bucket took them."""
        return self.model_copy(update={"noted": True})

    def left_out(self) -> str:
        """What could not be compared, as the end of a sentence; empty if there is nothing."""
        counted = (
            (self.unmatched, "have an InferenceId that only one side captured"),
            (self.nameless, "have no InferenceId"),
            (self.repeated, "have an InferenceId that came more than once"),
            (self.unread, "could not be read"),
        )
        said = [f"{count:,} {what}" for count, what in counted if count]
        if self.cut:
            said.append("some files were left out, because there are too many")
        return f"of the captured answers {', '.join(said)}" if said else ""


def answers_begun(fleets: str, since: int) -> Answers:
    """Before the first answer of these fleets, which are verified since `since` (ms)."""
    return Answers(fleets=fleets, until=-(-since // MINUTE_MS) * MINUTE_MS)
