"""CloudWatch's counts by minute, in memory."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from penstock.domain.errors import Unavailable
from penstock.domain.judging.readings import Question, Reading, Shown
from tests.fakes.wire import Wire

Half = tuple[float, float]
"""Requests of a variant in a minute, and how many of them were bad."""


@dataclass
class FakeMinutes:
    """Minutes. `always` tells of every minute; what was recorded comes on top of it.

    `lag`: so many whole minutes after its end a minute is published.
    """

    now: Callable[[], int]
    lag: int = 1
    whole: bool = True
    throttled: bool = False
    always: Callable[[Question, int, str], Mapping[str, Half]] = lambda *_: {}
    recorded: dict[tuple[str, str, str], dict[int, dict[str, Half]]] = field(default_factory=dict)
    asked: int = 0
    wire: Wire = field(default_factory=Wire)

    def record(
        self, endpoint: str, config: str, variant: str, minute: int, said: Mapping[str, Half]
    ) -> None:
        """What a variant answered in a minute, by signal."""
        minutes = self.recorded.setdefault((endpoint, config, variant), {})
        minutes.setdefault(minute, {}).update(said)

    def read(self, question: Question) -> Sequence[Reading] | None:
        return self.wire("minutes.read", lambda: self._read(question))

    def _read(self, question: Question) -> Sequence[Reading] | None:
        self.asked += 1
        if self.throttled:
            raise Unavailable("Rate exceeded")
        if not self.whole:
            return None
        return [self._reading(question, n) for n in range(question.first, question.end)]

    def _reading(self, question: Question, number: int) -> Reading:
        if self.now() // 60_000 - number - 1 < self.lag:
            return Reading(number, {name: Shown() for name in question.judge.signal_names})
        live, candidate = (
            self._said(question, number, variant) for variant in (question.live, question.candidate)
        )
        nothing = (None, None)
        return Reading(
            number,
            {
                name: Shown(*live.get(name, nothing), *candidate.get(name, nothing))
                for name in question.judge.signal_names
            },
        )

    def _said(self, question: Question, number: int, variant: str) -> Mapping[str, Half]:
        recorded = self.recorded.get((question.endpoint, question.config, variant), {})
        return {**self.always(question, number, variant), **recorded.get(number, {})}
