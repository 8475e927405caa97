"""The comparison of one candidate: what was judged so far, and what is still to be read.

It travels in the document of the execution. A recovery and a rollback need none.
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    field_serializer,
    field_validator,
)

from penstock.domain.judging.assessment import Evidence, Share
from penstock.domain.judging.carried_state import carried, restored
from penstock.domain.judging.counts import Minute
from penstock.domain.judging.evidence_state import EvidenceState, begun
from penstock.domain.judging.judge_settings import JudgeSettings
from penstock.domain.judging.readings import (
    READ_AFTER,
    Reading,
    counts,
    is_sure,
    is_whole,
    observed_share,
)
from penstock.domain.moments import MINUTE_MS

MOST_UNKEPT = 240
"""Most counts (a signal in a minute) that wait for the archive: the document carries them."""


def most_unkept(signals: int) -> int:
    """Most judged minutes that wait for the archive; older ones are dropped."""
    return max(1, MOST_UNKEPT // max(2, signals))


class Span(NamedTuple):
    """Minutes first to last (None: until now) that lie wholly in one share, in percent.

    Without a share the routing promises none: then it is what the requests show. `copied` is the
    percentage of the requests of which the candidate answers copies: they are no part of its share.
    """

    first: int
    last: int | None
    percent: float | None
    copied: float = 0.0


class Comparison(BaseModel):
    """What was judged of one candidate so far, and what is still to be read."""

    model_config = ConfigDict(defer_build=True, frozen=True, extra="ignore", populate_by_name=True)

    state: EvidenceState = Field(
        validation_alias="trial",
        serialization_alias="trial",
        description="The state of the sequential test.",
    )
    began: int = Field(description="When the candidate's first requests came, in ms.")
    next_minute: int = Field(description="First minute that is neither judged nor left out.")
    spans: tuple[Span, ...] = Field(default=(), description="Shares of the minutes from there on.")
    requests: float = Field(
        default=0.0, description="Requests of the candidate that were judged at the present share."
    )
    unsure: tuple[Reading, ...] = Field(
        default=(), description="Minutes that were read once and may still change."
    )
    unkept: tuple[Minute, ...] = Field(
        default=(), description="Judged minutes that are not in the archive yet."
    )
    kept: bool = Field(
        default=False, description="Whether the archive has some of the judged minutes."
    )
    fleets: str | None = Field(
        default=None,
        description="The configuration whose fleets are compared. None: nobody noted it.",
    )

    @field_serializer("state", mode="wrap")
    def _carried(
        self, state: EvidenceState, document: SerializerFunctionWrapHandler
    ) -> dict[str, Any]:
        return carried(document(state), state.metrics)

    @field_validator("state", mode="before")
    @classmethod
    def _restored(cls, state: Any) -> Any:
        """Executions that began before rows were carried have the metrics by their names."""
        rows = isinstance(state, dict) and isinstance(state.get("metrics"), list | tuple)
        return restored(state) if rows else state

    @field_validator("state")
    @classmethod
    def _judges_something(cls, state: EvidenceState) -> EvidenceState:
        if not state.metrics:
            raise ValueError("evidence of no metric judges nothing")
        return state

    def until(self, now: int) -> int:
        """The minute (ms: `now`) up to which, exclusive, there is something to be read."""
        return max(self.next_minute, now // MINUTE_MS - READ_AFTER)

    def at_share(self, since: int, percent: float | None, copied: float = 0.0) -> "Comparison":
        """The comparison at a new share since `since` (ms). Unchanged if that is known.

        None: nobody knows the share beforehand.
        """
        first = -(-since // MINUTE_MS)
        if self.spans and self.spans[-1].last is None:
            return self
        spans = (*self.spans, Span(first, None, percent, copied))
        return self.model_copy(update={"spans": spans, "requests": 0.0})

    def leaves_share(self, now: int) -> "Comparison":
        """The comparison before the share changes at `now` (ms)."""
        *before, present = self.spans
        ended = present._replace(last=now // MINUTE_MS - 1)
        return self.model_copy(update={"spans": (*before, ended)})

    def leaves_out(self, now: int) -> "Comparison":
        """The comparison without the minutes until `now` (ms): they say nothing of the model."""
        return self.model_copy(update={"next_minute": now // MINUTE_MS + 1, "unsure": ()})

    def with_readings(
        self, readings: Sequence[Reading], evidence: Evidence, now: int, sure_after: int
    ) -> "Comparison":
        """Judge every final minute in order and once, and remember the others.

        A minute without any request is no evidence. `evidence` is this comparison's evidence. A
        minute is final at the latest `sure_after` minutes after its end.
        """
        sure = list(self._sure(readings, now, sure_after))
        minutes = [self._minute(reading) for reading in sure]
        busy = [minute for minute in minutes if any(map(any, minute.counts.values()))]
        following = sure[-1].number + 1 if sure else self.next_minute
        return self._judged(busy, evidence).read_up_to(following, tuple(readings)[len(sure) :])

    def doubted(self, evidence: Evidence) -> bool:
        """Whether the minutes that are not final yet speak against the candidate.

        They roll nothing back, because they may still change. But nothing goes forward meanwhile.
        """
        if not self.unsure:
            return False
        for reading in self.unsure:
            if is_whole(reading, self._expected(reading), self.state.usual):
                evidence = evidence.after(self._minute(reading))
        return evidence.assessment(Share(0, 0)).suspicion != "clear"

    def none_kept(self) -> "Comparison":
        """The comparison after the archive took nothing: it waits with the latest minutes."""
        latest = self.unkept[-most_unkept(len(self.state.metrics)) :]
        return self.model_copy(update={"unkept": latest})

    def all_kept(self) -> "Comparison":
        """The comparison after every judged minute was archived."""
        return self.model_copy(update={"unkept": (), "kept": True})

    def counted_from_the_first(self) -> list[Minute]:
        """The minutes to archive, counted from the candidate's first requests."""
        first = self.began // MINUTE_MS
        return [minute._replace(number=minute.number - first) for minute in self.unkept]

    def _sure(self, readings: Sequence[Reading], now: int, sure_after: int) -> Iterator[Reading]:
        before, usual = {reading.number: reading for reading in self.unsure}, self.state.usual
        for reading in readings:
            weight = self._expected(reading)
            if not is_sure(reading, before.get(reading.number), now, sure_after, weight, usual):
                return
            yield reading

    def read_up_to(self, following: int, unsure: tuple[Reading, ...]) -> "Comparison":
        """The comparison judged up to the minute `following`, exclusive."""
        return self.model_copy(
            update={
                "next_minute": following,
                "spans": tuple(s for s in self.spans if s.last is None or s.last >= following),
                "unsure": unsure,
            }
        )

    def _minute(self, reading: Reading) -> Minute:
        return Minute(reading.number, self._weight(reading), counts(reading))

    def _weight(self, reading: Reading) -> float | None:
        """The candidate's share. None if it changed within the minute."""
        span = self._span(reading.number)
        if span is None:
            return None
        return observed_share(reading) if span.percent is None else span.percent / 100

    def _expected(self, reading: Reading) -> float | None:
        """The candidate's part of all answers, copies included. None if it changed meanwhile."""
        span = self._span(reading.number)
        if span is None or not span.copied:
            return self._weight(reading)
        return span.copied / (100 + span.copied)

    def _span(self, number: int) -> Span | None:
        return next(
            (s for s in self.spans if s.first <= number and (s.last is None or number <= s.last)),
            None,
        )

    def _judged(self, minutes: Sequence[Minute], evidence: Evidence) -> "Comparison":
        for minute in minutes:
            evidence = evidence.after(minute)
        first = self.spans[-1].first
        here = [minute for minute in minutes if minute.number >= first]
        seen = sum(max(each.candidate for each in minute.counts.values()) for minute in here)
        return self.model_copy(
            update={
                "state": evidence.state,
                "requests": self.requests + seen,
                "unkept": (*self.unkept, *minutes),
            }
        )


def opened(
    names: Sequence[str],
    settings: JudgeSettings,
    since: int,
    warm_up: int,
    fleets: str | None = None,
) -> Comparison:
    """A new comparison of the fleets of one configuration.

    The candidate has its first requests since `since` (ms), and its warm-up does not count.
    """
    return Comparison(
        fleets=fleets,
        state=begun(names, settings),
        began=since,
        next_minute=-(-since // MINUTE_MS) + warm_up,
    )
