"""CloudWatch's outcomes of live and candidate: one batched GetMetricData per question."""

from collections.abc import Sequence
from typing import Any

from penstock.adapters.evidence.minute_values import minute_values
from penstock.domain.judging.goal.experiment import OutcomeMinute
from penstock.domain.kinds.outcome_question import OutcomeQuestion


class CloudWatchOutcomes:
    """A source of outcomes, through a boto3 CloudWatch client."""

    def __init__(self, cloudwatch: Any) -> None:
        self._cloudwatch = cloudwatch

    def read(self, question: OutcomeQuestion) -> Sequence[OutcomeMinute] | None:
        """Every minute of the question. None unless CloudWatch reports every series as Complete.

        A day of both variants takes 11,520 datapoints at most, of the 100,800 of one call.
        """
        asked = (question.statistics, question.first, question.end)
        found = minute_values(self._cloudwatch, *asked)
        return None if found is None else question.minutes(found)
