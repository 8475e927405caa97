"""What live served in the last hour: a release that chooses its shares begins by it."""

from dataclasses import dataclass

from penstock.domain.errors import Unavailable
from penstock.domain.judging.demand import LOOKED_BACK, Demand, demand
from penstock.domain.judging.readings import READ_AFTER, Question
from penstock.domain.planning.blueprint import CANDIDATE
from penstock.domain.planning.endpoint import LiveSetup
from penstock.domain.policy.policy import Policy
from penstock.ports import Clock, Minutes


@dataclass(frozen=True)
class RecentDemand:
    """One question to CloudWatch."""

    minutes: Minutes
    clock: Clock

    def __call__(self, policy: Policy, live: LiveSetup) -> Demand | None:
        """None where nothing is known, or where it would change nothing."""
        if policy.rollout.steps != "adaptive":
            return None
        try:
            readings = self.minutes.read(self._question(policy, live))
        except Unavailable:
            return None
        return demand(readings, policy.judge.signal_names) if readings else None

    def _question(self, policy: Policy, live: LiveSetup) -> Question:
        end = self.clock.now() // 60_000 - READ_AFTER
        return Question(
            endpoint=policy.endpoint,
            config=live.config["EndpointConfigName"],
            live=live.variant,
            candidate=CANDIDATE,
            judge=policy.judge,
            first=end - LOOKED_BACK,
            end=end,
        )
