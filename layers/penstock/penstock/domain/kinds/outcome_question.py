"""What a source of outcomes is asked, and what its datapoints say of a goal."""

from collections.abc import Sequence
from typing import NamedTuple

from penstock.domain.judging.goal.experiment import OutcomeMinute
from penstock.domain.judging.goal.outcomes import GoalOutcomes
from penstock.domain.kinds.question import ValuesByMinute
from penstock.domain.kinds.series import Statistic, Where


class OutcomeSeries(NamedTuple):
    """The outcomes of one variant: how many, their sum, and where asked the least and the most."""

    requests: Statistic
    total: Statistic
    least: Statistic | None = None
    most: Statistic | None = None

    @property
    def statistics(self) -> tuple[Statistic, ...]:
        """All that is to be read."""
        return tuple(each for each in self if each is not None)

    def outcomes(self, found: ValuesByMinute, number: int) -> GoalOutcomes | None:
        """What a minute shows. None: one statistic of it is there, and another is not."""
        shown = [found[each].get(number) for each in self.statistics]
        values = [value for value in shown if value is not None]
        if not values:
            return GoalOutcomes(0.0, 0.0)
        return GoalOutcomes(*values) if len(values) == len(shown) else None


class OutcomeQuestion(NamedTuple):
    """The minutes [first, end) since 1970 of both variants."""

    live: OutcomeSeries
    candidate: OutcomeSeries
    first: int
    end: int

    @property
    def statistics(self) -> tuple[Statistic, ...]:
        """All that is to be read, each once."""
        return tuple(dict.fromkeys((*self.live.statistics, *self.candidate.statistics)))

    def minutes(self, found: ValuesByMinute) -> Sequence[OutcomeMinute]:
        """Every minute that is asked for, in order, as these datapoints show it."""
        return [
            OutcomeMinute(
                number, self.live.outcomes(found, number), self.candidate.outcomes(found, number)
            )
            for number in range(self.first, self.end)
        ]


def outcome_series(namespace: str, metric: str, where: Where, *, spread: bool) -> OutcomeSeries:
    """The series of one variant. `spread`: the least and the largest outcome are read, too."""
    requests = Statistic(namespace, metric, "SampleCount", where)
    total = requests._replace(statistic="Sum")
    if not spread:
        return OutcomeSeries(requests, total)
    least, most = (requests._replace(statistic=name) for name in ("Minimum", "Maximum"))
    return OutcomeSeries(requests, total, least, most)
