"""Looks at a release with explicit steps: by minutes and requests, held by suspicion."""

from dataclasses import dataclass

from penstock.domain.judging.decision import Move, suspicion
from penstock.domain.judging.method import Method
from penstock.domain.judging.trial import Trial
from penstock.domain.policy.policy import Policy


@dataclass
class Steps:
    """The policy's steps; remembers since when (minutes) the present one is watched.

    `seen` requests of the candidate were judged at the last look, `before` when the step began.
    """

    method: Method
    shares: tuple[float, ...]
    minutes: int
    hold: int
    min_requests: int
    share: float = -1.0
    since: int = 0
    before: float = 0.0
    seen: float = 0.0

    def __call__(self, trial: Trial, weight: float, minutes: int) -> Move:
        """Harm rolls back; a step ends after its minutes, with enough seen and no suspicion."""
        if weight != self.share:
            self.share, self.since, self.before = weight, minutes - 1, self.seen
        self.seen = min(metric.seen.candidate for metric in trial.metrics.values())
        doubt = suspicion(trial, self.method)
        if doubt == "harm":
            return Move("roll_back", 0.0)
        after = [share for share in self.shares if share > weight]
        lasts = self.minutes + (0 if after else self.hold)
        watched = minutes - self.since
        if watched < lasts:
            return Move("stay", weight)
        if doubt == "clear" and self.seen - self.before >= self.min_requests:
            return Move("raise", after[0]) if after else Move("promote", weight)
        if watched >= max(self.method.deadline, lasts):
            return Move("inconclusive", weight, doubt == "suspicious")
        return Move("hold", weight, doubt == "suspicious")


def steps_of(policy: Policy, method: Method) -> Steps | None:
    """The policy's own steps; None where it is adaptive."""
    steps = policy.rollout.steps
    if steps == "adaptive":
        return None
    return Steps(
        method,
        tuple(percent / 100 for percent in steps),
        policy.rollout.step_minutes,
        policy.rollout.hold_minutes,
        policy.judge.min_requests,
    )
