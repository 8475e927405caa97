"""Progress of one execution: its watch, its wait for SageMaker, the cause of a rollback."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from penstock.domain.judging.assessment import SignalSeen
from penstock.domain.judging.looks import frozen_seconds
from penstock.domain.ledger.content import Content
from penstock.domain.ledger.gate import Halt


class Phase(BaseModel):
    """The watch in hand."""

    model_config = ConfigDict(defer_build=True, frozen=True)

    since: int = Field(description="When its share was verified, in ms.")
    asked: bool = Field(default=False, description="Whether people were asked to decide.")
    verdict: str | None = Field(default=None, description="The verdict that was last published.")

    def from_now(self, now: int) -> "Phase":
        """The same watch, begun again at `now` (ms)."""
        return self.model_copy(update={"since": now})

    def said(self, verdict: str | None, *, asked: bool) -> "Phase":
        """After publishing: the published verdict, and whether people were asked to decide."""
        return self.model_copy(update={"verdict": verdict, "asked": asked})


class Ramp(BaseModel):
    """The share that an adaptive release chose last."""

    model_config = ConfigDict(defer_build=True, frozen=True)

    number: int = Field(description="How many shares of the stage came before it.")
    percent: float = Field(description="The share, in percent of the requests.")
    before: float = Field(description="The share before it, in percent of the requests.")


class Frozen(BaseModel):
    """The freeze that keeps the release from going forward."""

    model_config = ConfigDict(defer_build=True, frozen=True)

    since: int = Field(description="When this execution first met it, in ms.")
    until: int | None = Field(default=None, description="When it ends by itself, in ms.")
    told: bool = Field(
        default=False, description="Whether people were notified that it cannot be read."
    )
    before_call: bool = Field(
        default=False,
        description="Whether it came after the decision to go forward, before the call.",
    )

    def seen(self, until: int | None, *, told: bool) -> "Frozen":
        """The freeze as it was met again, and whether people were notified of it."""
        return self.model_copy(update={"until": until, "told": told})

    def at_share(self) -> "Frozen":
        """The same freeze, met at a share that is watched."""
        return self.model_copy(update={"before_call": False})

    def watch_seconds(self, seconds: int, now: int) -> int:
        """Seconds that the next watch lasts, instead of `seconds`. It ends with the freeze."""
        longer = max(seconds, frozen_seconds(self.since, now))
        if self.until is None or self.until <= now:
            return longer
        return min(longer, -(-(self.until - now) // 1000))


class DeploymentProgress(BaseModel):
    """A deployment that SageMaker makes by itself."""

    model_config = ConfigDict(defer_build=True, frozen=True)

    since: int = Field(description="When it began, in ms.")
    traffic_since: int | None = Field(
        default=None, description="When the new fleet was first seen with traffic, in ms."
    )

    def with_traffic(self, now: int) -> "DeploymentProgress":
        """The same, with the first traffic seen at `now` (ms)."""
        return self.model_copy(update={"traffic_since": now})


class Judged(BaseModel):
    """The last verdict on the candidate, and its figures."""

    model_config = ConfigDict(defer_build=True, frozen=True)

    at: int = Field(description="When it was judged, in ms.")
    verdict: str = Field(description="What the judge decided.")
    percent: float = Field(description="The candidate's share, in percent of the requests.")
    reason: str = Field(description="The verdict as a sentence.")
    log_e: float | None = Field(
        default=None, description="Natural logarithm of the evidence against the candidate."
    )
    threshold: float | None = Field(
        default=None,
        description="Natural logarithm of the evidence above which the release rolls back.",
    )
    signals: tuple[SignalSeen, ...] = Field(default=(), description="The figures of each signal.")
    direct_requests: int | None = Field(
        default=None, description="Requests that named the candidate, beyond its share."
    )

    def without_news(self) -> "Judged":
        """The same, as if nobody had sent requests directly: to be told with the next look."""
        return self.model_copy(update={"direct_requests": None})


class ExperimentProgress(BaseModel):
    """What is known of the goal of an experiment."""

    model_config = ConfigDict(defer_build=True, frozen=True)

    state: dict[str, Any] = Field(
        description="What was read and tested so far; only the source of the goal knows its form."
    )
    found: str | None = Field(
        default=None, description="What decided, as a sentence. None: nothing did so far."
    )


class RollbackCause(BaseModel):
    """Why a release is rolled back."""

    model_config = ConfigDict(defer_build=True, frozen=True)

    kind: Literal[
        "halt",
        "verdict",
        "golden",
        "newer",
        "failure",
        "recovery",
        "rollback",
        "stray",
        "tidy",
        "observed",
    ] = Field(description="What caused it. `observed`: nothing did; live is kept by plan.")
    reason: str = Field(description="Why, as a sentence.")
    against: str | None = Field(
        default=None,
        description=(
            "What speaks against the package itself, as a sentence: an alarm or its figures. None "
            "where the package is not to blame, or nobody knows."
        ),
    )

    @classmethod
    def of(cls, halt: Halt) -> "RollbackCause":
        """The cause of rolling back a release that was halted."""
        return cls(kind="halt", reason=halt.reason, against=halt.against)

    def speaking_against(self, reason: str) -> "RollbackCause":
        """The same cause, and that it speaks against the package."""
        return self.model_copy(update={"against": reason})

    @property
    def goes_back_as(self) -> Literal["observed", "superseded", "rolled_back"]:
        """The ending of a release that goes back for this cause."""
        match self.kind:
            case "observed":
                return "observed"
            case "newer":
                return "superseded"
            case _:
                return "rolled_back"

    @property
    def finding(self) -> str | None:
        """What a shadow test or an experiment found, once it is over. None for other causes."""
        return self.reason if self.kind == "observed" else None

    @property
    def was_never_good(self) -> bool:
        """Whether the package was never good, so that a first release leaves no endpoint."""
        return self.kind == "golden"

    @property
    def of_an_ended_release(self) -> bool:
        """Whether the release in hand had already ended. Its record then keeps how."""
        return self.kind in {"stray", "tidy"}


What = Literal["endpoint", "created", "answer", "live", "way_back", "rehearsal"]
"""What is waited for: a settled endpoint, new resources, an answer, instances, the end of a
rollback, the end of a rehearsal endpoint.
"""


class WaitProgress(BaseModel):
    """A wait for SageMaker. The fields from `rounds` on are used by a rollback only."""

    model_config = ConfigDict(defer_build=True, frozen=True)

    since: int = Field(description="When it began, in ms.")
    what: What = Field(default="endpoint", description="What is waited for.")
    spent: int = Field(
        default=0,
        description=(
            "Time that AWS's transient failures had cost the execution before this wait, in ms."
        ),
    )
    tries: int = Field(default=0, description="Calls that were made meanwhile.")
    told: int | None = Field(default=None, description="When people were last notified, in ms.")
    rounds: int = Field(default=0, description="Rounds of the rollback that this execution made.")
    shown: Content | None = Field(
        default=None, description="Content that was last seen in service."
    )
    taken: bool = Field(default=False, description="Whether SageMaker accepted the last call.")
    lost: int = Field(
        default=0, description="Time that was lost because AWS throttled the calls, in ms."
    )
    throttled: int | None = Field(
        default=None, description="When AWS throttled the last call, in ms. None if it did not."
    )

    def round(self, now: int, *, throttled: bool) -> "WaitProgress":
        """After one more round of a rollback."""
        passed = now - self.throttled if throttled and self.throttled else 0
        return self.model_copy(
            update={
                "rounds": self.rounds + 1,
                "lost": self.lost + passed,
                "throttled": now if throttled else None,
            }
        )

    def again(self) -> "WaitProgress":
        """One more try."""
        return self.model_copy(update={"tries": self.tries + 1})

    def saw(self, shown: Content | None, *, taken: bool) -> "WaitProgress":
        """What a look showed in service last, and whether SageMaker took the last call."""
        return self.model_copy(update={"shown": shown, "taken": taken})

    def told_at(self, now: int) -> "WaitProgress":
        """After people were notified at `now` (ms)."""
        return self.model_copy(update={"told": now})
