"""How far one execution is: the watch in hand, a wait for the endpoint, the cause of a rollback."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

from penstock.domain.judging.opinion import SignalSeen
from penstock.domain.ledger.content import Content


class Phase(BaseModel):
    """The watch in hand: since when (ms) the share is verified, what was last said about it."""

    model_config = ConfigDict(frozen=True)

    since: int
    asked: bool = False
    verdict: str | None = None

    def said(self, verdict: str | None, *, asked: bool) -> "Phase":
        """After people were told: the verdict they know, and whether they were asked to decide."""
        return self.model_copy(update={"verdict": verdict, "asked": asked})


class Ramp(BaseModel):
    """The share that was chosen last, the `number`-th of its stage, and the one before; percent."""

    model_config = ConfigDict(frozen=True)

    number: int
    percent: float
    before: float


class Judged(BaseModel):
    """What was last said about the candidate, and when (ms); `signals` is what it rests on."""

    model_config = ConfigDict(frozen=True)

    at: int
    verdict: str
    percent: float
    reason: str
    log_e: float | None = None
    threshold: float | None = None
    signals: tuple[SignalSeen, ...] = ()


class Why(BaseModel):
    """Why a release is rolled back."""

    model_config = ConfigDict(frozen=True)

    kind: Literal["halt", "verdict", "newer", "failure", "recovery", "rollback", "stray", "tidy"]
    reason: str

    @property
    def of_an_ended_release(self) -> bool:
        """Whether the release in hand had ended before: its record keeps how."""
        return self.kind in {"stray", "tidy"}


What = Literal["endpoint", "created", "answer", "live", "way_back"]
"""What is waited for: a calm endpoint, what was just created, an answer, instances, the end."""


class Waiting(BaseModel):
    """A wait for `what`: since when (ms), how often tried, when people were last told (ms).

    `spent` is how long AWS's trouble had kept the execution from anything before it (ms).

    On a way back also how many rounds this execution made, what was last seen in service, whether
    SageMaker took the last call, and how much time was lost (ms) because AWS throttled the calls;
    `throttled` is when it last did.
    """

    model_config = ConfigDict(frozen=True)

    since: int
    what: What = "endpoint"
    spent: int = 0
    tries: int = 0
    told: int | None = None
    rounds: int = 0
    shown: Content | None = None
    taken: bool = False
    lost: int = 0
    throttled: int | None = None

    def round(self, now: int, *, throttled: bool) -> "Waiting":
        """One more round of a way back."""
        passed = now - self.throttled if throttled and self.throttled else 0
        return self.model_copy(
            update={
                "rounds": self.rounds + 1,
                "lost": self.lost + passed,
                "throttled": now if throttled else None,
            }
        )

    def again(self) -> "Waiting":
        """One more try."""
        return self.model_copy(update={"tries": self.tries + 1})

    def saw(self, shown: Content | None, *, taken: bool) -> "Waiting":
        """What a look showed in service last, and whether SageMaker took the last call."""
        return self.model_copy(update={"shown": shown, "taken": taken})

    def told_at(self, now: int) -> "Waiting":
        """People were told now (ms)."""
        return self.model_copy(update={"told": now})
