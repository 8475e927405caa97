"""Live's requests in the last hour, which decide the first share of adaptive steps."""

from dataclasses import dataclass

from penstock.domain.errors import Unavailable
from penstock.domain.judging.demand import LOOKED_BACK, Demand, demand
from penstock.domain.judging.readings import READ_AFTER
from penstock.domain.kinds.endpoint import LiveSetup
from penstock.domain.kinds.question import Question
from penstock.domain.planning.comparing import question
from penstock.domain.policy.policy import Policy
from penstock.ports.clock import Clock
from penstock.ports.evidence import Source


@dataclass(frozen=True)
class RecentDemand:
    """Asks CloudWatch once."""

    source: Source
    clock: Clock

    def __call__(self, policy: Policy, live: LiveSetup) -> Demand | None:
        """None if nothing is known, or if it would change nothing."""
        if policy.rollout.steps != "adaptive":
            return None
        try:
            readings = self.source.read(self._question(policy, live))
        except Unavailable:
            return None
        return demand(readings, policy.judge.signal_names) if readings else None

    def _question(self, policy: Policy, live: LiveSetup) -> Question:
        end = self.clock.now() // 60_000 - READ_AFTER
        config = live.config["EndpointConfigName"]
        return question(policy, config, live.variant, end - LOOKED_BACK, end)
