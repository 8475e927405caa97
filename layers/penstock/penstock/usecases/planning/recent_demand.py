"""Live's requests in the last hour, which decide about open steps and the first adaptive one."""

from dataclasses import dataclass

from penstock.domain.errors import Unavailable
from penstock.domain.judging.demand import LOOKED_BACK, Demand, demand
from penstock.domain.judging.parts import parts
from penstock.domain.judging.readings import READ_AFTER
from penstock.domain.kinds.endpoint import LiveSetup
from penstock.domain.kinds.question import Question
from penstock.domain.ledger.content import CANDIDATE
from penstock.domain.planning.comparing import Values, metrics, question
from penstock.domain.planning.stage import Sides
from penstock.domain.policy.policy import Policy
from penstock.ports.clock import Clock
from penstock.ports.evidence import Source


@dataclass(frozen=True)
class RecentDemand:
    """Asks CloudWatch once."""

    source: Source
    clock: Clock

    def __call__(self, policy: Policy, live: LiveSetup, values_ms: Values) -> Demand | None:
        """None if nothing is known, or if it would change nothing."""
        known = parts(metrics(policy.judge, values_ms))
        if policy.rollout.named or not known:
            return None
        try:
            readings = self.source.read(self._question(policy, live, values_ms))
        except Unavailable:
            return None
        proven = [name for name, part in known.items() if part.bounded]
        return demand(readings, proven) if readings else None

    def _question(self, policy: Policy, live: LiveSetup, values_ms: Values) -> Question:
        end = self.clock.now() // 60_000 - READ_AFTER
        config = live.config["EndpointConfigName"]
        sides = Sides(live.variant, CANDIDATE)
        return question(policy, values_ms, config, sides, end - LOOKED_BACK, end)
