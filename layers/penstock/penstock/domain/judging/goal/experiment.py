"""An experiment as the document of an execution carries it: what was read, and for how long."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_serializer,
    field_validator,
)

from penstock.domain.errors import Damaged, Refused
from penstock.domain.judging.goal.aim import Aim
from penstock.domain.judging.goal.carried import carried_trial, restored_trial
from penstock.domain.judging.goal.lateness import KEPT_MINUTES
from penstock.domain.judging.goal.outcomes import GoalMinute, GoalOutcomes
from penstock.domain.judging.goal.trial import BEGUN, Trial, trial_after
from penstock.domain.moments import DAY_MINUTES, MINUTE_MS

MOST_A_LOOK = DAY_MINUTES
"""Minutes that one look reads at most. It catches up within a few looks."""


class OutcomeMinute(NamedTuple):
    """What was read of a minute. None: the statistics of a variant did not belong together."""

    number: int
    live: GoalOutcomes | None
    candidate: GoalOutcomes | None


class Experiment(BaseModel):
    """What is known of the goal so far. It begins when the share is reached.

    What outcomes the shares before it had does not count: the fleet was cold, and shares moved.
    """

    model_config = ConfigDict(defer_build=True, frozen=True)

    trial: Trial = Field(description="The state of the test.")
    next: int = Field(description="First minute that is not read yet.")
    since: int = Field(description="When the watch in hand began, in ms.")
    before: int = Field(default=0, description="How long earlier watches of the share took, in ms.")
    lasted: int = Field(
        default=0, description="How long the share was held so far, without freezes, in ms."
    )
    last: int | None = Field(
        default=None, description="The last minute that counts. None: the time is not over."
    )
    lost: int = Field(
        default=0, description="Minutes that CloudWatch did not keep until they could be read."
    )
    left_out: int = Field(default=0, description="Minutes whose outcomes are impossible.")

    @property
    def carried(self) -> dict[str, Any]:
        """The document that carries it: values of JSON's kinds, fewer than 600 bytes."""
        return self.model_dump(mode="json")

    @field_serializer("trial")
    def _carried(self, trial: Trial) -> list[Any]:
        return carried_trial(trial)

    @field_validator("trial", mode="before")
    @classmethod
    def _restored(cls, trial: Any) -> Any:
        return trial if isinstance(trial, Trial) else restored_trial(trial)

    def held(self, since: int, now: int, frozen_ms: int, max_days: int) -> "Experiment":
        """At a look, while the share is watched since `since` (ms). Freezes do not count.

        A watch that begins again, because a freeze kept a promotion back, goes on with the time.
        """
        before = self.before if since == self.since else self.lasted
        lasted = before + max(0, now - since - frozen_ms)
        last = self.last
        if last is None and lasted >= max_days * DAY_MINUTES * MINUTE_MS:
            last = now // MINUTE_MS - 1
        return self.model_copy(
            update={"since": since, "before": before, "lasted": lasted, "last": last}
        )

    def kept_from(self, now: int) -> "Experiment":
        """Without the minutes that CloudWatch no longer keeps."""
        first = now // MINUTE_MS - KEPT_MINUTES
        if first <= self.next:
            return self
        return self.model_copy(update={"next": first, "lost": self.lost + first - self.next})

    def end(self, now: int, late: int) -> int:
        """The minute up to which, exclusive, there is something to be read at this look.

        A minute is read `late` minutes after its end.
        """
        ready = now // MINUTE_MS - late
        if self.last is not None:
            ready = min(ready, self.last + 1)
        return max(self.next, min(ready, self.next + MOST_A_LOOK))

    def after(self, minutes: Sequence[OutcomeMinute], share: float, aim: Aim) -> "Experiment":
        """After these minutes, in which the candidate had this share of the requests, 0 to 1.

        A minute with impossible outcomes is left out and counted: it must not stop a release.
        """
        trial, left_out = self.trial, self.left_out
        for number, live, candidate in minutes:
            if live is None or candidate is None:
                left_out += 1
                continue
            try:
                trial = trial_after(trial, GoalMinute(number, share, live, candidate), aim)
            except Refused:
                left_out += 1
        following = minutes[-1].number + 1 if minutes else self.next
        return self.model_copy(update={"trial": trial, "next": following, "left_out": left_out})

    @property
    def read_to_the_end(self) -> bool:
        """Whether the time is over, and every minute of it was read."""
        return self.last is not None and self.next > self.last


def restored_experiment(document: dict[str, Any]) -> Experiment:
    """The experiment that was carried.

    Raises:
        Damaged: It is none.
    """
    try:
        return Experiment.model_validate(document)
    except ValidationError as error:
        raise Damaged(f"what is known of the goal cannot be read: {error}") from error


def experiment_begun(since: int) -> Experiment:
    """At a share that was reached at `since` (ms). Its first whole minute is the first to count."""
    return Experiment(trial=BEGUN, next=-(-since // MINUTE_MS), since=since)
