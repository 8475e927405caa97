"""CloudWatch's counts by minute, in memory."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from penstock.domain.errors import Unavailable
from penstock.domain.judging.parts import Part, parts
from penstock.domain.judging.readings import Datapoints, Reading
from penstock.domain.kinds.question import Question
from tests.fakes.wire import Wire

Half = tuple[float, float]
"""Requests of a variant in a minute, and how many of them were bad."""

_NOTHING = (None, None)
_COUNTED_APART = ("errors", "client_errors")
"""Their requests are another metric, which is there while the failures are not."""


@dataclass
class FakeMinutes:
    """A source of evidence. `always` tells of every minute; what was recorded comes on top of it.

    `lag`: so many whole minutes after its end a minute is published. `late`: so many minutes more
    for what a signal is counted by, beside the requests. `late_strata`: the same for one stratum
    of one variant, by both names.
    """

    now: Callable[[], int]
    lag: int = 1
    late: dict[str, int] = field(default_factory=dict)
    late_strata: dict[tuple[str, str], int] = field(default_factory=dict)
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
        of_live = question._replace(config=question.live_config or question.config)
        live = self._said(of_live, number, question.live)
        candidate = self._said(question, number, question.candidate)
        return Reading(
            number,
            {
                name: self._shown(name, number, live.get(name), candidate.get(name))
                for name in question.signals
            },
        )

    def _shown(
        self, name: str, number: int, live: Half | None, candidate: Half | None
    ) -> Datapoints:
        waited = self._waited(number)
        if waited < 0:
            return Datapoints()
        if waited >= self.late.get(name, 0):
            return Datapoints(*(live or _NOTHING), *(candidate or _NOTHING))
        if name in _COUNTED_APART:
            return Datapoints(*_not_yet(live), *_not_yet(candidate), whole=not (live or candidate))
        return Datapoints(whole=not name.startswith("latency") or not (live or candidate))

    def _said(self, question: Question, number: int, variant: str) -> Mapping[str, Half]:
        recorded = self.recorded.get((question.endpoint, question.config, variant), {})
        every = {**self.always(question, number, variant), **recorded.get(number, {})}
        strata = _strata(tuple(question.signals))
        apart = {part.signal for part in strata.values()}
        late, waited = self.late_strata, self._waited(number)
        said = {
            name: half
            for name, half in every.items()
            if name not in apart and waited >= late.get((variant, name), 0)
        }
        return {**said, **_added_up(strata, said)}

    def _waited(self, number: int) -> int:
        """Whole minutes since a minute was published."""
        return self.now() // 60_000 - number - 1 - self.lag


@lru_cache(maxsize=256)
def _strata(signals: tuple[str, ...]) -> Mapping[str, Part]:
    """Those of them that are strata; asked of the same signals for every minute."""
    return {name: part for name, part in parts(signals).items() if part.stratum}


def _added_up(strata: Mapping[str, Part], said: Mapping[str, Half]) -> dict[str, Half]:
    """The signals that are read of their strata."""
    added: dict[str, Half] = {}
    for name, part in strata.items():
        if name in said:
            requests, bad = added.get(part.signal, (0.0, 0.0))
            added[part.signal] = (requests + said[name][0], bad + said[name][1])
    return added


def _not_yet(half: Half | None) -> tuple[float | None, float | None]:
    return (half[0], 0) if half else _NOTHING
