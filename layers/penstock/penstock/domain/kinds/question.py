"""What a source of evidence is asked, and what its datapoints say of candidate and live."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from penstock.domain.judging.readings import Datapoints, Reading
from penstock.domain.kinds.series import Points, Statistic, Tally

ValuesByMinute = Mapping[Statistic, Mapping[int, float]]
"""Of each statistic the value of every minute (since 1970) that has one."""


class Compared(NamedTuple):
    """How one signal of both variants is counted."""

    live: Tally
    candidate: Tally

    def shown(self, live: Points, candidate: Points) -> Datapoints:
        """What both variants show in one minute."""
        here = self.live.counting(live, candidate)
        there = self.candidate.counting(candidate, live)
        whole = here.whole and there.whole
        return Datapoints(here.requests, here.bad, there.requests, there.bad, whole)


class Question(NamedTuple):
    """Minutes [first, end) since 1970 of two variants, by signal.

    Both serve under `config`, unless live has another one (`live_config`).
    """

    endpoint: str
    config: str
    live: str
    candidate: str
    signals: Mapping[str, Compared]
    first: int
    end: int
    live_config: str | None = None

    @property
    def statistics(self) -> tuple[Statistic, ...]:
        """All that is to be read, each once."""
        every = (each for two in self.signals.values() for one in two for each in one.statistics)
        return tuple(dict.fromkeys(every))

    @property
    def sure_after(self) -> int:
        """Minutes after its end from which a minute counts as final: when its last signal does."""
        return max(one.sure_after for two in self.signals.values() for one in two)

    def readings(self, found: ValuesByMinute) -> Sequence[Reading]:
        """Every minute that is asked for, in order, as these datapoints show it."""
        return [self._reading(number, found) for number in range(self.first, self.end)]

    def _reading(self, number: int, found: ValuesByMinute) -> Reading:
        def at(one: Tally) -> list[float | None]:
            return [found[each].get(number) for each in one.statistics]

        shown = {
            name: both.shown(at(both.live), at(both.candidate))
            for name, both in self.signals.items()
        }
        return Reading(number, shown)
