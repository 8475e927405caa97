"""CloudWatch's counts of live and candidate: one batched GetMetricData per question."""

from collections.abc import Sequence
from typing import Any

from penstock.adapters.evidence.minute_values import minute_values
from penstock.domain.judging.readings import Reading
from penstock.domain.kinds.question import Question


class CloudWatchMinutes:
    """A source of evidence, through a boto3 CloudWatch client."""

    def __init__(self, cloudwatch: Any) -> None:
        self._cloudwatch = cloudwatch

    def read(self, question: Question) -> Sequence[Reading] | None:
        """Every minute of the question. None unless CloudWatch reports every series as Complete."""
        asked = (question.statistics, question.first, question.end)
        found = minute_values(self._cloudwatch, *asked)
        return None if found is None else question.readings(found)
