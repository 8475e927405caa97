"""Outcomes of requests by the minute, in memory."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from penstock.domain.errors import Unavailable
from penstock.domain.judging.goal.experiment import OutcomeMinute
from penstock.domain.judging.goal.outcomes import GoalOutcomes
from penstock.domain.kinds.outcome_question import OutcomeQuestion, OutcomeSeries
from penstock.domain.kinds.series import Statistic
from tests.fakes.cloud import FakeCloud
from tests.fakes.wire import Wire

NONE = GoalOutcomes(0.0, 0.0)
KEPT_MINUTES = 15 * 24 * 60


def _nothing(_: Statistic, __: int) -> GoalOutcomes | None:
    return NONE


@dataclass
class FakeOutcomes:
    """A source of outcomes. `always` tells of every minute; what was recorded replaces it.

    An outcome is published `delay` minutes after its minute. `asked` are the questions so far.
    """

    now: Callable[[], int]
    delay: int = 0
    whole: bool = True
    throttled: bool = False
    always: Callable[[Statistic, int], GoalOutcomes | None] = _nothing
    recorded: dict[tuple[Statistic, int], GoalOutcomes] = field(default_factory=dict)
    asked: list[tuple[int, int]] = field(default_factory=list)
    wire: Wire = field(default_factory=Wire)

    def record(self, series: OutcomeSeries, minute: int, outcomes: GoalOutcomes) -> None:
        """What a variant's requests of a minute led to."""
        self.recorded[series.requests, minute] = outcomes

    def read(self, question: OutcomeQuestion) -> Sequence[OutcomeMinute] | None:
        return self.wire("outcomes.read", lambda: self._read(question))

    def _read(self, question: OutcomeQuestion) -> Sequence[OutcomeMinute] | None:
        if self.throttled:
            raise Unavailable("Rate exceeded")
        if not self.whole:
            return None
        self.asked.append((question.first, question.end))
        return [
            OutcomeMinute(n, self._of(question.live, n), self._of(question.candidate, n))
            for n in range(question.first, question.end)
        ]

    def _of(self, series: OutcomeSeries, number: int) -> GoalOutcomes | None:
        age = self.now() // 60_000 - number - 1
        if not self.delay <= age < KEPT_MINUTES:
            return NONE
        found = self.recorded.get((series.requests, number))
        shown = found or self.always(series.requests, number)
        if shown is None or series.least:
            return shown
        return GoalOutcomes(shown.requests, shown.total)


@dataclass
class FakeShop:
    """What the requests of the fake SageMaker lead to, without chance, at both variants.

    `means` are the mean outcomes by variant; of a variant that is not in it nothing is published.
    """

    cloud: FakeCloud
    means: dict[str, float] = field(default_factory=dict)
    per_minute: float = 200.0

    def __call__(self, series: Statistic, number: int) -> GoalOutcomes | None:
        named = dict(series.dimensions)
        mean = self.means.get(named["Variant"])
        fleet = self.cloud.ran(named["Endpoint"], number * 60_000)
        if mean is None or fleet is None:
            return NONE
        weights = fleet.weights
        requests = self.per_minute * weights.get(named["Variant"], 0.0) / sum(weights.values())
        return GoalOutcomes(requests, requests * mean, 0.0, 1.0)
