"""What a plan has to know of live: its strata, latency, requests, and how much it varies."""

from dataclasses import dataclass

from penstock.domain.kinds.endpoint import LiveSetup
from penstock.domain.planning.known import Completed, Known
from penstock.domain.policy.policy import Policy
from penstock.usecases.planning.found_strata import FoundStrata
from penstock.usecases.planning.live_goal import LiveGoal
from penstock.usecases.planning.live_noise import LiveNoise
from penstock.usecases.planning.live_quantiles import LiveQuantiles
from penstock.usecases.planning.recent_demand import RecentDemand


@dataclass(frozen=True)
class WhatIsKnown:
    """Reads only, and only what the policy depends on."""

    strata: FoundStrata
    quantiles: LiveQuantiles
    recent: RecentDemand
    noise: LiveNoise
    goal: LiveGoal

    def __call__(self, policy: Policy, live: LiveSetup) -> tuple[Completed, Known]:
        """The policy with its strata, which all that follows is asked by, and what is known.

        Raises:
            Refused: The strata cannot be listed, or there are too many.
            Unavailable: CloudWatch did not answer. A release does not go on without its strata or
                its latency.
        """
        found = self.strata(policy, live)
        values_ms = self.quantiles(found.policy, live)
        demand = self.recent(found.policy, live, values_ms)
        noise = self.noise(found.policy, live, values_ms)
        return found, Known(demand, values_ms, noise, outcomes=self.goal(found.policy, live))
