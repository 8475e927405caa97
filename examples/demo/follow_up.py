"""What an application learns later: whether an answer was right. It publishes that by variant."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from examples.demo.recording import Request
from examples.screening.candidates import FOUND, TRAFFIC
from twin.cloud import Twin
from twin.sagemaker.outcomes import Goal, Outcomes


class Publisher(Protocol):
    """Publishes outcomes by variant once they are known."""

    def add(self, endpoint: str, variant: str, value: float, at: float) -> None:
        """Add the outcome of a request that this variant answered at an epoch second."""
        ...


@dataclass(frozen=True)
class FollowUp:
    """The biopsies of the tumours. `found` maps a row to its label."""

    outcomes: Publisher
    endpoint: str
    found: Mapping[str, int]

    def hear(self, row: str, request: Request) -> None:
        """Publish 1 for an answer that its biopsy confirms, else 0. A failure has no outcome."""
        if request.label is not None:
            confirmed = float(request.label == self.found[row])
            self.outcomes.add(self.endpoint, request.variant, confirmed, request.at.simulated)


def follow_up(twin: Twin, policy: Mapping[str, Any], trained: Path) -> FollowUp | None:
    """Return the follow-up of the policy's goal, as CloudWatch gets it. None without a goal."""
    goal = policy["rollout"].get("goal")
    if goal is None:
        return None
    published = Goal(goal["namespace"], goal["metric"], goal["dimensions"], goal["delay_minutes"])
    put = twin.client("cloudwatch").put_metric_data
    outcomes = Outcomes(twin.clock, published, put=put, log=lambda _: None)
    rows, found = ((trained / name).read_text().splitlines() for name in (TRAFFIC, FOUND))
    labels = dict(zip(rows, map(int, found), strict=True))
    return FollowUp(outcomes, policy["endpoint"], labels)
